/**
 * The best mapping of a layer. Candidates are taken in the order of a lower bound of the objective; once the bound of the next one reaches the best
 * value found, no other can be better. Of all mappings within `tolerance` of that value the one that loads the fewest bits is the answer, found in the
 * order of their loads, which take no pipeline. Both steps give what an exhaustive search gives.
 * Bounds: latency from mapping-space.ts; energy is not below that of the same actions in the least time, no PE idling. An objective that can fall
 * while latency or energy rise has no such bound, and every candidate is taken.
 */
import { LowbitError } from '../../../lowbit-error.js';
import type { Cycles, LayerActivity } from '../../../trace/layer-activity.js';
import { cyclesOf } from '../../../trace/layer-activity.js';
import { fits, mappingSpace, smallestTile, type Candidate } from './mapping-space.js';
import type { Objective } from './objective.js';
import { pipeline, stepsOf } from './pipeline.js';
import { openSums, shareOf, type Mapping, type NativeProblem } from './problem.js';

/** What is minimised, and how activity and energy of a mapping are found out. */
export interface SearchGoal {
  readonly objective: Objective;
  /** Share of the best value by which a mapping that moves less through DRAM may be worse. */
  readonly tolerance: number;
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
  if (space.length === 0) throw doesNotFit(problem, smallestTile, goal.place);
  const run = pipeline(problem);
  const bounds = boundsOf(goal, space);
  const known = new Map<number, Evaluated>();
  const evaluate = (at: number): Evaluated => {
    const before = known.get(at);
    if (before !== undefined) return before;
    const { mapping, loaded_bits } = space[at]!;
    const cycles = run(mapping, stepsOf(problem, mapping));
    const found = { mapping, cycles, loaded_bits, value: objectiveValue(goal, mapping, cycles) };
    known.set(at, found);
    return found;
  };
  const best = leastValue(bounds, evaluate);
  const limit = best.value + goal.tolerance * Math.abs(best.value);
  const { mapping, cycles } = leastLoaded({ space, bounds, limit, best }, evaluate);
  return { mapping, cycles, candidates: space.length, evaluated: known.size };
}

interface Evaluated {
  readonly mapping: Mapping;
  readonly cycles: Cycles;
  readonly loaded_bits: number;
  readonly value: number;
}

/** The candidate of the least value. */
function leastValue(bounds: Float64Array, evaluate: (at: number) => Evaluated): Evaluated {
  const first = leastAt(bounds);
  let best = evaluate(first);
  const rest: number[] = [];
  for (let i = 0; i < bounds.length; i++) if (i !== first && bounds[i]! < best.value) rest.push(i);
  rest.sort((a, b) => bounds[a]! - bounds[b]! || a - b);
  for (const i of rest) {
    if (bounds[i]! >= best.value) break;
    const found = evaluate(i);
    if (found.value < best.value) best = found;
  }
  return best;
}

interface Choice {
  readonly space: readonly Candidate[];
  readonly bounds: Float64Array;
  readonly limit: number;
  readonly best: Evaluated;
}

/** Of the candidates whose value is within the limit the one that loads the fewest bits; of those the one of the least value. */
function leastLoaded({ space, bounds, limit, best }: Choice, evaluate: (at: number) => Evaluated): Evaluated {
  const open: number[] = [];
  for (let i = 0; i < space.length; i++) if (bounds[i]! <= limit && space[i]!.loaded_bits <= best.loaded_bits) open.push(i);
  open.sort((a, b) => space[a]!.loaded_bits - space[b]!.loaded_bits || bounds[a]! - bounds[b]! || a - b);
  let chosen = best;
  for (const i of open) {
    const { loaded_bits } = space[i]!;
    if (loaded_bits > chosen.loaded_bits) break;
    if (loaded_bits === chosen.loaded_bits && bounds[i]! >= chosen.value) continue;
    const found = evaluate(i);
    if (found.value <= limit && (loaded_bits < chosen.loaded_bits || found.value < chosen.value)) chosen = found;
  }
  return chosen;
}

function boundsOf(goal: SearchGoal, space: readonly Candidate[]): Float64Array {
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
