/**
 * What the operating system says about a file, in the words of a user: which file, what could not be done, what to do about it.
 */
import { LowbitError } from '../lowbit-error.js';

interface Explanation {
  readonly why: string;
  readonly remedy: string;
}

const explanations: Readonly<Record<string, Explanation>> = {
  ENOENT: { why: 'no such file or folder', remedy: 'check the path, and create the folder if it is missing' },
  ENOTDIR: { why: 'a part of the path is a file, not a folder', remedy: 'check the path' },
  EEXIST: { why: 'a file of that name is in the way', remedy: 'choose another name' },
  EISDIR: { why: 'it is a folder', remedy: 'give the path of a file' },
  EACCES: { why: 'permission denied', remedy: 'change the permissions or choose another folder' },
  EPERM: { why: 'operation not permitted', remedy: 'change the permissions or choose another folder' },
  EROFS: { why: 'the file system is read-only', remedy: 'choose another folder' },
  ENOSPC: { why: 'no space left on the device', remedy: 'free some space or choose another folder' },
  EDQUOT: { why: 'the disk quota is exhausted', remedy: 'free some space or choose another folder' },
  EFBIG: { why: 'the file would become larger than allowed', remedy: 'raise the limit or choose another folder' },
  EIO: { why: 'the device reports an input or output error', remedy: 'check the disk' },
  EMFILE: { why: 'too many open files', remedy: 'raise the limit on open files (ulimit -n)' },
  ENAMETOOLONG: { why: 'the name is too long', remedy: 'choose a shorter name' },
  ELOOP: { why: 'too many symbolic links', remedy: 'check the path' },
};

function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('errno' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Why the system refused and what to do; undefined for errors that are none of the system, or that a user cannot act on. */
export function systemExplanation(error: unknown): Explanation | undefined {
  const code = systemCode(error);
  return code === undefined ? undefined : explanations[code];
}

/** The LowbitError for a failed file operation (`action`: 'cannot read', 'cannot write'); any other error is returned as it is. */
export function fileError(action: string, path: string, error: unknown): unknown {
  const code = systemCode(error);
  if (code === undefined) return error;
  const known = explanations[code];
  const why = known?.why ?? (error instanceof Error ? error.message : code);
  return new LowbitError(`${action} ${path}: ${why}`, { place: code, ...(known === undefined ? {} : { remedy: known.remedy }) });
}
