/** The command line as a whole: finds the command, has its words parsed, runs it. */
import { commands } from './commands/index.js';
import { quickParse } from './quick-parse.js';

/** Parses `argv` (without node and script) and runs the command. Rejects with what the command throws. */
export async function program(argv: readonly string[]): Promise<void> {
  const [name = '', ...words] = argv;
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) return (await import('./full-parse.js')).overview(argv);
  const record = await load();
  const parsed = quickParse(record, words) ?? (await (await import('./full-parse.js')).fullParse(record, words));
  if (parsed === undefined) return;
  await record.run(parsed);
}
