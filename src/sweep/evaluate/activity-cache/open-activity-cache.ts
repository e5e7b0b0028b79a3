/**
 * The activity cache of a sweep, opened by its main thread: a table for all workers, filled from the packs of earlier sweeps, and what is new
 * in it written for later ones. A folder that cannot be read or written leaves the sweep as it is, with a note.
 */
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.js';
import { loadPacks, reasonOf, removePacks, trimFolder, writePack, type LoadedPacks } from './disk-cache.js';
import { sharedTable, tableBuffer } from './shared-table.js';

export interface ActivityCacheOptions {
  /** False: nothing is read from disk or written to it; the workers of this sweep share a table all the same. */
  readonly enabled: boolean;
  /** Folder of the cache; absent: that of the user. */
  readonly folder?: string;
  /** Memory of the table, taken as it fills. */
  readonly budget_bytes?: number;
  /** Packs of the folder together. */
  readonly mostOnDisk_bytes?: number;
}

export interface OpenActivityCache {
  /** For `activityCache` in this thread and in every worker. */
  readonly table: SharedArrayBuffer;
  /** Rows found on disk. */
  readonly loaded: number;
  readonly notes: readonly string[];
  /** Keeps what is new; to be called at the end, and in between as often as one likes, but not twice at once. Gives notes; never throws. */
  save(): Promise<readonly string[]>;
}

const TABLE_bytes = 128 * 2 ** 20;
const DISK_bytes = 256 * 2 ** 20;

/** Opens the cache. Never throws for the sake of a folder. */
export async function openActivityCache(options: ActivityCacheOptions): Promise<OpenActivityCache> {
  const { enabled, budget_bytes = TABLE_bytes, mostOnDisk_bytes = DISK_bytes } = options;
  const buffer = tableBuffer(budget_bytes);
  if (!enabled) return { table: buffer, loaded: 0, notes: [], save: () => Promise.resolve([]) };
  const folder = join(options.folder ?? cacheFolder(), 'activities');
  const table = sharedTable(buffer);
  const packs = await loadPacks(folder, table);
  const saved: Saved = { rows: 0, path: null };
  const save = async (): Promise<readonly string[]> => {
    const found = table.ready('new');
    if (found.length === saved.rows) return [];
    try {
      const path = await writePack(folder, table, packs.joins ? table.ready('all') : found);
      await removePacks(replaced(packs, saved).filter((old) => old !== path));
      saved.rows = found.length;
      saved.path = path;
      await trimFolder(folder, mostOnDisk_bytes);
      return [];
    } catch (error) {
      return [`activity cache: what this sweep found is not kept for later ones, ${folder}: ${reasonOf(error)}`];
    }
  };
  return { table: buffer, loaded: packs.rows, notes: packs.notes, save };
}

/** What this run has written so far. */
interface Saved {
  rows: number;
  path: string | null;
}

/** Packs whose rows are in the one just written: the one of this run before it, and those it joins. */
function replaced({ joins, paths }: LoadedPacks, { path }: Saved): readonly string[] {
  return [...(path === null ? [] : [path]), ...(joins ? paths : [])];
}
