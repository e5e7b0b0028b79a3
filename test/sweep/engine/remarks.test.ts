import { describe, expect, it } from 'vitest';
import { evaluatorOf } from '../../../src/sweep/evaluate/evaluator.js';
import { withRemarks } from '../../../src/sweep/engine/remarks.js';
import { summaryMerger } from '../../../src/sweep/pareto/merge.js';
import { summarise } from '../../../src/sweep/pareto/summarise.js';
import { admit, spaceOf } from '../../../src/sweep/plan/space.js';
import type { SweepResult } from '../../../src/sweep/sweep-result.js';
import { planWith } from '../plan/sweep-text.js';

/** The result of every point of a sweep file with remarks. */
function resultOf(text: string): SweepResult {
  const plan = planWith(text);
  const space = spaceOf(plan);
  const admission = admit(
    plan,
    space,
    Float64Array.from({ length: space.rawSize }, (_, i) => i),
  );
  const merger = summaryMerger(plan);
  merger.add(summarise(plan, evaluatorOf(plan).evaluate(admission.points), admission));
  return withRemarks(plan, merger.result({ complete: true, notes: [] }));
}

describe('remarks on a result', () => {
  it('are the notes of the simulations behind the front, each once with the number of its points', () => {
    const { front, notes } = resultOf(`axes:
  - { path: scheme, values: [bitmod-4b, fp16] }
  - { path: hardware.array.rows, values: [8, 32] }
objectives: [{ maximize: weight_bits }, { minimize: area_mm2 }, { minimize: latency_s }]
`);
    expect(front.length).toBe(4);
    expect(notes.filter((note) => note.startsWith('16-bit weights on a PE for at most 8 bits'))).toHaveLength(1);
    expect(notes.join()).toMatch(/16-bit weights[^[]* \[2 of the 4 points of the front, point 2 the first\]/);
    expect(notes.join()).toMatch(/--set array holds in every phase: [^[]* \[all 4 points of the front\]/);
    expect(notes.join()).not.toMatch(/array of 8 rows/);
  });

  it('say what is missing where a constraint or an objective is unknown, and nothing of what it does not read', () => {
    const { counts, constraints, unknowns } = resultOf(`set: { hardware.dram.energy_pJPerBit: null }
axes: [{ path: hardware.array.rows, values: [8, 16, 32] }]
constraints: [power_W < 1 W or rows > 8]
objectives: [{ minimize: energy_J }, { minimize: latency_s }]
`);
    expect(counts).toMatchObject({ rows: 3, feasible: 2, unknown: 2 });
    expect(constraints).toMatchObject([{ violated: 0, violatedAlone: 0, unknown: 1 }]);
    const why = [expect.stringMatching(/^dram: bitmod has no energy per DRAM bit/)];
    expect(unknowns).toEqual([
      { of: 'power_W < 1 W or rows > 8', kind: 'constraint', count: 1, point: 0, why },
      { of: 'energy_J', kind: 'objective', count: 2, point: 1, why },
    ]);
  });

  it('give no reason where an expression has no value by its own formula', () => {
    const { unknowns } = resultOf(`axes: [{ path: hardware.array.rows, values: [8, 16] }]
objectives: [{ minimize: log10(rows - 100), name: odd }]
`);
    expect(unknowns).toEqual([{ of: 'odd', kind: 'objective', count: 2, point: 0, why: [] }]);
  });
});
