/** The command line as a whole: finds the command, has its words parsed, runs it. */
import { commandName } from './command.js';
import { commands } from './commands/index.js';
import { quickParse } from './quick-parse.js';

/** Parses `argv` (without node and script) and runs the command. Rejects with what the command throws. */
export async function program(argv: readonly string[]): Promise<void> {
  const [name = '', ...words] = argv;
  const record = commands.find((candidate) => commandName(candidate) === name);
  if (record === undefined) return (await import('./full-parse.js')).overview(argv);
  const parsed = quickParse(record, words) ?? (await (await import('./full-parse.js')).fullParse(record, words));
  if (parsed !== undefined) await record.run(parsed);
}
