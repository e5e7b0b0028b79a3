import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dataflows, type Dataflow } from '../../src/accelerator/accelerator-config.js';
import { conventions } from '../../src/accelerator/timing/systolic-folds/conventions.js';
import { foldShares, foldsOf, stallFreeCycles } from '../../src/accelerator/timing/systolic-folds/counts.js';
import { foldedLayer } from '../../src/accelerator/timing/systolic-folds/layer.js';
import { hardwareOf, layerOf, numberOf, scaleSimRows, titleOf, type ScaleSimRow } from './scale-sim-results.js';

const unlimited = scaleSimRows.filter((row) => row['bw_mode'] === 'CALC');
const limited = scaleSimRows.filter((row) => row['bw_mode'] === 'USER');
const unstalled = limited.filter((row) => numberOf(row, 'stall_cycles') === 0);

function scaleSimCycles(row: ScaleSimRow): number {
  const { stallFree_cycles, dramStall_cycles } = foldedLayer(hardwareOf(row, 'scale-sim'), layerOf(row));
  return stallFree_cycles - 1 + dramStall_cycles;
}

/** What SCALE-Sim reports, from the folds. */
function reported(row: ScaleSimRow): { readonly counts: Record<string, number>; readonly percentages: Record<string, number> } {
  const { folds, product, sram } = foldedLayer(hardwareOf(row, 'scale-sim'), layerOf(row));
  const shares = foldShares(folds, conventions['scale-sim']);
  const total_cycles = scaleSimCycles(row);
  const { rows, columns } = folds.array;
  return {
    counts: {
      total_cycles,
      sram_ifmap_reads: sram.activationReads,
      sram_filter_reads: sram.weightReads,
      sram_ofmap_writes: sram.outputWrites,
    },
    percentages: {
      overall_util_pct: (100 * product.m * product.n * product.k) / (total_cycles * rows * columns),
      mapping_eff_pct: 100 * shares.mapping,
      compute_util_pct: 100 * shares.compute,
    },
  };
}

/** Counts to the last digit, percentages to the nine decimals that are printed. */
function expectReported(row: ScaleSimRow): void {
  const { counts, percentages } = reported(row);
  for (const [column, value] of Object.entries(counts)) expect(value, `${titleOf(row)}: ${column}`).toBe(numberOf(row, column));
  for (const [column, value] of Object.entries(percentages)) {
    expect(Math.abs(value - numberOf(row, column)), `${titleOf(row)}: ${column}`).toBeLessThanOrEqual(0.5e-9 * (1 + 1e-4));
  }
}

describe('systolic-folds beside SCALE-Sim', () => {
  it('gives cycles, three utilizations and three buffer counts of all 168 results without a bandwidth limit, to the last digit', () => {
    expect(unlimited).toHaveLength(168);
    for (const row of unlimited) expectReported(row);
  });

  it('gives the same of all 184 results with a bandwidth limit that never stall', () => {
    expect(unstalled).toHaveLength(184);
    for (const row of unstalled) expectReported(row);
  });

  it('reads from DRAM what SCALE-Sim reads of every operand that fits half its buffer, and never more than it writes', () => {
    for (const row of unlimited) {
      const { dram, half, product, distinctActivations } = foldedLayer(hardwareOf(row, 'scale-sim'), layerOf(row));
      if (distinctActivations <= half.activation) expect(dram.activationReads, titleOf(row)).toBe(numberOf(row, 'dram_ifmap_reads'));
      if (product.n * product.k <= half.weight) expect(dram.weightReads, titleOf(row)).toBe(numberOf(row, 'dram_filter_reads'));
      // SCALE-Sim counts the padding of the last line it drains in seven results.
      expect([0, numberOf(row, 'array_w') - 1]).toContain(numberOf(row, 'dram_ofmap_writes') - dram.outputWrites);
    }
  });
});

const dimension = fc.integer({ min: 1, max: 700 });
const side = fc.integer({ min: 1, max: 40 });
const flow = fc.constantFrom(...dataflows);
const shape = fc.record({ m: dimension, n: dimension, k: dimension, rows: side, columns: side });
type Shape = { readonly m: number; readonly n: number; readonly k: number; readonly rows: number; readonly columns: number };

function cyclesFor(dataflow: Dataflow, { m, n, k, rows, columns }: Shape): number {
  return stallFreeCycles(foldsOf({ rows, columns }, dataflow, { m, n, k, dotSize: 1 }));
}

describe('folds', () => {
  it('take as long with m and rows in place of n and columns when the outputs stay', () => {
    fc.assert(
      fc.property(shape, (s) => {
        expect(cyclesFor('os', s)).toBe(cyclesFor('os', { ...s, m: s.n, n: s.m, rows: s.columns, columns: s.rows }));
      }),
    );
  });

  it('take as long with weights that stay as with inputs that stay, m and n exchanged', () => {
    fc.assert(
      fc.property(shape, (s) => {
        expect(cyclesFor('ws', s)).toBe(cyclesFor('is', { ...s, m: s.n, n: s.m }));
      }),
    );
  });

  it('never take less time for more work', () => {
    fc.assert(
      fc.property(
        flow,
        shape,
        fc.constantFrom('m' as const, 'n' as const, 'k' as const),
        fc.integer({ min: 1, max: 50 }),
        (d, s, axis, more) => {
          expect(cyclesFor(d, { ...s, [axis]: s[axis] + more })).toBeGreaterThanOrEqual(cyclesFor(d, s));
        },
      ),
    );
  });

  it('never take less than the multiplications need on that many PEs', () => {
    fc.assert(
      fc.property(flow, shape, (d, s) => {
        expect(cyclesFor(d, s) * s.rows * s.columns).toBeGreaterThanOrEqual(s.m * s.n * s.k);
      }),
    );
  });

  it('split into compute, fill and drain without a rest', () => {
    fc.assert(
      fc.property(flow, shape, (d, { m, n, k, rows, columns }) => {
        const folds = foldsOf({ rows, columns }, d, { m, n, k, dotSize: 1 });
        expect(folds.compute_cycles + folds.fill_cycles + folds.drain_cycles).toBe(stallFreeCycles(folds));
      }),
    );
  });

  it.each([
    ['os', { m: 8, n: 8, k: 5 }, 1],
    ['os', { m: 9, n: 8, k: 5 }, 2],
    ['os', { m: 9, n: 9, k: 5 }, 4],
    ['ws', { m: 9, n: 8, k: 8 }, 1],
    ['ws', { m: 9, n: 8, k: 9 }, 2],
    ['is', { m: 8, n: 9, k: 8 }, 1],
    ['is', { m: 9, n: 9, k: 8 }, 2],
  ] as const)('%s of %o makes %i folds on an array of 8 x 8', (dataflow, product, folds) => {
    expect(foldsOf({ rows: 8, columns: 8 }, dataflow, { ...product, dotSize: 1 }).folds).toBe(folds);
  });
});
