import { execFile } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { activityCache } from '../../../src/sweep/evaluate/activity-cache/activity-cache.js';
import { cacheFolder } from '../../../src/sweep/evaluate/activity-cache/cache-folder.js';
import { openActivityCache, type OpenActivityCache } from '../../../src/sweep/evaluate/activity-cache/open-activity-cache.js';
import { activityOfNumber } from './numbered-activity.mjs';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'activities-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = (options: object = {}): Promise<OpenActivityCache> =>
  openActivityCache({ enabled: true, folder, budget_bytes: 2 ** 20, ...options });

/** Asks for activities by number, and says how many were computed. */
function ask({ table }: OpenActivityCache, from: number, count: number): number {
  const machine = activityCache(table).machine('machine');
  let computed = 0;
  for (let i = from; i < from + count; i++) {
    const found = machine.activity(`layer ${i}`, () => {
      computed++;
      return activityOfNumber(i);
    });
    expect(found).toStrictEqual(activityOfNumber(i));
  }
  return computed;
}

const packs = async (): Promise<string[]> =>
  (await readdir(join(folder, 'activities'))).map((name) => join(folder, 'activities', name)).sort();

describe('activities on disk', () => {
  it('are there for the next sweep, and a run leaves one pack', async () => {
    const first = await open();
    expect(ask(first, 0, 10)).toBe(10);
    expect(await first.save()).toEqual([]);
    ask(first, 10, 5);
    await first.save();
    await first.save();
    expect(await packs()).toHaveLength(1);
    const second = await open();
    expect(second.loaded).toBe(15);
    expect(ask(second, 0, 20)).toBe(5);
    await second.save();
    expect(await packs()).toHaveLength(2);
    expect((await open()).loaded).toBe(20);
  });

  it('are not written when nothing is new, nor read or written when switched off', async () => {
    await (await open()).save();
    expect(await readdir(folder)).toEqual([]);
    const off = await open({ enabled: false });
    ask(off, 0, 3);
    expect(await off.save()).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('are skipped with a note where a pack is damaged or foreign', async () => {
    for (let i = 0; i < 3; i++) {
      const run = await open();
      ask(run, 10 * i, 10);
      await run.save();
    }
    const [first, second, third] = await packs();
    const bytes = await readFile(first!);
    bytes[bytes.length - 5]! ^= 1;
    await writeFile(first!, bytes);
    await appendFile(second!, 'x');
    await writeFile(third!, (await readFile(third!)).subarray(0, 100));
    await writeFile(join(folder, 'activities', 'foreign.activities'), 'hello');
    await writeFile(join(folder, 'activities', 'readme.txt'), 'hello');
    await mkdir(join(folder, 'activities', 'folder.activities'));
    const opened = await open();
    expect(opened.loaded).toBe(0);
    expect(opened.notes).toHaveLength(4);
    expect(opened.notes.join('\n')).toMatch(/checksum/);
    expect(opened.notes.join('\n')).toMatch(/length/);
    expect(opened.notes.join('\n')).toMatch(/foreign\.activities is skipped: it is no activity pack/);
    expect(ask(opened, 0, 10)).toBe(10);
  });

  it('leave a sweep alone where the folder cannot be written, and say so', async () => {
    await writeFile(join(folder, 'file'), '');
    const run = await open({ folder: join(folder, 'file', 'below') });
    expect(ask(run, 0, 3)).toBe(3);
    const [note, ...more] = await run.save();
    expect(note).toMatch(/activity cache: what this sweep found is not kept for later ones.*a file is in the way of the folder/);
    expect(more).toEqual([]);
    expect(ask(run, 0, 3)).toBe(0);
  });

  it('take no more than their share of the disk: the oldest packs go', async () => {
    for (let i = 0; i < 5; i++) {
      const run = await open();
      ask(run, 10 * i, 10);
      await run.save();
      for (const pack of await packs()) {
        const { mtimeMs } = await stat(pack);
        await utimes(pack, mtimeMs / 1000 - 100, mtimeMs / 1000 - 100);
      }
    }
    const { size } = await stat((await packs())[0]!);
    const run = await open({ mostOnDisk_bytes: 3 * size });
    ask(run, 50, 10);
    await run.save();
    expect(await packs()).toHaveLength(3);
    const next = await open();
    expect(next.loaded).toBe(30);
    expect(ask(next, 30, 30)).toBe(0);
  });

  it('become one pack where there are many', async () => {
    for (let i = 0; i < 33; i++) {
      const run = await open();
      ask(run, i, 1);
      await run.save();
    }
    // The run that found 32 joined them and its own.
    expect(await packs()).toHaveLength(1);
    expect((await open()).loaded).toBe(33);
  });

  it('fill at most half of the table, newest first', async () => {
    const run = await open();
    ask(run, 0, 200);
    await run.save();
    const small = await open({ budget_bytes: 300 * 255 });
    expect(small.loaded).toBe(0);
    expect(ask(small, 0, 200)).toBe(200);
  });

  it('of two processes that write at once are all kept', async () => {
    const script = join(import.meta.dirname, 'save-pack.mjs');
    const run = promisify(execFile);
    const outputs = await Promise.all(['0', '150'].map((from) => run(process.execPath, [script, folder, from, '200'])));
    expect(outputs.map(({ stdout }) => stdout.trim())).toEqual(['[]', '[]']);
    const next = await open();
    expect(next.notes).toEqual([]);
    expect(next.loaded).toBe(350);
    expect(ask(next, 0, 350)).toBe(0);
  });
});

describe('the folder of the cache', () => {
  it.each([
    [{ LOWBIT_CACHE: '/a', XDG_CACHE_HOME: '/b' }, '/a'],
    [{ LOWBIT_CACHE: '', XDG_CACHE_HOME: '/b' }, '/b/lowbit'],
    [{ XDG_CACHE_HOME: 'relative' }, join(homedir(), '.cache', 'lowbit')],
    [{}, join(homedir(), '.cache', 'lowbit')],
  ])('is found by %j', (environment, expected) => {
    expect(cacheFolder(environment)).toBe(expected);
  });
});
