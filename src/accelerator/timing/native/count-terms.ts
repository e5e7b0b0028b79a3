/** What a mapped layer moves and multiplies as formulas with their numbers; every `numbers` is an expression that evaluates to `value`. */
import type { Term } from '../../../trace/term.js';
import { countFactors, nativeCounts } from './counts.js';
import type { NativeMachine } from './layer.js';
import type { Mapped } from './search.js';
import type { Mapping, NativeProblem } from './problem.js';

const source = 'native, docs/timing/native.md';

/** Terms of the traffic with DRAM, and of the words, sums and multiplications in the core. */
export function nativeCountTerms(machine: NativeMachine, problem: NativeProblem, { mapping, cycles }: Mapped): Term[] {
  const inRegisters = machine.options.partialSums === 'registers';
  return [
    ...trafficTerms(problem, mapping),
    ...wordTerms(problem, mapping),
    ...(inRegisters ? finishedSumTerms(problem) : sumTerms(problem, mapping)),
    ...stepTerms(machine, problem, { mapping, cycles }),
    ...dequantizationTerms(problem, mapping),
  ];
}

function product(
  name: string,
  formula: string,
  factors: readonly number[],
  about: { readonly value: number; readonly unit: string },
): Term {
  return { name, formula, numbers: factors.join(' * '), ...about, source };
}

function trafficTerms(problem: NativeProblem, mapping: Mapping): Term[] {
  const { m, n, k, gemms, dram_bits, dram_bitsPerCycle } = problem;
  const { passes } = countFactors(problem, mapping);
  const counts = nativeCounts(problem, mapping);
  const unit = 'bits';
  const weight = { value: counts.weightLoads * dram_bits.weight, unit };
  const activation = { value: counts.activationLoads * dram_bits.activation, unit };
  const output = { value: counts.outputs * dram_bits.output, unit };
  return [
    product(
      'weight loads',
      'n * k * products * loads of each * bits per weight, metadata included',
      [n, k, gemms, passes.weight, dram_bits.weight],
      weight,
    ),
    product(
      'activation loads',
      'm * k * products * loads of each * bits per activation',
      [m, k, gemms, passes.activation, dram_bits.activation],
      activation,
    ),
    product('output stores', 'm * n * products * bits per output', [m, n, gemms, dram_bits.output], output),
    {
      name: 'dram',
      formula:
        '(weight loads + activation loads + output stores) / DRAM bits per cycle, requests not rounded: no schedule of this mapping is faster',
      numbers: `(${weight.value} + ${activation.value} + ${output.value}) / ${dram_bitsPerCycle}`,
      value: (weight.value + activation.value + output.value) / dram_bitsPerCycle,
      unit: 'cycles',
      source,
    },
  ];
}

function wordTerms(problem: NativeProblem, mapping: Mapping): Term[] {
  const { m, n, gemms, dataflow } = problem;
  const { words, copies, weightTurns, activationTurns } = countFactors(problem, mapping);
  const counts = nativeCounts(problem, mapping);
  const weightWhy = dataflow === 'ws' ? 'm tiles' : dataflow === 'os' ? 'row folds' : 'column folds';
  const activationWhy = dataflow === 'is' ? 'n tiles' : 'column folds';
  return [
    product(
      'weight words',
      `n * words of dotSize along k * products * cores with a copy * ${weightWhy}`,
      [n, words, gemms, copies.weight, weightTurns],
      { value: counts.weightWords, unit: 'words' },
    ),
    product(
      'activation words',
      `m * words of dotSize along k * products * cores with a copy * ${activationWhy}`,
      [m, words, gemms, copies.activation, activationTurns],
      { value: counts.activationWords, unit: 'words' },
    ),
  ];
}

/** Sums through the output buffer. */
function sumTerms(problem: NativeProblem, mapping: Mapping): Term[] {
  const { m, n, gemms, dataflow } = problem;
  const { outputTurns } = countFactors(problem, mapping);
  const counts = nativeCounts(problem, mapping);
  const sumWhy = dataflow === 'os' ? 'k tiles' : 'folds along k';
  return [
    product('sums given', `m * n * products * ${sumWhy}`, [m, n, gemms, outputTurns], { value: counts.outputWrites, unit: 'sums' }),
    product('sums added to', `m * n * products * (${sumWhy} - 1)`, [m, n, gemms, outputTurns - 1], {
      value: counts.outputReadBacks,
      unit: 'sums',
    }),
    product('sums on their way to DRAM', 'm * n * products', [m, n, gemms], { value: counts.outputs, unit: 'sums' }),
  ];
}

/** Where sums gather in registers the buffer holds finished ones, written and read once. */
function finishedSumTerms({ m, n, gemms }: NativeProblem): Term[] {
  const finished = { value: m * n * gemms, unit: 'sums' };
  return [
    product(
      'sums through the buffer',
      'm * n * products, each written and read once: partial sums stay in registers',
      [m, n, gemms],
      finished,
    ),
  ];
}

/** What the energy of the PEs is charged for. */
function stepTerms(
  { array, cores, idleShare }: NativeMachine,
  problem: NativeProblem,
  { mapping, cycles }: Pick<Mapped, 'mapping' | 'cycles'>,
): Term[] {
  const { m, n, gemms, step, rows, columns } = problem;
  const { words } = countFactors(problem, mapping);
  const working = nativeCounts(problem, mapping).activePeCycles;
  const pes = array.rows * array.columns;
  const active = (working * pes) / (rows * columns);
  const streaming = pes * cores * (cycles.compute + cycles.laneStall);
  return [
    product('PE cycles with work', 'm * n * products * words along k * cycles per vector', [m, n, gemms, words, step.cycles], {
      value: working,
      unit: 'PE-cycles after fusion',
    }),
    {
      name: 'PE steps',
      formula: 'PEs of the array with work * cycles + idle share * PEs without * cycles of streaming; stalled PEs hold their clock',
      numbers: `${active} + ${idleShare} * max(0, ${streaming} - ${active})`,
      value: active + idleShare * Math.max(0, streaming - active),
      unit: 'PE-cycles',
      source,
    },
  ];
}

function dequantizationTerms(problem: NativeProblem, mapping: Mapping): Term[] {
  const { m, n, k, gemms, dequantization } = problem;
  if (dequantization === null) return [];
  const { passes, copies, groups } = countFactors(problem, mapping);
  const { formula, factors } = {
    'before-mac': { formula: 'n * k * products * loads of each * cores with a copy', factors: [n, k, gemms, passes.weight, copies.weight] },
    'after-group': { formula: 'm * n * products * groups along k', factors: [m, n, gemms, groups] },
    epilogue: { formula: 'm * n * products', factors: [m, n, gemms] },
  }[dequantization.placement];
  const { dequantizations } = nativeCounts(problem, mapping);
  return [
    product('dequantizations', `${dequantization.placement}: ${formula}`, factors, { value: dequantizations, unit: 'multiplications' }),
  ];
}
