/** `lowbit completion`: the script that lets a shell complete commands and options. */
import yargs from 'yargs';
import { unknownName } from '../../lowbit-error.js';
import { single } from '../arguments.js';
import type { Arguments } from '../command.js';

const shells = ['bash', 'zsh'] as const;

export function runCompletion(args: Arguments): void {
  const word = single('shell', args['shell']);
  const shell = shells.find((name) => name === word);
  if (word !== undefined && shell === undefined) throw unknownName('shell', word, shells);
  // yargs takes the shell from the environment, and reads it when a parser is made.
  process.env['SHELL'] = shell ?? (/zsh/.test(process.env['SHELL'] ?? '') ? 'zsh' : 'bash');
  delete process.env['ZSH_NAME'];
  yargs([]).scriptName('lowbit').showCompletionScript();
}
