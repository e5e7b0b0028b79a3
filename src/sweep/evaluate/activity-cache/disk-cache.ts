/**
 * Packs of activities in a folder, one for each run that found something new. A pack appears whole or not at all (temporary and rename) and is
 * never changed, so that several processes need no lock; its name is the beginning of its checksum. When a run finds many packs and has read
 * them all, its own takes their place. Beyond the size of the folder the oldest packs go.
 * A pack that is damaged or foreign is skipped with a note. Nothing here ever stops a sweep.
 */
import { readdir, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { systemExplanation } from '../../../tensors/file-error.js';
import { writeFileAtomically } from '../../../tensors/atomic-file.js';
import { makeFolder } from '../../../tensors/make-folder.js';
import { ROW_WIDTH } from './activity-row.js';
import { KEY_WORDS } from './content-key.js';
import { packBytes, readPack, rowsIn, type Pack } from './pack.js';
import type { SharedTable } from './shared-table.js';

const EXTENSION = '.activities';
/** Packs beyond which a run that has read them all joins them. */
const MANY_PACKS = 32;

interface PackFile {
  readonly path: string;
  readonly bytes: number;
  readonly written_ms: number;
}

export interface LoadedPacks {
  readonly notes: readonly string[];
  /** Rows that came from disk. */
  readonly rows: number;
  /** Packs that were read as a whole. */
  readonly paths: readonly string[];
  /** There are many, and all of them were read: the next pack is to take their place. */
  readonly joins: boolean;
}

/** Reads packs into the table, the newest first, until half of it is in use. */
export async function loadPacks(folder: string, table: SharedTable): Promise<LoadedPacks> {
  const files = await packFiles(folder);
  const notes: string[] = [];
  const paths: string[] = [];
  let rows = 0;
  for (const { path, bytes } of files) {
    if (table.used() + rowsIn(bytes) > table.capacity / 2) break;
    const pack = readPack(await readFile(path).catch(() => new Uint8Array()));
    if ('refused' in pack) {
      notes.push(`activity cache: ${path} is skipped: ${pack.refused}`);
      continue;
    }
    rows += insert(table, pack);
    paths.push(path);
  }
  return { notes, rows, paths, joins: files.length >= MANY_PACKS && paths.length === files.length };
}

/** Packs of the folder, newest first; none where it cannot be read. */
async function packFiles(folder: string): Promise<PackFile[]> {
  const names = await readdir(folder).catch(() => []);
  const files = await Promise.all(
    names
      .filter((name) => name.endsWith(EXTENSION))
      .map(async (name) => {
        const path = join(folder, name);
        // Another process may have removed it in between.
        const found = await stat(path).catch(() => undefined);
        return found?.isFile() === true ? [{ path, bytes: found.size, written_ms: found.mtimeMs }] : [];
      }),
  );
  return files.flat().sort((a, b) => b.written_ms - a.written_ms || (a.path < b.path ? -1 : 1));
}

function insert(table: SharedTable, { keys, rows }: Pack): number {
  let inserted = 0;
  for (let i = 0; i * ROW_WIDTH < rows.length; i++) {
    const found = table.find(keys.subarray(i * KEY_WORDS, (i + 1) * KEY_WORDS));
    if (found === null || found.ready) continue;
    table.rows.set(rows.subarray(i * ROW_WIDTH, (i + 1) * ROW_WIDTH), found.slot * ROW_WIDTH);
    table.publish(found.slot, true);
    inserted++;
  }
  return inserted;
}

/** Writes these rows as a pack and gives its path. Throws LowbitError when the folder cannot be written. */
export async function writePack(folder: string, table: SharedTable, slots: readonly number[]): Promise<string> {
  const pack = { keys: new Int32Array(slots.length * KEY_WORDS), rows: new Float64Array(slots.length * ROW_WIDTH) };
  slots.forEach((slot, i) => {
    pack.keys.set(table.keyAt(slot), i * KEY_WORDS);
    pack.rows.set(table.rows.subarray(slot * ROW_WIDTH, (slot + 1) * ROW_WIDTH), i * ROW_WIDTH);
  });
  const bytes = packBytes(pack);
  const name = createHash('sha256').update(bytes).digest('hex').slice(0, 24);
  const path = join(folder, `${name}${EXTENSION}`);
  makeFolder(folder);
  await writeFileAtomically(path, bytes);
  return path;
}

/** Removes packs; one that is gone already is as good. */
export async function removePacks(paths: readonly string[]): Promise<void> {
  await Promise.all(paths.map((path) => unlink(path).catch(() => undefined)));
}

/** Removes the oldest packs until the folder holds at most so many bytes. */
export async function trimFolder(folder: string, most_bytes: number): Promise<void> {
  let total = 0;
  const beyond = (await packFiles(folder)).filter(({ bytes }) => (total += bytes) > most_bytes);
  await removePacks(beyond.map(({ path }) => path));
}

/** Why a folder does not take packs, in a line. */
export function reasonOf(error: unknown): string {
  const system = systemExplanation(error);
  if (system !== undefined) return system.why;
  return error instanceof Error ? error.message : String(error);
}
