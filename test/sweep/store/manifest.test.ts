import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SweepPlan } from '../../../src/sweep/plan/sweep-plan.js';
import { claimFolder, findManifest, readManifest, type Manifest } from '../../../src/sweep/store/manifest.js';
import { firstDifference, planHash } from '../../../src/sweep/plan/plan-hash.js';
import { checkShards, isOfShard, writeShardMarker } from '../../../src/sweep/store/shard-marker.js';
import { makeSweepFolder, partPath, partsPresent, removeTemporaries } from '../../../src/sweep/store/sweep-folder.js';
import { temporaryFolder } from '../../tensors/temporary-folder.js';
import { areaConstraint, tinyPlan } from './tiny-plan.js';

const root = temporaryFolder();
let folders = 0;
function folder(): string {
  const dir = join(root, `m${folders++}`);
  makeSweepFolder(dir);
  return dir;
}

const manifestOf = (plan: SweepPlan, shards: number | null = null): Manifest => ({
  schemaVersion: 1,
  tool: { name: 'lowbit', version: '0.0.0' },
  planHash: planHash(plan),
  parts: { count: 4, points: 30 },
  shards,
  plan,
});
const claim = (dir: string, plan: SweepPlan, resume: boolean, shards: number | null = null): Promise<void> =>
  claimFolder(dir, {
    manifest: manifestOf(plan, shards),
    resume,
    own: (part) => shards === null || isOfShard(part, { index: 1, count: shards }),
  });

describe('the hash of a plan', () => {
  const plan = tinyPlan();

  it('does not move with places, names of files or the order of keys', () => {
    const moved = tinyPlan({
      constraints: [{ ...areaConstraint, place: 'elsewhere.yaml:1:1' }],
      designs: { ...plan.designs, hardware: { a: { text: plan.designs.hardware['a']!.text, file: '/other/a.yaml' } } },
    });
    const turned = Object.fromEntries(Object.entries(plan).reverse()) as unknown as SweepPlan;
    expect(planHash(moved)).toBe(planHash(plan));
    expect(planHash(turned)).toBe(planHash(plan));
    expect(firstDifference(moved, plan)).toBeUndefined();
  });

  it('moves with everything else, and the first difference is named by its path', () => {
    const other = tinyPlan({
      axes: plan.axes.map((axis, i) => (i === 1 ? { ...axis, values: [...axis.values.slice(0, 2), 'nf4'] } : axis)),
    });
    expect(planHash(other)).not.toBe(planHash(plan));
    expect(firstDifference(plan, other)).toEqual({ path: 'axes[1].values[2]', first: '"a \\"b\\", c"', second: '"nf4"' });
    expect(firstDifference(plan, tinyPlan({ seed: 8 }))).toEqual({ path: 'seed', first: '7', second: '8' });
    expect(firstDifference(plan, tinyPlan({ versions: { model: 1, pe: 2 } }))).toEqual({
      path: 'versions.pe',
      first: 'absent',
      second: '2',
    });
  });

  it('survives the way through sweep.json', async () => {
    const dir = folder();
    await claim(dir, plan, false);
    expect(planHash(readManifest(dir).plan)).toBe(planHash(plan));
  });
});

describe('claiming a folder', () => {
  const plan = tinyPlan();

  it('takes an empty folder, and one with this sweep only to go on', async () => {
    const dir = folder();
    await claim(dir, plan, false);
    await expect(claim(dir, plan, false)).rejects.toThrow(/already holds results of this sweep.*--resume/);
    await claim(dir, plan, true);
  });

  it('refuses another sweep and says what differs', async () => {
    const dir = folder();
    await claim(dir, plan, false);
    for (const resume of [false, true]) {
      await expect(claim(dir, tinyPlan({ seed: 8 }), resume)).rejects.toThrow(/holds another sweep: seed is 7 there and 8 here.*--out/);
    }
  });

  it('lets shards of one count share a folder, each until it has parts of its own', async () => {
    const dir = folder();
    await claim(dir, plan, false, 8);
    await claim(dir, plan, false, 8);
    writeFileSync(partPath(dir, 1), '');
    await claim(dir, plan, false, 8);
    writeFileSync(partPath(dir, 8), '');
    await expect(claim(dir, plan, false, 8)).rejects.toThrow(/--resume/);
    await claim(dir, plan, true, 8);
    await expect(claim(dir, plan, true, 4)).rejects.toThrow(/cut into 8 shards, this run is cut into 4 shards/);
    await expect(claim(dir, plan, true)).rejects.toThrow(/this run is not cut into shards/);
  });

  it('does not take a file that is no manifest for one', async () => {
    const dir = folder();
    expect(findManifest(dir)).toBeUndefined();
    expect(() => readManifest(dir)).toThrow(/no sweep in this folder/);
    for (const text of ['', '{}', JSON.stringify({ ...manifestOf(plan), planHash: 'x' })]) {
      writeFileSync(join(dir, 'sweep.json'), text);
      await expect(claim(dir, plan, true)).rejects.toThrow(/not a manifest of a sweep .*sweep\.json/);
    }
  });
});

