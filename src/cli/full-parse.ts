/**
 * Parsing by yargs: help, version, completion, and every command line that has something wrong with it. Loaded only for these.
 */
import yargs from 'yargs';
import { LowbitError, nearestNames } from '../lowbit-error.js';
import { commandName, type Arguments, type CommandRecord, type OptionRecord } from './command.js';
import { allCommands, commands } from './commands/index.js';
import { parserConfiguration } from './quick-parse.js';
import { toolVersion } from '../config/tool-version.js';

type Parser = ReturnType<typeof yargs>;

/** Everything but the run of a command: help, version, completion, and the complaint about a word that is no command. */
export async function overview(argv: readonly string[]): Promise<void> {
  const parser = configured(argv, 'lowbit')
    .usage('$0 <command> [options]\n\nSimulates low-bit accelerators on quantized neural-network layers.')
    .demandCommand(1, 'no command given')
    .epilogue('`lowbit <command> --help` shows the options and examples of a command.');
  for (const record of await allCommands()) parser.command(record.command, record.describe, (sub) => declare(sub, record));
  await parser.parseAsync();
}

/** The arguments of one command, declared as the default command of a parser of its own; undefined when help or version was printed. */
export async function fullParse(record: CommandRecord, words: readonly string[]): Promise<Arguments | undefined> {
  const name = commandName(record);
  let parsed: Arguments | undefined;
  const parser = configured(words, `lowbit ${name}`, record);
  parser.command(
    record.command.replace(name, '$0'),
    record.describe,
    (sub) => declare(sub, record),
    (args) => {
      parsed = args as Arguments;
    },
  );
  await parser.parseAsync();
  return parsed;
}

function configured(argv: readonly string[], scriptName: string, record?: CommandRecord): Parser {
  return yargs([...argv])
    .scriptName(scriptName)
    .parserConfiguration(parserConfiguration)
    .version(toolVersion())
    .help()
    .alias('help', 'h')
    .strict()
    .exitProcess(false)
    .wrap(helpWidth())
    .fail((message, error: Error | undefined) => {
      // yargs names its own complaints YError; everything else was thrown by a command.
      throw error === undefined || error.name === 'YError' ? usageError(message || (error?.message ?? ''), record) : error;
    });
}

const WIDEST_HELP = 110;

function helpWidth(): number {
  return process.stdout.isTTY ? Math.min(WIDEST_HELP, process.stdout.columns) : WIDEST_HELP;
}

/** What an example shows, and its command below, broken before options as a shell reads it. */
function exampleText(line: string, shows: string): string {
  const width = helpWidth() - 10;
  const lines: string[] = [];
  for (const part of `lowbit ${line}`.split(/ (?=--)/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + part.length <= width) lines[lines.length - 1] = `${last} ${part}`;
    else lines.push(part);
  }
  return `  ${shows}:\n    ${lines.join(' \\\n      ')}`;
}

function declare(parser: Parser, record: CommandRecord): Parser {
  for (const [name, describe] of Object.entries(record.positionals)) parser.positional(name, { describe, type: 'string' });
  for (const [name, option] of Object.entries(record.options)) parser.option(name, declaration(option));
  const examples = record.examples.map(([line, shows]) => exampleText(line, shows));
  return parser.epilogue(['Examples:', ...examples].join('\n'));
}

function declaration(option: OptionRecord): { describe: string; type: 'string' | 'boolean'; requiresArg: boolean } {
  const type = option.type ?? 'string';
  const describe = option.value === undefined ? option.describe : `${option.value}: ${option.describe}`;
  return { describe, type, requiresArg: type === 'string' };
}

/** yargs' own complaints, in the words of the other errors: what, value, nearest names, what to do. */
function usageError(message: string, record: CommandRecord | undefined): LowbitError {
  const remedy = `run \`lowbit ${record === undefined ? '' : `${commandName(record)} `}--help\``;
  const unknown = /^Unknown (?:argument|command)s?: (.*)$/.exec(message)?.[1];
  if (unknown === undefined) return new LowbitError(message.charAt(0).toLowerCase() + message.slice(1), { remedy });
  const word = unknown.split(', ')[0] ?? unknown;
  const known = record === undefined ? Object.keys(commands) : Object.keys(record.options);
  const near = nearestNames(word, known);
  const dashes = record === undefined ? '' : '--';
  return new LowbitError(record === undefined ? 'unknown command' : `unknown option or argument of ${commandName(record)}`, {
    value: unknown,
    ...(record === undefined ? { allowed: known } : {}),
    remedy: near.length === 0 ? remedy : `did you mean ${near.map((name) => dashes + name).join(' or ')}? ${remedy}`,
  });
}
