/** How far is the closed form of native from a machine that is ticked register by register? */
import { describe, expect, it } from 'vitest';
import type { ExactResult } from '../../src/accelerator/timing/cycle-exact/exact-case.js';
import { runCycleExact } from '../../src/accelerator/timing/cycle-exact/simulator.js';
import { nativeCounts, type NativeCounts } from '../../src/accelerator/timing/native/counts.js';
import { pipeline, stepsOf } from '../../src/accelerator/timing/native/pipeline.js';
import type { Mapping, NativeProblem } from '../../src/accelerator/timing/native/problem.js';
import { exactCase, type ExactCase } from './exact-cases.js';

const CASES = 2000;
const RUNS = 8;

interface Compared {
  readonly seed: number;
  readonly group: string;
  readonly exact_cycles: number;
  readonly native_cycles: number;
}

/** The case as native is given it. */
function nativeOf({ machine, product, mapping, weight_bits, half_bits }: ExactCase) {
  const { dequantization, termCycles, rows, columns, dotSize, dataflow, foldOverlap, bandwidth_bitsPerCycle } = machine;
  const problem: NativeProblem = {
    m: product.m,
    n: product.n,
    k: product.k,
    gemms: product.products,
    cores: 1,
    dataflow,
    foldOverlap,
    loadsInPlace: machine.loadsInPlace === true,
    rows,
    columns,
    dotSize,
    step: { cycles: termCycles, useful_cycles: termCycles, group: 0, groupStall_cycles: 0 },
    dram_bits: product.bits,
    held_bits: { weight: weight_bits, activation: product.bits.activation, output: 32 },
    half_bits,
    dram_bitsPerCycle: bandwidth_bitsPerCycle,
    dequantization:
      dequantization === undefined
        ? null
        : { placement: dequantization.placement, operationsPerCycle: dequantization.perCycle, group: dequantization.group },
  };
  const { tm, tn, tk, order } = mapping;
  const tiles: Mapping = { tm, tn, tk, order, split: 'none' };
  return { cycles: pipeline(problem)(tiles, stepsOf(problem, tiles)), counts: nativeCounts(problem, tiles) };
}

/** What both count. */
function countsOf({ sram, activePeCycles, dequant_operations, dramRead_bits, dramWrite_bits }: ExactResult, output_bits: number) {
  return {
    dramRead_bits,
    dramWrite_bits,
    activePeCycles,
    dequant_operations,
    weightFills: sram.weight.writes,
    activationFills: sram.activation.writes,
    outputWrites: sram.output.writes,
    outputReads: sram.output.reads - dramWrite_bits / output_bits,
  };
}

function nativeCountsOf(counts: NativeCounts, bits: ExactCase['product']['bits']): ReturnType<typeof countsOf> {
  return {
    dramRead_bits: counts.weightLoads * bits.weight + counts.activationLoads * bits.activation,
    dramWrite_bits: counts.outputs * bits.output,
    activePeCycles: counts.activePeCycles,
    dequant_operations: counts.dequantizations,
    weightFills: counts.weightFills,
    activationFills: counts.activationFills,
    outputWrites: counts.outputWrites,
    outputReads: counts.outputReadBacks,
  };
}

/** The simulator holds every output against the sum of its products, and throws. */
function compare(seed: number): Compared {
  const drawn = exactCase(seed);
  const { machine, product, mapping, weight_bits } = drawn;
  const exact = runCycleExact(machine, product, mapping, weight_bits);
  const native = nativeOf(drawn);
  expect(countsOf(exact, product.bits.output), `case ${seed}`).toEqual(nativeCountsOf(native.counts, product.bits));
  return {
    seed,
    group: `${machine.dataflow} ${machine.dequantization?.placement ?? 'none'} ${machine.foldOverlap ? 'overlapped' : 'apart'}`,
    exact_cycles: exact.cycles.total,
    native_cycles: native.cycles.total,
  };
}

function statistics(compared: readonly Compared[]) {
  const errors = compared.map(({ exact_cycles, native_cycles }) => Math.abs(native_cycles - exact_cycles));
  const percent = compared.map(({ exact_cycles }, i) => (100 * errors[i]!) / exact_cycles);
  const rounded = (value: number): number => Number(value.toFixed(4));
  return {
    cases: compared.length,
    equal: errors.filter((error) => error === 0).length,
    maxError_cycles: Math.max(...errors),
    maxError_percent: rounded(Math.max(...percent)),
    meanError_percent: rounded(percent.reduce((sum, value) => sum + value, 0) / percent.length),
  };
}

describe('native and the cycle-exact reference', () => {
  const compared: Compared[] = [];

  it.each(Array.from({ length: RUNS }, (_, run) => [(run * CASES) / RUNS + 1, ((run + 1) * CASES) / RUNS]))(
    'agree on each of the cases %i to %i within 2 cycles or 5 percent, and the sums are right',
    (first, last) => {
      for (let seed = first; seed <= last; seed++) {
        const found = compare(seed);
        compared.push(found);
        const error = Math.abs(found.native_cycles - found.exact_cycles);
        expect(error, `case ${seed}: ${JSON.stringify(found)}`).toBeLessThanOrEqual(Math.max(2, 0.05 * found.exact_cycles));
      }
    },
    120_000,
  );

  it('agree within 1 % on average, by the figures of reports/reference', async () => {
    const total = statistics(compared);
    expect(total.cases).toBe(CASES);
    expect(total.meanError_percent).toBeLessThanOrEqual(1);
    const groups = [...new Set(compared.map(({ group }) => group))].sort();
    const report = {
      description: 'total cycles of native against the cycle-exact reference on random small cases, test/accelerator/exact-cases.ts',
      requirement: { maxError: 'max(2 cycles, 5 %)', meanError_percent: 1 },
      all: total,
      groups: groups.map((group) => {
        const [dataflow, dequantization, folds] = group.split(' ');
        return { dataflow, dequantization, folds, ...statistics(compared.filter((one) => one.group === group)) };
      }),
    };
    await expect(`${JSON.stringify(report, null, 2)}\n`).toMatchFileSnapshot('../../reports/reference/native-vs-cycle-exact.json');
  });
});