describe('temporaries of killed runs', () => {
  // No system gives numbers this high to processes.
  const ended = 2 ** 30;

  it('are removed: all by a whole run, those of its own parts by a shard, and nothing else', () => {
    const dir = folder();
    const names = [`.part-0000003.parquet.${ended}.tmp`, `.part-0000004.parquet.${ended}.tmp`, 'part-0000003.parquet', '.hidden'];
    for (const name of names) writeFileSync(join(dir, 'parts', name), '');
    const top = [`.rows.parquet.${ended}-0.tmp`, `.sweep.json.${ended}-1.tmp`, '.other.tmp', 'rows.csv'];
    for (const name of top) writeFileSync(join(dir, name), '');
    removeTemporaries(dir, (part) => part === 3, false);
    expect(readdirSync(join(dir, 'parts')).sort()).toEqual(names.slice(1).sort());
    expect(readdirSync(dir)).toEqual(expect.arrayContaining(top));
    removeTemporaries(dir, () => true, true);
    expect(readdirSync(join(dir, 'parts')).sort()).toEqual(['.hidden', 'part-0000003.parquet']);
    expect(readdirSync(dir).sort()).toEqual(['.other.tmp', 'parts', 'rows.csv']);
    expect(partsPresent(dir)).toEqual([3]);
  });

  it('stay while another process on this machine is writing them', () => {
    const dir = folder();
    const name = `.part-0000003.parquet.${process.ppid}.tmp`;
    writeFileSync(join(dir, 'parts', name), '');
    writeFileSync(join(dir, `.rows.csv.${process.ppid}-4.tmp`), '');
    writeFileSync(join(dir, `.rows.csv.${process.pid}-4.tmp`), '');
    removeTemporaries(dir, () => true, true);
    expect(readdirSync(join(dir, 'parts'))).toEqual([name]);
    expect(readdirSync(dir).sort()).toEqual([`.rows.csv.${process.ppid}-4.tmp`, 'parts']);
  });
});

describe('the markers of shards', () => {
  const hash = planHash(tinyPlan());
  const mark = (dir: string, index: number, count: number, planHash = hash): Promise<void> =>
    writeShardMarker(dir, { planHash, shard: { index, count }, parts: 1, rows: 2 });

  it('cover every part exactly once', () => {
    for (let part = 0; part < 20; part++) {
      expect([1, 2, 3].filter((index) => isOfShard(part, { index, count: 3 }))).toEqual([(part % 3) + 1]);
    }
  });

  it('are complete only with every number', async () => {
    const dir = folder();
    expect(() => checkShards(dir, 3, hash)).toThrow(/3 of 3 shards are missing: 1, 2, 3/);
    await mark(dir, 1, 3);
    await mark(dir, 3, 3);
    expect(() => checkShards(dir, 3, hash)).toThrow(/1 of 3 shards are missing: 2 .*--shard 2\/3 --resume/);
    await mark(dir, 2, 3);
    checkShards(dir, 3, hash);
  });

  it('are refused when they are of another sweep, another count or no markers', async () => {
    const dir = folder();
    await mark(dir, 1, 2);
    await mark(dir, 2, 2, 'another');
    expect(() => checkShards(dir, 2, hash)).toThrow(/shard 2 of 2 is of another sweep/);
    await mark(dir, 2, 2);
    await mark(dir, 1, 3);
    expect(() => checkShards(dir, 2, hash)).toThrow(/cut into 2 shards, and there is one of another count .*shard-1-of-3/);
    rmSync(join(dir, 'shards', 'shard-1-of-3.json'));
    writeFileSync(join(dir, 'shards', 'shard-1-of-2.json'), readFileSync(join(dir, 'shards', 'shard-1-of-2.json'), 'utf8').slice(5));
    expect(() => checkShards(dir, 2, hash)).toThrow(/not the marker of a shard/);
    rmSync(join(dir, 'shards', 'shard-1-of-2.json'));
    mkdirSync(join(dir, 'shards', 'shard-1-of-2.json'));
    expect(() => checkShards(dir, 2, hash)).toThrow(/cannot read .*it is a folder/);
  });
});
