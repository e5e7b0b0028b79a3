/** The study of docs/codesign/dequantization-placement.md in small: the orderings of its sweep. */
import { describe, expect, it } from 'vitest';
import { study } from './study-rows.js';

// Dimensions: design (W4A8 behind with 64 and 128 multipliers, in every PE, ahead; the same of W4A16), group (32, 64, 128, 256, a row).
const NAME = 'mixpe-placement-group';

describe('places of dequantization', () => {
  it('need as many multipliers per column as a group has passes of the rows, and no more', async () => {
    const { rows } = await study(NAME);
    const [one32, two32, all32, one64] = rows([[0, 0], [1, 0], [2, 0], [0, 1]]).map(({ columns }) => columns); // prettier-ignore
    expect(one32!['dequant_cycles']).toBeGreaterThan(0);
    for (const columns of [two32!, all32!, one64!]) expect(columns['dequant_cycles']).toBe(0);
    expect(all32!['latency_s']! / two32!['latency_s']!).toBeCloseTo(1, 3);
    expect(one32!['latency_s']! / two32!['latency_s']!).toBeGreaterThan(1.8);
  });

  it('cost the area of their multipliers', async () => {
    const { rows } = await study(NAME);
    const [one, two, all] = rows([[0, 2], [1, 2], [2, 2]]).map(({ columns }) => columns['area_mm2']!); // prettier-ignore
    // 617.7 um2 each; the buffers are the same.
    expect(two! - one!).toBeCloseTo((64 * 617.7) / 1e6, 9);
    expect(all! - one!).toBeCloseTo((4032 * 617.7) / 1e6, 9);
  });

  it('ahead of the array are slower in a decode step, where a weight serves one token', async () => {
    const { rows } = await study(NAME, 'workload.phase=decode');
    for (const [behind, ahead] of [
      [0, 3],
      [4, 7],
    ] as const) {
      const [a, b] = rows([
        [behind, 2],
        [ahead, 2],
      ]).map(({ columns }) => columns['latency_s']!);
      expect(b! / a!).toBeGreaterThan(1.05);
    }
  });
});
