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
