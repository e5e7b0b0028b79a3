import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Arguments } from '../../src/cli/command.js';
import { allCommands } from '../../src/cli/commands/index.js';
import { fullParse } from '../../src/cli/full-parse.js';
import { quickParse } from '../../src/cli/quick-parse.js';

const commands = await allCommands();

const named = (name: string) => {
  const record = commands.find(({ command }) => command.split(' ')[0] === name);
  if (record === undefined) throw new Error(`no command ${name}`);
  return record;
};

/** What yargs adds to the arguments of a command. */
const own = (args: Arguments): Arguments =>
  Object.fromEntries(Object.entries(args).filter(([key, value]) => key !== '_' && key !== '$0' && value !== undefined));

describe('the quick parser', () => {
  const record = named('simulate');
  const word = fc.constantFrom('bitmod', 'a=b', '-', '12', '1.5', 'x=1,3,48,320', 'a b', '0x10', 'latency_s < 2 ms');
  const strings = Object.keys(record.options).filter((name) => record.options[name]?.type !== 'boolean');
  const option = fc.oneof(
    fc
      .tuple(fc.constantFrom(...strings), word, fc.boolean())
      .map(([name, value, joined]) => (joined ? [`--${name}=${value}`] : [`--${name}`, value])),
    fc.constantFrom(['--json'], ['--quiet'], ['--no-json'], ['--png']),
  );

  it('gives what yargs gives for every well-formed command line', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(option, { maxLength: 6 }), async (options) => {
        const words = options.flat();
        const quick = quickParse(record, words);
        // What it leaves to yargs is no matter of agreement.
        if (quick !== undefined) expect(own(quick)).toEqual(own((await fullParse(record, words)) ?? {}));
      }),
      { numRuns: 200, seed: 7 },
    );
  });

  it('takes positionals where they belong, as yargs does', async () => {
    const cases: readonly [string, string[]][] = [
      ['explain', ['r.json']],
      ['explain', ['r.json', 'q_proj', '--json']],
      ['diff', ['a', '--json', 'b']],
      ['validate', []],
      ['validate', ['a.yaml', 'b.yaml']],
      ['report', ['a.json', 'b.json', '--out', 'dir']],
      ['sweep', ['study.yaml', '--out', 'dir', '--set', 'workload.context=64', '--shard', '2/8', '--no-cache', '--resume']],
      ['sweep', ['merge', 'dir', '--rows=never']],
      ['quantize', ['w', '--quantizer', 'rtn', '--option', 'bits=4', '--option', 'group=64']],
    ];
    for (const [name, words] of cases) {
      const quick = quickParse(named(name), words);
      const slow = own((await fullParse(named(name), words)) ?? {});
      expect(own(quick ?? { left: 'to yargs' })).toEqual(slow);
    }
  });

  it('leaves every line that yargs has something to say about to yargs', () => {
    const cases: readonly [string, string[]][] = [
      ['simulate', ['--help']],
      ['simulate', ['-h']],
      ['simulate', ['--version']],
      ['simulate', ['--contxt', '5']],
      ['simulate', ['--hw']],
      ['simulate', ['--hw=']],
      ['simulate', ['extra']],
      ['explain', []],
      ['sweep', []],
      ['sweep', ['merge', 'dir', 'other']],
      ['diff', ['a']],
      ['diff', ['a', 'b', 'c']],
    ];
    for (const [name, words] of cases) expect([words, quickParse(named(name), words)]).toEqual([words, undefined]);
  });
});
