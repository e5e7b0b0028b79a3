/** The command line as a whole: declares the commands to yargs, validates, runs the one that was asked for. */
import yargs from 'yargs';
import { LowbitError, nearestNames } from '../lowbit-error.js';
import type { CommandRecord, OptionRecord } from './command.js';
import { commands } from './commands/index.js';
import { toolVersion } from './envelope.js';

type Parser = ReturnType<typeof yargs>;

/** Parses `argv` (without node and script) and runs the command. Rejects with what the command throws. */
export async function program(argv: readonly string[]): Promise<void> {
  const parser = yargs([...argv])
    .scriptName('lowbit')
    .usage('$0 <command> [options]\n\nSimulates low-bit accelerators on quantized neural-network layers.')
    .parserConfiguration({
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'camel-case-expansion': false,
    })
    .version(toolVersion())
    .help()
    .alias('help', 'h')
    .strict()
    .exitProcess(false)
    .wrap(process.stdout.isTTY ? Math.min(110, process.stdout.columns) : 110)
    .completion('completion', 'print a shell completion script for bash or zsh')
    .demandCommand(1, 'no command given')
    .epilogue('`lowbit <command> --help` shows the options and examples of a command.')
    .fail((message, error: Error | undefined) => {
      throw error ?? usageError(message, argv);
    });
  for (const record of commands) declare(parser, record);
  await parser.parseAsync();
}

function declare(parser: Parser, record: CommandRecord): void {
  parser.command(
    record.command,
    record.describe,
    (sub) => {
      for (const [name, describe] of Object.entries(record.positionals)) sub.positional(name, { describe, type: 'string' });
      for (const [name, option] of Object.entries(record.options)) sub.option(name, declaration(option));
      for (const [line, shows] of record.examples) sub.example(`$0 ${line}`, shows);
      return sub;
    },
    async (args) => record.run(args as Parameters<CommandRecord['run']>[0]),
  );
}

function declaration(option: OptionRecord): { describe: string; type: 'string' | 'boolean'; requiresArg: boolean } {
  const type = option.type ?? 'string';
  const describe = option.value === undefined ? option.describe : `${option.value}: ${option.describe}`;
  return { describe, type, requiresArg: type === 'string' };
}

/** yargs' own complaints, in the words of the other errors: what, value, nearest names, what to do. */
function usageError(message: string, argv: readonly string[]): LowbitError {
  const command = commands.find((record) => commandName(record) === argv.find((word) => !word.startsWith('-')));
  const remedy = `run \`lowbit ${command === undefined ? '' : `${commandName(command)} `}--help\``;
  const unknown = /^Unknown (?:argument|command)s?: (.*)$/.exec(message)?.[1];
  if (unknown === undefined) return new LowbitError(message.charAt(0).toLowerCase() + message.slice(1), { remedy });
  const word = unknown.split(', ')[0] ?? unknown;
  const known = command === undefined ? commands.map(commandName) : Object.keys(command.options);
  const near = nearestNames(word, known);
  const dashes = command === undefined ? '' : '--';
  return new LowbitError(command === undefined ? 'unknown command' : `unknown option or argument of ${commandName(command)}`, {
    value: unknown,
    ...(command === undefined ? { allowed: known } : {}),
    remedy: near.length === 0 ? remedy : `did you mean ${near.map((name) => dashes + name).join(' or ')}? ${remedy}`,
  });
}

function commandName(record: CommandRecord): string {
  return record.command.split(' ')[0] ?? record.command;
}
