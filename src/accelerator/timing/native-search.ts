/**
 * The best mapping of a layer. Candidates are taken in the order of a lower bound of the objective; once the bound of the next one reaches the best
 * value found, no other can be better, and the answer is that of an exhaustive search.
 * Bounds: latency from native-mapping-space.ts; energy is not below that of the same actions in the least time, no PE idling. An objective that can fall
 * while latency or energy rise has no such bound, and every candidate is taken.
 */
import { LowbitError } from '../../lowbit-error.js';
import type { Cycles, LayerActivity } from '../../trace/layer-activity.js';
import { cyclesOf } from '../../trace/layer-activity.js';
import { fits, mappingSpace, smallestTile } from './native-mapping-space.js';
import type { Objective } from './native-objective.js';
import { pipeline, stepsOf } from './native-pipeline.js';
import { openSums, shareOf, type Mapping, type NativeProblem } from './native-problem.js';

/** What is minimised, and how activity and energy of a mapping are found out. */
export interface SearchGoal {
  readonly objective: Objective;
  activity(mapping: Mapping, cycles: Cycles): LayerActivity;
  /** null: unknown. */
  energy_pJ(activity: LayerActivity): number | null;
  /** The layer, for messages. */
  readonly place: string;
}

/** A mapping with its cycles. */
export interface Mapped {
  readonly mapping: Mapping;
  readonly cycles: Cycles;
  /** Mappings that fit, and those that went through the pipeline. */
  readonly candidates: number;
  readonly evaluated: number;
}

/** The best mapping. Throws LowbitError when no tile fits its buffers, or the objective has no finite value. */
export function bestMapping(problem: NativeProblem, goal: SearchGoal): Mapped {
  const space = mappingSpace(problem);
  if (space.length === 0) throw doesNotFit(problem, smallestTile(problem), goal.place);
  const run = pipeline(problem);
  const evaluate = (mapping: Mapping): { cycles: Cycles; value: number } => {
    const cycles = run(mapping, stepsOf(problem, mapping));
    return { cycles, value: objectiveValue(goal, mapping, cycles) };
  };
  const bounds = boundsOf(goal, space);
  const first = leastAt(bounds);
  let best = { mapping: space[first]!.mapping, ...evaluate(space[first]!.mapping) };
  let evaluated = 1;
  const rest: number[] = [];
  for (let i = 0; i < space.length; i++) if (i !== first && bounds[i]! < best.value) rest.push(i);
  rest.sort((a, b) => bounds[a]! - bounds[b]! || a - b);
  for (const i of rest) {
    if (bounds[i]! >= best.value) break;
    const { mapping } = space[i]!;
    const found = evaluate(mapping);
    evaluated++;
    if (found.value < best.value) best = { mapping, ...found };
  }
  return { mapping: best.mapping, cycles: best.cycles, candidates: space.length, evaluated };
}

function boundsOf(goal: SearchGoal, space: ReturnType<typeof mappingSpace>): Float64Array {
  const bounds = new Float64Array(space.length);
  if (!goal.objective.monotone) return bounds.fill(-Infinity);
  space.forEach(({ mapping, atLeast_cycles }, i) => {
    // The sums of the bound are rounded: the last digit must not rule a mapping out.
    const latency_cycles = Math.floor(atLeast_cycles);
    bounds[i] = goal.objective.needsEnergy
      ? objectiveValue(goal, mapping, cyclesOf({ dramStall: latency_cycles })) * (1 - 1e-12)
      : goal.objective.value(latency_cycles, 0);
  });
  return bounds;
}

function leastAt(values: Float64Array): number {
  let at = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! < values[at]!) at = i;
  return at;
}

function objectiveValue(goal: SearchGoal, mapping: Mapping, cycles: Cycles): number {
  const { objective, place } = goal;
  const value = objective.needsEnergy
    ? objective.value(cycles.total, knownEnergy(goal.energy_pJ(goal.activity(mapping, cycles)), place))
    : objective.value(cycles.total, 0);
  if (Number.isFinite(value)) return value;
  throw new LowbitError('objective without a finite value', { value: objective.text, place });
}

function knownEnergy(energy_pJ: number | null, place: string): number {
  if (energy_pJ !== null) return energy_pJ;
  throw new LowbitError('an objective with energy where a part of the energy is unknown', {
    place,
    remedy: 'give the missing energies (lowbit simulate lists them under omissions with objective: latency), or choose objective: latency',
  });
}

/** The mapping a description fixes, cut to the layer. Throws LowbitError when it does not fit its buffers. */
export function fixedMapping(problem: NativeProblem, wanted: Mapping, goal: SearchGoal): Mapped {
  const split = problem.cores === 1 ? 'none' : wanted.split;
  const share = (dimension: 'm' | 'n' | 'k'): number =>
    shareOf(problem[dimension], split === dimension ? Math.min(problem.cores, problem[dimension]) : 1);
  const mapping: Mapping = {
    tm: Math.min(wanted.tm, share('m')),
    tn: Math.min(wanted.tn, share('n')),
    tk: Math.min(wanted.tk, share('k')),
    order: wanted.order,
    split,
  };
  if (!fits(problem, mapping)) throw doesNotFit(problem, mapping, goal.place);
  return { mapping, cycles: pipeline(problem)(mapping, stepsOf(problem, mapping)), candidates: 1, evaluated: 1 };
}

/** Which buffer a tile overflows, by how much, and what would help. */
function doesNotFit(problem: NativeProblem, mapping: Mapping, place: string): LowbitError {
  const { held_bits, half_bits } = problem;
  const { tm, tn, tk, order } = mapping;
  const open = openSums(problem, mapping);
  const panel = order === 'nkm' || order === 'mkn';
  const demands = [
    { buffer: 'weight', elements: `tn ${tn} * tk ${tk}`, demand: tn * tk * held_bits.weight, half: half_bits.weight, shrink: 'tn or tk' },
    {
      buffer: 'activation',
      elements: `tm ${tm} * tk ${tk}`,
      demand: tm * tk * held_bits.activation,
      half: half_bits.activation,
      shrink: 'tm or tk',
    },
    {
      buffer: 'output',
      elements: `${open.m > tm ? 'm' : 'tm'} ${open.m} * ${open.n > tn ? 'n' : 'tn'} ${open.n}`,
      demand: open.m * open.n * held_bits.output,
      half: half_bits.output,
      shrink: panel ? `order mn or nm, or ${order === 'nkm' ? 'tn' : 'tm'}` : 'tm or tn',
    },
  ];
  const over = demands.find(({ demand, half }) => demand > half);
  if (over === undefined) throw new Error(`tile ${tm} x ${tn} x ${tk} fits`);
  const { buffer, elements, demand, half, shrink } = over;
  const needed_KiB = Math.ceil((2 * demand) / 8192);
  return new LowbitError(`a tile does not fit half of the ${buffer} buffer`, {
    value: `${elements} elements, ${Math.ceil(demand)} bits of ${Math.floor(half)}`,
    place,
    remedy: `raise buffers.${buffer}.size_KiB to ${needed_KiB} or more, or make ${shrink} (timingOptions.mapping) or the array smaller`,
  });
}
