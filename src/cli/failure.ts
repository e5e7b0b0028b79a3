/**
 * Failures as the user sees them. Exit codes: 1 the user's input, configuration or a violated constraint; 2 a defect of lowbit.
 */
import { LowbitError } from '../lowbit-error.js';

export function exitCodeOf(error: unknown): 1 | 2 {
  return error instanceof LowbitError || fileErrorOf(error) !== undefined ? 1 : 2;
}

/** Prints the failure on stderr: the message alone when the user can act on it, the stack when it is a defect. */
export function reportFailure(error: unknown): void {
  const known = error instanceof LowbitError ? error : fileErrorOf(error);
  if (known !== undefined) {
    process.stderr.write(`lowbit: ${known.message}\n`);
    return;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`lowbit: internal error, please report it with the command you ran\n${text}\n`);
}

const fileProblems: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'no permission',
  EPERM: 'not permitted',
  EISDIR: 'is a folder, not a file',
  ENOTDIR: 'a part of the path is not a folder',
  ENOSPC: 'no space left on the disk',
  EROFS: 'the file system is read-only',
  EEXIST: 'a file of that name is in the way',
  EMFILE: 'too many open files',
  EDQUOT: 'the disk quota is used up',
};

/** A LowbitError for the file-system errors a user can act on; undefined for everything else. */
function fileErrorOf(error: unknown): LowbitError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, path } = error as NodeJS.ErrnoException;
  const problem = code === undefined ? undefined : fileProblems[code];
  return problem === undefined
    ? undefined
    : new LowbitError(problem, { value: path ?? error.message, remedy: 'check the path and try again' });
}
