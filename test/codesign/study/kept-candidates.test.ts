/** Are the candidates that a document keeps those that were evaluated, and a fair draw of them where they are many? */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { candidateRows, errorWhereTaken } from '../../../src/codesign/study/candidates.js';
import { keptCandidates, MOST_KEPT, randomSubset } from '../../../src/codesign/study/kept-candidates.js';
import type { StudyTables } from '../../../src/codesign/study/study-tables.js';

const subset = fc.record({ count: fc.nat(300), most: fc.nat(300), seed: fc.nat(1000) });

describe('a random subset', () => {
  it('has rising indexes of things that are there, as many as asked or all', () => {
    fc.assert(
      fc.property(subset, ({ count, most, seed }) => {
        const found = randomSubset(count, most, seed);
        expect(found).toHaveLength(Math.min(count, most));
        expect(found).toEqual([...new Set(found)].sort((a, b) => a - b));
        expect(found.every((index) => index >= 0 && index < count)).toBe(true);
        expect(randomSubset(count, most, seed)).toEqual(found);
      }),
    );
  });

  it('prefers none: each pair of five comes about as often as the others', () => {
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 4000; seed++) {
      const key = randomSubset(5, 2, seed).join();
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(10);
    // 400 each; the standard deviation of a count is 19.
    for (const count of counts.values()) expect(Math.abs(count - 400)).toBeLessThan(80);
  });
});

/** Two items of 10 and 30 weights, two options, two designs of which the second has no energy. */
const tables: StudyTables = {
  items: [10, 30].map((weights, i) => ({ name: `i${i}`, products: [`i${i}`], layer: i, matrix: 'm', weights })),
  options: ['four', 'eight'].map((name) => ({ name, format: name, weight: { quantizer: 'rtn' } })),
  error: Float64Array.of(0.1234567, 0.02, 0.3, 0.04),
  bits: Float64Array.of(40, 80, 120, 240),
  memory: { fixed_bytes: 7, bytes: Float64Array.of(5, 10, 15, 30) },
  weights: 40,
  hardware: [10, NaN].map((energy_pJ, h) => ({
    point: { name: `d${h}` },
    costs: {
      area_mm2: 1,
      fixed: { latency_s: 1, energy_pJ },
      latency_s: Float64Array.of(1, 2, 3, 6).map((value) => value / (h + 1)),
      energy_pJ: Float64Array.of(4, 8, 12, 24),
    },
  })) as unknown as StudyTables['hardware'],
};
const choices = [
  [0, 0],
  [0, 1],
  [1, 1],
].map((choice, i) => ({ method: i === 1 ? 'ilp' : 'uniform', choice: Int32Array.from(choice) }));

const all = (different: typeof choices, from = tables) => ({ different, rows: candidateRows(from, different) });

describe('the candidates of a document', () => {
  it('are none of assignments with an option that the design refuses', () => {
    // The second design takes no eight bits of the second item.
    const refusing = tables.hardware.map(({ point, costs }, h) => ({
      point,
      costs: { ...costs, latency_s: costs.latency_s.map((value, at) => (h === 1 && at === 3 ? NaN : value)) },
    }));
    const kept = keptCandidates({ ...tables, hardware: refusing }, all(choices, { ...tables, hardware: refusing }), 1);
    expect(kept.hardware).toEqual([0, 1, 0, 0]);
    expect(kept.latency_s.every(Number.isFinite)).toBe(true);
    expect([...errorWhereTaken({ ...tables, hardware: refusing })]).toEqual([...tables.error]);
    expect([...errorWhereTaken({ ...tables, hardware: refusing.slice(1) })]).toEqual([0.1234567, 0.02, 0.3, NaN]);
  });

  it('are every assignment on every design, with the sums of the tables to six digits', () => {
    expect(keptCandidates(tables, all(choices), 1)).toEqual({
      rule: 'all that were evaluated',
      methods: ['uniform', 'ilp'],
      method: [0, 0, 1, 1, 0, 0],
      hardware: [0, 1, 0, 1, 0, 1],
      error: [0.423457, 0.423457, 0.163457, 0.163457, 0.06, 0.06],
      bits: [4, 4, 7, 7, 8, 8],
      latency_s: [5, 3, 8, 4.5, 9, 5],
      energy_pJ: [26, null, 38, null, 42, null],
      memory_bytes: [27, 27, 42, 42, 47, 47],
    });
  });

  it('are all up to the most, and from one more on a subset that says so', () => {
    const many = Array.from({ length: MOST_KEPT / 2 }, () => choices[0]!);
    expect(keptCandidates(tables, all(many), 1)).toMatchObject({ rule: 'all that were evaluated' });
    const more = keptCandidates(tables, all([...many, choices[1]!]), 1);
    expect(more.rule).toBe(`${MOST_KEPT} of ${MOST_KEPT + 2}, a random subset without replacement drawn with the seed of the study`);
    expect(more.error).toHaveLength(MOST_KEPT);
    expect(new Set(more.hardware)).toEqual(new Set([0, 1]));
  });
});
