/**
 * `.lock` in the folder of a sweep, `.lock-3-of-8` for a shard: who works on it, while someone does. Two runs at once would be right, for files appear whole and
 * hold the same bytes, but would do the work twice.
 *
 * A lock holds while its process lives: it names host, process and the moment that process began (/proc, Linux), so that what kill -9 left is taken over even
 * where its number now is another's. Processes of another host cannot be asked: their locks are taken over too, with a note, for a node that is lost
 * must not keep its shard. Where the file system has no hard links there is no lock.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';
import { LowbitError } from '../../lowbit-error.js';
import { fileError } from '../../tensors/file-error.js';
import type { Shard } from './shard-marker.js';

const holderSchema = z.strictObject({
  pid: z.number(),
  host: z.string(),
  /** Boot and clock ticks since, at which the process began; null where the system does not tell. */
  began: z.string().nullable(),
});
type Holder = z.infer<typeof holderSchema>;

export interface FolderLock {
  /** What to tell of the lock that was taken over. */
  readonly notes: readonly string[];
  release(): void;
}

/** Locks of this process. */
const held = new Set<string>();
let listensForExit = false;

/** Takes the lock of a sweep or shard. Throws LowbitError when a process of this host holds it, or the folder cannot be written. */
export function lockFolder(dir: string, shard: Shard | undefined): FolderLock {
  const path = resolve(dir, shard === undefined ? '.lock' : `.lock-${shard.index}-of-${shard.count}`);
  const notes: string[] = [];
  while (!placed(path)) {
    const text = textOf(path);
    if (text === undefined) continue;
    const holder = holderIn(text);
    if (holder !== undefined && isAtWork(holder, path)) throw occupied(dir, path, holder);
    if (holder !== undefined && holder.host !== hostname()) {
      notes.push(`process ${holder.pid} of ${holder.host} had begun this sweep; whether it still runs cannot be told from here`);
    }
    removeLock(path, text);
  }
  held.add(path);
  if (!listensForExit) process.prependOnceListener('exit', releaseAll);
  listensForExit = true;
  return { notes, release: () => release(path) };
}

/** Makes the lock with its content in one step; false: there is one. */
function placed(path: string): boolean {
  const holder: Holder = { pid: process.pid, host: hostname(), began: beganAt(process.pid) };
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, `${JSON.stringify(holder)}\n`);
  } catch (error) {
    throw fileError('cannot write', path, error);
  }
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    return codeOf(error) !== 'EEXIST';
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Removes a lock unless another process has replaced it in the meantime. */
function removeLock(path: string, text: string): void {
  const aside = `${path}.old.${process.pid}.tmp`;
  try {
    renameSync(path, aside);
    if (textOf(aside) !== text) linkSync(aside, path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'EEXIST') throw fileError('cannot remove', path, error);
  } finally {
    rmSync(aside, { force: true });
  }
}

function isAtWork({ pid, host, began }: Holder, path: string): boolean {
  if (host !== hostname()) return false;
  if (pid === process.pid) return held.has(path);
  if (beganAt(process.pid) !== null) return began !== null && beganAt(pid) === began;
  try {
    // Signal 0 asks whether the process is there and sends nothing.
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** When a process began; null: it is not there, has ended and waits to be collected, or the system does not tell. */
function beganAt(pid: number): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Fields after the name of the program, which may hold anything: state is the third of all, the start the 22nd (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? null : `${boot} ${fields[19] ?? ''}`;
  } catch {
    return null;
  }
}

function occupied(dir: string, path: string, { pid, host }: Holder): LowbitError {
  return new LowbitError('another process is working on this sweep', {
    value: `process ${pid} on ${host}`,
    place: path,
    remedy: `wait until it is done, stop it with \`kill -INT ${pid}\`, or choose another folder than ${dir} with --out`,
  });
}

function holderIn(text: string): Holder | undefined {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw fileError('cannot read', path, error);
  }
}

/** Only a lock of this process is removed: the folder may be gone, or taken over from another host. */
function release(path: string): void {
  if (!held.delete(path)) return;
  try {
    const holder = holderIn(readFileSync(path, 'utf8'));
    if (holder?.pid === process.pid && holder.host === hostname()) rmSync(path, { force: true });
  } catch {
    // There is nothing left to release.
  }
}

function releaseAll(): void {
  for (const path of held) release(path);
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);
