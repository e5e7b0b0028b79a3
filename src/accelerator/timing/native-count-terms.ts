/** What a mapped layer moves and multiplies as formulas with their numbers; every `numbers` is an expression that evaluates to `value`. */
import type { Term } from '../../trace/term.js';
import { countFactors, nativeCounts } from './native-counts.js';
import type { Mapping, NativeProblem } from './native-problem.js';

const source = 'native, docs/timing/native.md';

/** Terms of the traffic with DRAM, and of the words, sums and multiplications in the core. */
export function nativeCountTerms(problem: NativeProblem, mapping: Mapping): Term[] {
  return [...trafficTerms(problem, mapping), ...wordTerms(problem, mapping), ...dequantizationTerms(problem, mapping)];
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
  const { m, n, gemms, dataflow, step } = problem;
  const { words, copies, weightTurns, activationTurns, outputTurns } = countFactors(problem, mapping);
  const counts = nativeCounts(problem, mapping);
  const weightWhy = dataflow === 'ws' ? 'm tiles' : dataflow === 'os' ? 'row folds' : 'column folds';
  const activationWhy = dataflow === 'is' ? 'n tiles' : 'column folds';
  const sumWhy = dataflow === 'os' ? 'k tiles' : 'folds along k';
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
    product('sums given', `m * n * products * ${sumWhy}`, [m, n, gemms, outputTurns], { value: counts.outputWrites, unit: 'sums' }),
    product('sums added to', `m * n * products * (${sumWhy} - 1)`, [m, n, gemms, outputTurns - 1], {
      value: counts.outputReadBacks,
      unit: 'sums',
    }),
    product('PE cycles with work', 'm * n * products * words along k * cycles per vector', [m, n, gemms, words, step.cycles], {
      value: counts.activePeCycles,
      unit: 'PE-cycles after fusion',
    }),
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
