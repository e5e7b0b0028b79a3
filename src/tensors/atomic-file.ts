/**
 * Files that appear whole or not at all: bytes go to a temporary name in the same folder, are flushed to the device, and the temporary
 * then takes the final name in one rename. After a failure the old file is untouched and the temporary is gone.
 * Existing devices and pipes (/dev/stdout, /dev/null) are written in place: a rename would replace the device itself.
 */
import { unlinkSync } from 'node:fs';
import { open, realpath, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileError } from './file-error.js';

type Chunk = Uint8Array | string;

/** Everything a file can be written from; parts of an iterable are asked for one by one, so that only one is in memory. */
export type FileContent = Chunk | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** Temporaries that exist right now, so that a process that is told to end leaves none behind. */
const unfinished = new Set<string>();
let serial = 0;
let listensForExit = false;

/**
 * Writes `data` to `path`, replacing it as a whole. The folder must exist; a symbolic link keeps pointing where it points.
 * Throws LowbitError (what, path, remedy) when the folder cannot be written or the device is full; errors of an iterable pass through.
 */
export async function writeFileAtomically(path: string, data: FileContent): Promise<void> {
  try {
    const existing = await stat(path).catch(ignoreMissing);
    if (existing?.isDirectory()) throw Object.assign(new Error('is a folder'), { code: 'EISDIR', errno: 0 });
    if (existing !== undefined && !existing.isFile()) {
      await writeInPlace(path, data);
      return;
    }
    const target = existing === undefined ? path : await realpath(path);
    await writeAndRename(target, data, existing?.mode);
  } catch (error) {
    throw fileError('cannot write', path, error);
  }
}

async function writeInPlace(path: string, data: FileContent): Promise<void> {
  const handle = await open(path, 'w');
  try {
    await writeAll(handle, data);
  } finally {
    await handle.close();
  }
}

async function writeAndRename(target: string, data: FileContent, mode: number | undefined): Promise<void> {
  const { handle, temporary } = await openTemporary(target);
  try {
    try {
      if (mode !== undefined) await handle.chmod(mode & 0o777);
      await writeAll(handle, data);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await unlink(temporary).catch(ignoreMissing);
    throw error;
  } finally {
    unfinished.delete(temporary);
  }
  await syncFolder(dirname(target));
}

/** A new file beside the target; the name holds the process id, and a left-over of an earlier process is stepped over. */
async function openTemporary(target: string): Promise<{ handle: FileHandle; temporary: string }> {
  for (;;) {
    const temporary = join(dirname(target), `.${basename(target).slice(0, 200)}.${process.pid}-${serial++}.tmp`);
    if (!listensForExit) process.prependOnceListener('exit', removeUnfinished);
    listensForExit = true;
    // Before it is there: the process may end between the file and the answer that it was made.
    unfinished.add(temporary);
    try {
      return { handle: await open(temporary, 'wx'), temporary };
    } catch (error) {
      unfinished.delete(temporary);
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}

function removeUnfinished(): void {
  for (const temporary of unfinished) {
    try {
      unlinkSync(temporary);
    } catch {
      // The process is ending: there is no one left to tell.
    }
  }
}

async function writeAll(handle: FileHandle, data: FileContent): Promise<void> {
  if (typeof data === 'string') return writeChunk(handle, Buffer.from(data));
  if (data instanceof Uint8Array) return writeChunk(handle, data);
  for await (const chunk of data) await writeChunk(handle, chunk);
}

/** The system may take fewer bytes than offered (nearly full device), and no more than 2 GiB at once. */
async function writeChunk(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, Math.min(bytes.length - done, 2 ** 26));
    done += bytesWritten;
  }
}

/** Makes the rename itself durable where the platform lets a folder be flushed. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  if (handle === undefined) return;
  await handle.sync().catch(() => undefined);
  await handle.close();
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}
