import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { shellCommand } from '../../../src/sweep/cluster/shell-quote.js';

it('leaves plain words as they are', () => {
  expect(shellCommand(['lowbit', 'sweep', '/a/b.yaml', '--set', 'array.rows=64'])).toBe('lowbit sweep /a/b.yaml --set array.rows=64');
});

it('brings any words through a shell unchanged', () => {
  // No NUL: no command line can hold one.
  const word = fc.string({ unit: fc.constantFrom('a', ' ', "'", '"', '\\', '$', '`', '\n', '*', '%', 'é', '-', '!', '#'), maxLength: 8 });
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
      const { stdout } = spawnSync('sh', ['-c', `printf '%s\\0' ${shellCommand(words)}`], { encoding: 'utf8' });
      expect(stdout.split('\0').slice(0, -1)).toEqual(words);
    }),
    { numRuns: 50 },
  );
});

it('quotes the empty word, which would vanish otherwise', () => {
  expect(shellCommand(['a', ''])).toBe("a ''");
});
