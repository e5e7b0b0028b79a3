/** Did a number move? When it was meant to: `npm run goldens`, and a line under "Model changes" in CHANGELOG.md. */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { goldenFile, goldenNow, goldenStored, goldens } from '../../scripts/goldens.mjs';

describe('the stored result is what the built program gives now', () => {
  it.each(Object.entries(goldens))('of %s', (name, args) => {
    const now = goldenNow(args as string[]);
    const changed = `${goldenFile(name)}-changed`;
    if (now === goldenStored(name)) rmSync(changed, { force: true });
    else writeFileSync(changed, now);
    expect(now).toBe(goldenStored(name));
  });

  it('for every file, and no file is left over', () => {
    const files = readdirSync(dirname(goldenFile('x'))).filter((file) => file.endsWith('.json'));
    expect(files.sort()).toEqual(
      Object.keys(goldens)
        .map((name) => `${name}.json`)
        .sort(),
    );
  });
});
