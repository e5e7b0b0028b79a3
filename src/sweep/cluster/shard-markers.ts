/**
 * Which shards of a sweep are done: a shard leaves `shards/shard-i-of-n.json` when it is complete, and nothing before. The folder says it, not the
 * queue, because a queue forgets, and because shards may have been run by hand.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface ShardMarker {
  /** From 1. */
  readonly shard: number;
  readonly of: number;
}

export function shardMarkers(folder: string): ShardMarker[] {
  const place = join(folder, 'shards');
  if (!existsSync(place)) return [];
  return readdirSync(place)
    .map((name) => /^shard-(\d+)-of-(\d+)\.json$/.exec(name))
    .filter((match) => match !== null)
    .map(([, shard, of]) => ({ shard: Number(shard), of: Number(of) }))
    .sort((a, b) => a.of - b.of || a.shard - b.shard);
}

/** Shards of `n` that are not done, in order. */
export function missingShards(folder: string, n: number): number[] {
  const done = new Set(
    shardMarkers(folder)
      .filter(({ of }) => of === n)
      .map(({ shard }) => shard),
  );
  return Array.from({ length: n }, (_, index) => index + 1).filter((shard) => !done.has(shard));
}

/** Shards as people and Slurm write them: `1-3,7`. */
export function shardRanges(shards: readonly number[]): string {
  const runs: [first: number, last: number][] = [];
  for (const shard of shards) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] + 1 === shard) run[1] = shard;
    else runs.push([shard, shard]);
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}
