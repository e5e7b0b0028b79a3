/** `lowbit completion`: the script that lets a shell complete commands and options. */
import { unknownName } from '../../lowbit-error.js';
import { single } from '../arguments.js';
import type { Arguments } from '../command.js';

const shells = ['bash', 'zsh'] as const;

export async function runCompletion(args: Arguments): Promise<void> {
  const word = single('shell', args['shell']);
  const shell = shells.find((name) => name === word);
  if (word !== undefined && shell === undefined) throw unknownName('shell', word, shells);
  const { printCompletionScript } = await import('../full-parse.js');
  printCompletionScript(shell ?? (/zsh/.test(process.env['SHELL'] ?? '') ? 'zsh' : 'bash'));
}
