/**
 * Failures as the user sees them. Exit codes: 1 the user's input, configuration or a violated constraint; 2 a defect of lowbit.
 */
import { LowbitError } from '../lowbit-error.js';
import { systemExplanation } from '../tensors/file-error.js';

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

/** A LowbitError for the file-system errors a user can act on; undefined for everything else. */
function fileErrorOf(error: unknown): LowbitError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { path } = error as NodeJS.ErrnoException;
  const known = systemExplanation(error);
  return known === undefined ? undefined : new LowbitError(known.why, { value: path ?? error.message, remedy: known.remedy });
}
