import { describe, expect, it } from 'vitest';
import { readDocument } from '../../src/config/document.js';
import { catalogueFile, catalogueKinds, catalogueNames, readText } from '../../src/config/files.js';
import { parsedText } from '../../src/config/parsed-texts.js';

const texts = catalogueKinds.flatMap((kind) => catalogueNames(kind).map((name) => readText(catalogueFile(kind, name))));

describe('values parsed at build time', () => {
  it('hold everything the shipped files say: each value survives JSON', () => {
    for (const text of texts) {
      const { value } = readDocument(text, 'shipped.yaml');
      expect(JSON.parse(JSON.stringify(value))).toEqual(value);
    }
  });

  it('are found by the whole text only, so no two shipped files share one', () => {
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('are not used from source, nor for texts of the user', () => {
    expect(parsedText(texts[0] ?? '')).toBeUndefined();
    expect(parsedText('constructor')).toBeUndefined();
    expect(parsedText(`${texts[0] ?? ''}\n`)).toBeUndefined();
  });
});
