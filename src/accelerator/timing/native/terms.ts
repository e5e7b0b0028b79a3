/**
 * The cycles and counts of a mapped layer as formulas with their numbers; every `numbers` is an expression that evaluates to `value`.
 * What the recurrence adds up step by step stands as the sum of its causes.
 */
import type { Term } from '../../../trace/term.js';
import { cycleCauses } from '../../../trace/layer-activity.js';
import { nativeCountTerms } from './count-terms.js';
import type { NativeMachine } from './layer.js';
import { sideOf } from './mapping-space.js';
import { stepsOf } from './pipeline.js';
import { coresUsed, loopsOf, openSums, residencyOf, type NativeProblem, type Tiling } from './problem.js';
import type { Mapped } from './search.js';
import { COMPUTE, LOAD_BOTH, SHAPE, SPAN, STREAM } from './step-row.js';
import { bitOf } from './step-shapes.js';

const source = 'native, docs/timing/native.md';

/** Terms from the chosen mapping to the cycles of one instance of the layer, and what it moves. */
export function nativeTerms(machine: NativeMachine, problem: NativeProblem, mapped: Mapped): Term[] {
  return [
    ...mappingTerms(problem, mapped, machine.options.objective),
    ...stepTerms(problem, mapped),
    streamingTerm(problem, mapped),
    ...cycleTerms(mapped),
    ...nativeCountTerms(machine, problem, mapped),
  ];
}

function term(name: string, formula: string, numbers: string, about: { readonly value: number; readonly unit: string }): Term {
  return { name, formula, numbers, ...about, source };
}

function mappingTerms(problem: NativeProblem, { mapping, candidates, evaluated }: Mapped, objective: string): Term[] {
  const { m, n, k, rows, columns, half_bits, held_bits } = problem;
  const { tm, tn, tk, order, split } = mapping;
  const { tilings } = stepsOf(problem, mapping);
  const tile = (name: 'tm' | 'tn' | 'tk', length: number, dimension: string): Term =>
    term(name, `tile along ${dimension} = ${length}, chosen for ${objective}`, `${mapping[name]}`, {
      value: mapping[name],
      unit: 'elements',
    });
  const open = openSums(problem, mapping);
  const resident = { ...residencyOf(problem, split), output: false };
  const held = (name: 'weight' | 'activation' | 'output', elements: readonly [number, number], bits: number, half: number): Term =>
    term(
      `${name} ${name === 'output' && (open.m > tm || open.n > tn) ? 'panel' : 'tile'}`,
      `elements * bits held each; ${resident[name] ? 'all tiles stay in the' : `at most ${half}, half of the`} ${name} buffer`,
      `${elements[0]} * ${elements[1]} * ${bits}`,
      {
        value: elements[0] * elements[1] * bits,
        unit: 'bits',
      },
    );
  const { m: mTiles, n: nTiles, k: kTiles } = tilings;
  const over = split === 'none' ? '' : `; ${split} is divided over ${coresUsed(problem, split)} cores`;
  return [
    tile('tm', m, 'm'),
    tile('tn', n, 'n'),
    tile('tk', k, 'k'),
    held('weight', [tn, tk], held_bits.weight, half_bits.weight),
    held('activation', [tm, tk], held_bits.activation, half_bits.activation),
    held('output', [open.m, open.n], held_bits.output, half_bits.output),
    term(
      'steps',
      `tiles along m * n * k, loops ${loopsOf[order].join(', ')}, outermost first; array of ${rows} x ${columns} after fusion${over}`,
      `${mTiles.count} * ${nTiles.count} * ${kTiles.count}`,
      { value: mTiles.count * nTiles.count * kTiles.count, unit: 'steps per product' },
    ),
    term('mappings', 'mappings that fit; those the lower bounds did not rule out', `${candidates}`, {
      value: candidates,
      unit: `mappings, ${evaluated} evaluated`,
    }),
  ];
}

