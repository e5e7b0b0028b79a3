import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { activityCache } from '../../../src/sweep/evaluate/activity-cache/activity-cache.js';
import { layerKeys } from '../../../src/sweep/evaluate/activity-cache/content-key.js';
import { sharedTable, tableBuffer } from '../../../src/sweep/evaluate/activity-cache/shared-table.js';
import { activityOfNumber } from './numbered-activity.mjs';

interface Counts {
  readonly wrong: number;
  readonly computed: readonly number[];
}

function hammer(data: { table: SharedArrayBuffer; keys: number; seed: number; dies: boolean }): Promise<Counts | null> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./hammer-worker.mjs', import.meta.url), { workerData: data });
    let counts: Counts | null = null;
    worker.on('message', (message: Counts) => (counts = message));
    worker.on('error', reject);
    worker.on('exit', () => {
      resolve(counts);
    });
  });
}

describe('the table of activities that workers share', () => {
  it('gives four threads the right rows, and has every one computed about once', async () => {
    const table = tableBuffer(2 ** 20);
    const keys = 2000;
    const all = await Promise.all([1, 2, 3, 4].map((seed) => hammer({ table, keys, seed, dies: false })));
    expect(all.map((counts) => counts?.wrong)).toEqual([0, 0, 0, 0]);
    const times = new Map<number, number>();
    for (const counts of all) for (const number of counts?.computed ?? []) times.set(number, (times.get(number) ?? 0) + 1);
    expect(times.size).toBe(keys);
    expect(Math.max(...times.values())).toBeLessThanOrEqual(4);
    expect([...times.values()].filter((n) => n === 1).length).toBeGreaterThan(0.9 * keys);
    expect(sharedTable(table).ready('all')).toHaveLength(sharedTable(table).used());
  });

  it('goes on when a thread has died in the middle of a row', async () => {
    const table = tableBuffer(2 ** 19);
    expect(await hammer({ table, keys: 300, seed: 1, dies: true })).toBeNull();
    expect(sharedTable(table).ready('all')).toHaveLength(sharedTable(table).used() - 1);
    const others = await Promise.all([2, 3].map((seed) => hammer({ table, keys: 300, seed, dies: false })));
    expect(others.map((counts) => counts?.wrong)).toEqual([0, 0]);
    expect(sharedTable(table).ready('all')).toHaveLength(300);
  });

  it('takes a slot over that was claimed and never filled', () => {
    const table = sharedTable(tableBuffer(2 ** 16));
    const key = layerKeys('machine')('layer');
    const first = table.find(key);
    expect(first?.ready).toBe(false);
    expect(table.find(key)).toEqual(first);
    table.publish(first!.slot);
    expect(table.find(key)).toEqual({ slot: first!.slot, ready: true });
  });

  it('keeps nothing of what throws, and the next one may try', () => {
    const machine = activityCache(undefined).machine('machine');
    expect(() =>
      machine.activity('layer', () => {
        throw new Error('refused');
      }),
    ).toThrow('refused');
    expect(machine.activity('layer', () => activityOfNumber(5))).toEqual(activityOfNumber(5));
    expect(machine.activity('layer', () => activityOfNumber(6))).toEqual(activityOfNumber(5));
  });

  it('tells machines apart, and texts that run into one another', () => {
    const cache = activityCache(undefined);
    expect(cache.machine('a b').activity('c', () => activityOfNumber(1))).toEqual(activityOfNumber(1));
    expect(cache.machine('a').activity('b c', () => activityOfNumber(2))).toEqual(activityOfNumber(2));
    expect(cache.machine('a b').activity('c', () => activityOfNumber(3))).toEqual(activityOfNumber(1));
  });

  it.each([1, 300, 4000])('computes what a full table of %d bytes has no room for', (bytes) => {
    const table = tableBuffer(bytes);
    const machine = activityCache(table).machine('machine');
    for (let round = 0; round < 2; round++)
      for (let i = 0; i < 100; i++) expect(machine.activity(`layer ${i}`, () => activityOfNumber(i))).toEqual(activityOfNumber(i));
    const shared = sharedTable(table);
    expect(shared.used()).toBeGreaterThan(0);
    expect(shared.used()).toBeLessThanOrEqual(Math.ceil(0.85 * shared.capacity));
  });

  it('computes what it has no place for', () => {
    const machine = activityCache(undefined).machine('machine');
    const strange = { ...activityOfNumber(1), sram: { global: activityOfNumber(1).sram.output } };
    expect(machine.activity('layer', () => strange)).toBe(strange);
    expect(machine.activity('layer', () => strange)).toBe(strange);
  });
});
