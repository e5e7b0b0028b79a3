/**
 * shards/shard-i-of-n.json: written last, when every part of a shard is there. What a merge needs to know, and what a cluster's status looks for:
 * the folder says which shards are done, not the queue, because a queue forgets, and because shards may have been run by hand.
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
type ShardMarker = z.infer<typeof markerSchema>;

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
  const done = shardsDone(dir);
  for (const shard of done.filter((other) => other.count === count)) {
    const name = markerName(shard);
    if (readMarker(dir, name).planHash === planHash) continue;
    throw new LowbitError(`shard ${shard.index} of ${count} is of another sweep`, {
      place: join(shardsFolder(dir), name),
      remedy: `remove it and run \`lowbit sweep FILE --shard ${shard.index}/${count} --resume --out ${dir}\``,
    });
  }
  const foreign = done.find((other) => other.count !== count || other.index > count);
  if (foreign !== undefined) {
    throw new LowbitError(`the sweep is cut into ${count} shards, and there is one of another count`, {
      place: join(shardsFolder(dir), markerName(foreign)),
      remedy: 'remove it if it is a left-over, then merge again',
    });
  }
  const missing = missingShards(dir, count);
  const [first] = missing;
  if (first === undefined) return;
  const others = missing.length === 1 ? '' : ', and likewise the others';
  throw new LowbitError(`${missing.length} of ${count} shards are missing`, {
    value: missing.join(', '),
    place: shardsFolder(dir),
    remedy: `run \`lowbit sweep FILE --shard ${first}/${count} --resume --out ${dir}\`${others}`,
  });
}

/** Shards that are done, of whatever count; none where the folder of markers cannot be read. */
function shardsDone(dir: string): Shard[] {
  let names: string[];
  try {
    names = readdirSync(shardsFolder(dir));
  } catch {
    return [];
  }
  return names
    .map((name) => /^shard-(\d+)-of-(\d+)\.json$/.exec(name))
    .filter((match) => match !== null)
    .map(([, index, count]) => ({ index: Number(index), count: Number(count) }))
    .sort((a, b) => a.count - b.count || a.index - b.index);
}

/** Shards of `count` that are not done, in order. */
export function missingShards(dir: string, count: number): number[] {
  const done = new Set(
    shardsDone(dir)
      .filter((shard) => shard.count === count)
      .map(({ index }) => index),
  );
  return Array.from({ length: count }, (_, i) => i + 1).filter((index) => !done.has(index));
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
