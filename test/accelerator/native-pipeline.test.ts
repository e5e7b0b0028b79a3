import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pipeline, stepsOf } from '../../src/accelerator/timing/native/pipeline.js';
import { orders, type Mapping, type NativeProblem, type PerOperand } from '../../src/accelerator/timing/native/problem.js';
import { cycleCauses } from '../../src/trace/layer-activity.js';
import { mappingsOf, problems } from './native-problems.js';
import { steppedTotal } from './native-stepped.js';

const mapped = (longest?: number) => problems(longest).chain((problem) => fc.tuple(fc.constant(problem), mappingsOf(problem)));
const mirrored = { mn: 'nm', nm: 'mn', nkm: 'mkn', mkn: 'nkm' } as const;
const cyclesOf = (problem: NativeProblem, mapping: Mapping) => pipeline(problem)(mapping, stepsOf(problem, mapping));

describe('the pipeline of native', () => {
  it('jumps over runs of tiles to the cycle that taking every fold of every step gives', () => {
    fc.assert(
      fc.property(mapped(20), ([problem, mapping]) => {
        expect(cyclesOf(problem, mapping).total).toBe(steppedTotal(problem, mapping));
      }),
      { numRuns: 600 },
    );
  });

  it('explains the total by causes that are never negative', () => {
    fc.assert(
      fc.property(mapped(), ([problem, mapping]) => {
        const cycles = cyclesOf(problem, mapping);
        for (const cause of cycleCauses) expect(cycles[cause], cause).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('takes a weight-stationary product as long as the input-stationary one with its operands exchanged', () => {
    fc.assert(
      fc.property(mapped(40), ([problem, mapping]) => {
        const { m, n, dram_bits, held_bits, half_bits } = problem;
        const swapped = ({ weight, activation, output }: PerOperand): PerOperand => ({ weight: activation, activation: weight, output });
        const ws: NativeProblem = { ...problem, dataflow: 'ws', dequantization: null };
        const is: NativeProblem = {
          ...ws,
          dataflow: 'is',
          ...{ m: n, n: m, dram_bits: swapped(dram_bits), held_bits: swapped(held_bits), half_bits: swapped(half_bits) },
        };
        const exchanged: Mapping = { ...mapping, tm: mapping.tn, tn: mapping.tm, order: mirrored[mapping.order] };
        expect(cyclesOf(is, exchanged)).toEqual(cyclesOf(ws, mapping));
      }),
    );
  });

  it('gives a mapping up only where it takes longer than it may', () => {
    fc.assert(
      fc.property(
        problems().chain((problem) => fc.tuple(fc.constant(problem), mappingsOf(problem), fc.double({ min: 0.2, max: 1.5, noNaN: true }))),
        ([problem, mapping, share]) => {
          const run = pipeline(problem);
          const steps = stepsOf(problem, mapping);
          const { total } = run(mapping, steps);
          const limit = Math.floor(total * share);
          const found = run(mapping, steps, (atLeast_cycles) => atLeast_cycles > limit);
          expect(found.total === Infinity ? total > limit : found.total === total).toBe(true);
          expect(run(mapping, steps, (atLeast_cycles) => atLeast_cycles > total).total).toBe(total);
        },
      ),
    );
  });

  it('looks at few tiles however many there are', () => {
    const long = { m: 2 ** 20, n: 2 ** 20, k: 2 ** 20 };
    const stream = { cycles: 2, useful_cycles: 2, group: 0, groupStall_cycles: 0 };
    const bits = { weight: 4, activation: 16, output: 16 };
    for (const dataflow of ['os', 'ws', 'is'] as const)
      for (const dram_bitsPerCycle of [3, 64, 1000]) {
        const problem: NativeProblem = {
          ...long,
          ...{ gemms: 7, cores: 1, dataflow, foldOverlap: true, loadsInPlace: false, rows: 8, columns: 8, dotSize: 4, step: stream },
          ...{ dram_bits: bits, held_bits: bits, half_bits: { weight: 2 ** 12, activation: 2 ** 12, output: 2 ** 12 } },
          ...{ dram_bitsPerCycle, dequantization: null },
        };
        // Every dimension is an outer loop of some order, whose tiles are told one by one.
        for (const order of orders) {
          const mapping: Mapping = { tm: 12, tn: 20, tk: 9, order, split: 'none' };
          let tiles = 0;
          pipeline(problem)(mapping, stepsOf(problem, mapping), () => {
            tiles++;
            return false;
          });
          expect(tiles).toBeGreaterThan(0);
          expect(tiles).toBeLessThan(1000);
        }
      }
  });
});
