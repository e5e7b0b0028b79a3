/** Does the hash of a result depend on every method its scheme names? */
import { describe, expect, it } from 'vitest';
import { loadScheme } from '../../src/config/catalogue.js';
import { schemeMechanisms, versionsOf } from '../../src/config/model-versions.js';

const keysOf = (scheme: string): string[] => Object.keys(versionsOf(schemeMechanisms(loadScheme(scheme).config))).sort();

describe('the methods a scheme names', () => {
  it('are those of weights, activations, cache and rewrites', () => {
    expect(keysOf('quarot-w4a4kv4')).toEqual(['cache quantizer per-token', 'quantizer gptq', 'quantizer rtn', 'rewrite hadamard']);
    expect(keysOf('atom-w4a4kv4')).toEqual(expect.arrayContaining(['quantizer atom', 'rewrite outlier-permutation']));
  });

  it('are none where all is formats', () => {
    expect(keysOf('fp16')).toEqual([]);
  });
});
