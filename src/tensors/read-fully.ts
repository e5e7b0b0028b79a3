/** A piece of a file at a place, whole. */
import type { FileHandle } from 'node:fs/promises';
import { LowbitError } from '../lowbit-error.js';
import { fileError } from './file-error.js';

/** Fills `into` from byte `position` on. Throws LowbitError when the system refuses, or when the file ends before. */
export async function readFully(
  file: { readonly handle: FileHandle; readonly path: string },
  into: Uint8Array,
  position: number,
): Promise<void> {
  for (let done = 0; done < into.length;) {
    const { bytesRead } = await file.handle.read(into, done, into.length - done, position + done).catch((error: unknown) => {
      throw fileError('cannot read', file.path, error);
    });
    if (bytesRead === 0) {
      throw new LowbitError('the file became shorter while it was read', {
        place: `${file.path}, byte ${position + done}`,
        remedy: 'wait until it is written, then try again',
      });
    }
    done += bytesRead;
  }
}