/** The first full step, or the only one. */
function stepTerms(problem: NativeProblem, { mapping }: Mapped): Term[] {
  const steps = stepsOf(problem, mapping);
  const { m, n, k } = steps.tilings;
  const kind = (m.count === 1 ? bitOf.m : 0) | (n.count === 1 ? bitOf.n : 0) | (k.count === 1 ? bitOf.k : 0);
  const of = (place: number): number => steps.shapes[kind * SHAPE + place]!;
  const which = [m, n, k].every(({ count }) => count === 1) ? 'the only step' : 'a full step';
  const tile_k = k.count === 1 ? k.last.size : k.full.size;
  const tileWeights = (n.count === 1 ? n.last.all : n.full.all) * tile_k;
  const tileActivations = (m.count === 1 ? m.last.all : m.full.all) * tile_k;
  const { dram_bits, dram_bitsPerCycle } = problem;
  const { cycles, useful_cycles } = problem.step;
  const waits =
    useful_cycles < cycles
      ? `expected terms of the slowest of the lanes that step together; the mean lane has ${useful_cycles}`
      : 'terms of a code word';
  return [
    term('cycles per vector', waits, `${cycles}`, { value: cycles, unit: 'cycles' }),
    term('step streaming', `folds * cycles per fold, ${which}`, `${of(COMPUTE) / of(STREAM)} * ${of(STREAM)}`, {
      value: of(COMPUTE),
      unit: 'cycles',
    }),
    term('step span', 'streaming + what folds wait for one another', `${of(COMPUTE)} + ${of(SPAN) - of(COMPUTE)}`, {
      value: of(SPAN),
      unit: 'cycles',
    }),
    term(
      'step load',
      `ceil((weights * bits + activations * bits) / DRAM bits per cycle), ${which}, both operands`,
      `ceil((${tileWeights} * ${dram_bits.weight} + ${tileActivations} * ${dram_bits.activation}) / ${dram_bitsPerCycle})`,
      { value: of(LOAD_BOTH), unit: 'cycles' },
    ),
  ];
}

/** All folds and the cycles they stream, on the busiest core: compute and what its lanes wait for one another. */
function streamingTerm(problem: NativeProblem, { mapping, cycles }: Mapped): Term {
  const { dataflow, gemms, step } = problem;
  const value = cycles.compute + cycles.laneStall;
  const { tilings } = stepsOf(problem, mapping);
  const length = ({ count, full, last }: Tiling): number => (count - 1) * full.size + last.size;
  const folds = (dimension: 'm' | 'n' | 'k'): number => {
    const { count, full, last } = tilings[dimension];
    const side = sideOf(problem, dimension);
    return (count - 1) * Math.ceil(full.size / side) + Math.ceil(last.size / side);
  };
  const shape = {
    os: { formula: 'products * row folds * column folds * words along k', factors: [gemms, folds('m'), folds('n'), folds('k')] },
    ws: { formula: 'products * folds along k * column folds * m', factors: [gemms, folds('k'), folds('n'), length(tilings.m)] },
    is: { formula: 'products * folds along k * column folds * n', factors: [gemms, folds('k'), folds('m'), length(tilings.n)] },
  }[dataflow];
  const vectors = shape.factors.reduce((product, factor) => product * factor);
  const rest = value - vectors * step.cycles;
  const stalls = rest === 0 ? '' : ` + ${rest}`;
  return term(
    'streaming',
    `${shape.formula} * cycles per vector${stalls === '' ? '' : ' + stalls of groups and the rounding of each fold'}`,
    `${shape.factors.join(' * ')} * ${step.cycles}${stalls}`,
    { value, unit: 'cycles' },
  );
}

const causes: Readonly<Record<(typeof cycleCauses)[number], string>> = Object.freeze({
  compute: 'streaming of all folds',
  laneStall: 'lanes that wait for the slowest value',
  dequant: 'the array waits for dequantization',
  dramStall: 'the array waits for a load or for the output buffer to be stored',
  fill: 'before the first fold streams, latency of the DRAM included, and the skew of the array',
  drain: 'epilogue and store after the last result',
  sync: 'folds wait for column ports or stationary rows',
  launch: 'none',
});

function cycleTerms({ cycles }: Mapped): Term[] {
  const parts = cycleCauses.filter((cause) => cycles[cause] > 0);
  return [
    ...parts.map((cause) => term(cause, causes[cause], `${cycles[cause]}`, { value: cycles[cause], unit: 'cycles' })),
    term('layer cycles', parts.join(' + '), parts.map((cause) => cycles[cause]).join(' + '), { value: cycles.total, unit: 'cycles' }),
  ];
}
