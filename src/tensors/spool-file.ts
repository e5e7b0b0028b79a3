/**
 * Bytes on their way to a file whose header can only be written when all of them are known: they wait in a nameless temporary file beside it (its name is
 * taken away right after opening, so that nothing is left behind however the process ends), and memory holds none of them.
 */
import { closeSync, openSync, readSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileError } from './file-error.js';

export interface Spool {
  /** Takes bytes in; what it returns reads them back into memory of their own. */
  add(bytes: Uint8Array): () => Uint8Array;
  close(): void;
}

/** A spool for `path`, in its folder; for a device, in the folder of temporary files. Throws LowbitError when there can be none, or no room is left. */
export function openSpool(path: string): Spool {
  const descriptor = orFileError(path, () => openNameless(path));
  let end = 0;
  // Made apart from `add`, whose closures share what they know: a reader must not hold the bytes.
  const reader = (begin: number, length: number) => (): Uint8Array => orFileError(path, () => readBack(descriptor, begin, length));
  return {
    add(bytes) {
      const begin = end;
      orFileError(path, () => writeAll(descriptor, bytes, begin));
      end += bytes.length;
      return reader(begin, bytes.length);
    },
    close: () => closeSync(descriptor),
  };
}

function openNameless(path: string): number {
  const isDevice = statSync(path, { throwIfNoEntry: false })?.isFile() === false;
  const name = join(isDevice ? tmpdir() : dirname(path), `.${basename(path).slice(0, 200)}.${process.pid}.spool`);
  const descriptor = openSync(name, 'wx+');
  unlinkSync(name);
  return descriptor;
}

function writeAll(descriptor: number, bytes: Uint8Array, begin: number): void {
  for (let done = 0; done < bytes.length;) done += writeSync(descriptor, bytes, done, bytes.length - done, begin + done);
}

function readBack(descriptor: number, begin: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const read = readSync(descriptor, bytes, done, length - done, begin + done);
    if (read === 0) throw new Error('the temporary file lost bytes');
    done += read;
  }
  return bytes;
}

function orFileError<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw fileError('cannot write', path, error);
  }
}
