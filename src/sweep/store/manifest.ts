/**
 * sweep.json: what a folder holds. It is written before the first part; every later run, shard or merge in the folder is checked against it. It has
 * no clock, host or name of a user, so that shards that start at the same moment write the same bytes.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { LowbitError } from '../../lowbit-error.js';
import { writeFileAtomically } from '../../tensors/atomic-file.js';
import { fileError } from '../../tensors/file-error.js';
import type { SweepPlan } from '../plan/sweep-plan.js';
import { firstDifference, planHash } from '../plan/plan-hash.js';
import { manifestPath, partsPresent } from './sweep-folder.js';

const manifestSchema = z.strictObject({
  schemaVersion: z.literal(1),
  tool: z.strictObject({ name: z.literal('lowbit'), version: z.string() }),
  planHash: z.string(),
  parts: z
    .strictObject({ count: z.number(), points: z.number() })
    .nullable()
    .describe('parts and positions in each (the first one is smaller); null: the search decides as it goes'),
  shards: z.number().nullable().describe('shards the sweep is cut into; null: one run does all'),
  plan: z.custom<SweepPlan>((value) => typeof value === 'object' && value !== null),
});
export type Manifest = z.infer<typeof manifestSchema>;

/** The manifest of a folder; undefined where there is none. Throws LowbitError when it cannot be read or is none. @internal */
export function findManifest(dir: string): Manifest | undefined {
  const path = manifestPath(dir);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined;
    throw fileError('cannot read', path, error);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const manifest = manifestSchema.safeParse(value);
  if (!manifest.success || planHash(manifest.data.plan) !== manifest.data.planHash) {
    throw new LowbitError('not a manifest of a sweep', { place: path, remedy: 'choose another folder with --out' });
  }
  return manifest.data;
}

/** The manifest of a folder that must have one. */
export function readManifest(dir: string): Manifest {
  const manifest = findManifest(dir);
  if (manifest !== undefined) return manifest;
  throw new LowbitError('no sweep in this folder', { place: manifestPath(dir), remedy: 'give the folder that `lowbit sweep --out` wrote' });
}

/** What `simulate`, `compare`, `quantize`, `reproduce` and `report` write, and a sweep would write over. */
const namesOfReports = ['results.json', 'index.html', 'summary.md'];

/** Throws LowbitError when the folder holds no sweep, but the page of another command. */
export function refuseReports(dir: string): void {
  if (existsSync(manifestPath(dir))) return;
  const there = namesOfReports.filter((name) => existsSync(join(dir, name)));
  if (there.length === 0) return;
  throw new LowbitError('the folder holds results of another command, which the sweep would write over', {
    value: there.join(', '),
    place: dir,
    remedy: 'choose another folder with --out',
  });
}

export interface Claim {
  readonly manifest: Manifest;
  readonly resume: boolean;
  /** Parts this run would write. */
  readonly own: (part: number) => boolean;
}

/**
 * Takes the folder for a sweep: writes the manifest, or checks the one that is there.
 * Throws LowbitError when the folder holds another sweep, is cut into other shards, or holds results and going on was not asked for.
 */
export async function claimFolder(dir: string, { manifest, resume, own }: Claim): Promise<void> {
  const present = findManifest(dir);
  if (present === undefined) {
    await writeFileAtomically(manifestPath(dir), `${JSON.stringify(manifest, null, 1)}\n`);
    return;
  }
  refuseOther(dir, present, manifest);
  if (!resume && (manifest.shards === null || partsPresent(dir).some(own))) {
    throw new LowbitError('the folder already holds results of this sweep', {
      place: dir,
      remedy: 'add --resume to go on where it stopped, or choose another folder with --out',
    });
  }
}

function refuseOther(dir: string, present: Manifest, asked: Manifest): void {
  if (present.planHash !== asked.planHash) {
    const different = firstDifference(present.plan, asked.plan);
    const what = different === undefined ? '' : `: ${different.path} is ${different.first} there and ${different.second} here`;
    throw new LowbitError(`the folder holds another sweep${what}`, { place: dir, remedy: 'choose another folder with --out' });
  }
  if (present.shards !== asked.shards) {
    const cut = (shards: number | null): string => (shards === null ? 'not cut into shards' : `cut into ${shards} shards`);
    throw new LowbitError(`the sweep in the folder is ${cut(present.shards)}, this run is ${cut(asked.shards)}`, {
      place: dir,
      remedy: 'run all shards with the same --shard i/n, or choose another folder with --out',
    });
  }
}
