/** The study of docs/codesign/w4a4-share.md in small: points of its sweep against `lowbit simulate`, and the orderings it rests on. */
import { describe, expect, it } from 'vitest';
import { lowbitJson } from '../../cli/built-program.js';
import { study, type StudyRow } from './study-rows.js';

// Dimensions: batch (16, 64, 256), card (A100, L40S), schedule (barriered, barrier-free, remapped, decomposed), share (0, 1/8, ... 1).
const NAME = 'comet-share-schedule-card';
const seconds = (rows: readonly StudyRow[]): number[] => rows.map(({ columns }) => columns['latency_s']!);

describe('the share of W4A4 blocks', () => {
  it('is simulated as `simulate` does', async () => {
    const { rows } = await study(NAME);
    const [row] = rows([[0, 1, 2, 4]]);
    const { totals } = lowbitJson<{ totals: Record<string, number> }>([
      ...['simulate', '--hw', 'l40s', '--kernel', 'comet-w4ax', '--schedule', 'remapped', '--w4a4-share', '0.5'],
      ...['--model', 'llama-3-8b', '--scheme', 'fmpq-w4a4kv4', '--phase', 'decode', '--batch', '16', '--context', '1024'],
    ]);
    expect(row!.axes).toEqual({ batch: 16, hardware: 'l40s', schedule: 'remapped', w4a4Share: 0.5 });
    expect(row!.columns['latency_s']).toBe(totals['latency_s']);
  });

  it('gains nothing with barriers before the last W4A8 block is gone, and something without them at once', async () => {
    const { rows } = await study(NAME);
    const [none, most, all] = seconds(rows([0, 7, 8].map((share) => [0, 0, 0, share])));
    expect(most! / none!).toBeGreaterThan(0.99);
    expect(all! / none!).toBeLessThan(0.75);
    const [free, freeMost] = seconds(rows([0, 7].map((share) => [0, 0, 1, share])));
    expect(freeMost! / free!).toBeLessThan(0.8);
  });

  it('is worth less on the L40S, which loads its weights for longer than it multiplies them', async () => {
    const { rows } = await study(NAME);
    const gain = (card: number): number => {
      const [w4a8, w4a4] = seconds(rows([0, 8].map((share) => [0, card, 3, share])));
      return w4a8! / w4a4!;
    };
    expect(gain(0)).toBeGreaterThan(1.4);
    expect(gain(1)).toBeLessThan(1.1);
  });
});
