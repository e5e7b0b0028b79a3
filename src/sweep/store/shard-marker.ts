/**
 * shards/shard-i-of-n.json: written last, when every part of a shard is there. What a merge needs to know, and what a cluster's status looks for.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { LowbitError } from '../../lowbit-error.js';
import { writeFileAtomically } from '../../tensors/atomic-file.js';
import { fileError } from '../../tensors/file-error.js';
import { shardsFolder } from './sweep-folder.js';

/** One of `count` shares of a sweep; `index` counts from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** Part `p` belongs to shard `(p mod count) + 1`. */
export const isOfShard = (part: number, { index, count }: Shard): boolean => part % count === index - 1;

const markerSchema = z.strictObject({
  planHash: z.string(),
  shard: z.strictObject({ index: z.number(), count: z.number() }),
  parts: z.number(),
  rows: z.number(),
});
export type ShardMarker = z.infer<typeof markerSchema>;

const markerName = ({ index, count }: Shard): string => `shard-${index}-of-${count}.json`;

export async function writeShardMarker(dir: string, marker: ShardMarker): Promise<void> {
  try {
    mkdirSync(shardsFolder(dir), { recursive: true });
  } catch (error) {
    throw fileError('cannot make the folder', shardsFolder(dir), error);
  }
  await writeFileAtomically(join(shardsFolder(dir), markerName(marker.shard)), `${JSON.stringify(marker)}\n`);
}

/** Before a shard starts anew: it is not done any more. */
export function removeShardMarker(dir: string, shard: Shard): void {
  rmSync(join(shardsFolder(dir), markerName(shard)), { force: true });
}

/**
 * Checks that all `count` shards are done and belong to this plan.
 * Throws LowbitError: which shards are missing or foreign, and the command that mends it.
 */
export function checkShards(dir: string, count: number, planHash: string): void {
  const names = new Set(markersPresent(dir));
  const missing: number[] = [];
  for (let index = 1; index <= count; index++) {
    const name = markerName({ index, count });
    if (!names.delete(name)) {
      missing.push(index);
      continue;
    }
    const marker = readMarker(dir, name);
    if (marker.planHash !== planHash) {
      throw new LowbitError(`shard ${index} of ${count} is of another sweep`, {
        place: join(shardsFolder(dir), name),
        remedy: `remove it and run \`lowbit sweep FILE --shard ${index}/${count} --resume --out ${dir}\``,
      });
    }
  }
  const [foreign] = names;
  if (foreign !== undefined) {
    throw new LowbitError(`the sweep is cut into ${count} shards, and there is one of another count`, {
      place: join(shardsFolder(dir), foreign),
      remedy: 'remove it if it is a left-over, then merge again',
    });
  }
  if (missing.length > 0) {
    const first = missing[0]!;
    const others = missing.length === 1 ? '' : ', and likewise the others';
    throw new LowbitError(`${missing.length} of ${count} shards are missing`, {
      value: missing.join(', '),
      place: shardsFolder(dir),
      remedy: `run \`lowbit sweep FILE --shard ${first}/${count} --resume --out ${dir}\`${others}`,
    });
  }
}

function markersPresent(dir: string): string[] {
  try {
    return readdirSync(shardsFolder(dir))
      .filter((name) => /^shard-\d+-of-\d+\.json$/.test(name))
      .sort();
  } catch {
    return [];
  }
}

function readMarker(dir: string, name: string): ShardMarker {
  const path = join(shardsFolder(dir), name);
  try {
    return markerSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    const explained = fileError('cannot read', path, error);
    if (explained instanceof LowbitError) throw explained;
    throw new LowbitError('not the marker of a shard', { place: path, remedy: 'remove it and run the shard again with --resume' });
  }
}
