/**
 * The best mapping of a layer. Candidates are taken in the order of a lower bound of the objective; once the bound of the next one reaches the best
 * value found, no other can be better. Of all mappings within `tolerance` of that value the one that loads the fewest bits is the answer, found in the
 * order of their loads, which take no pipeline. Both steps give what an exhaustive search gives.
 * Bounds: latency from mapping-space.ts; energy is not below that of the same actions in the least time, no PE idling. An objective that can fall
 * while latency or energy rise has no such bound, and every candidate is taken.
 * A latency is followed only until it is too long to be the answer.
 */
import { LowbitError } from '../../../lowbit-error.js';
import type { Cycles, LayerActivity } from '../../../trace/layer-activity.js';
import { cyclesOf } from '../../../trace/layer-activity.js';
import { leastFirst } from './least-first.js';
import { fits, mappingSpace, smallestTile, type MappingSpace } from './mapping-space.js';
import type { Objective } from './objective.js';
import { pipeline, stepsOf } from './pipeline.js';
import { openSums, shareOf, tilingsOf, type Mapping, type NativeProblem } from './problem.js';
import { emptyShapes, fillShapes } from './step-shapes.js';

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
  // The next mapping is often another order of the same tiles.
  const shapes = emptyShapes();
  let tile = -1;
  // Beyond the best value so far and its tolerance no mapping is the answer: its cycles need not be known.
  let limit = Infinity;
  const { objective } = goal;
  const bounded = objective.monotone && !objective.needsEnergy;
  const hopeless = bounded ? (atLeast_cycles: number) => objective.value(atLeast_cycles, 0) > limit : undefined;
  const evaluate = (at: number): Evaluated => {
    const before = known.get(at);
    if (before !== undefined) return before;
    const mapping = space.mapping(at);
    if (space.tile[at] !== tile) fillShapes(problem, tilingsOf(problem, mapping), shapes);
    tile = space.tile[at]!;
    const cycles = run(mapping, stepsOf(problem, mapping, shapes), hopeless);
    const value = cycles.total === Infinity ? Infinity : objectiveValue(goal, mapping, cycles);
    if (value < Infinity) limit = Math.min(limit, withTolerance(goal, value));
    const found = { mapping, cycles, loaded_bits: space.loaded_bits[at]!, value };
    known.set(at, found);
    return found;
  };
  const best = leastValue(bounds, evaluate);
  const { mapping, cycles } = leastLoaded({ space, bounds, limit: withTolerance(goal, best.value), best }, evaluate);
  return { mapping, cycles, candidates: space.length, evaluated: known.size };
}

/** Up to which value a mapping may be the answer. */
function withTolerance({ tolerance }: SearchGoal, value: number): number {
  return value + tolerance * Math.abs(value);
}

interface Evaluated {
  readonly mapping: Mapping;
  readonly cycles: Cycles;
  readonly loaded_bits: number;
  /** Infinite: more than the best one found before it, with its tolerance. */
  readonly value: number;
}

/** The candidate of the least value. */
function leastValue(bounds: Float64Array, evaluate: (at: number) => Evaluated): Evaluated {
  const first = leastAt(bounds);
  let best = evaluate(first);
  const next = leastFirst(
    which(bounds.length, (i) => i !== first && bounds[i]! < best.value),
    bounds,
    bounds,
  );
  for (let i = next(); i >= 0 && bounds[i]! < best.value; i = next()) {
    const found = evaluate(i);
    if (found.value < best.value) best = found;
  }
  return best;
}

interface Choice {
  readonly space: MappingSpace;
  readonly bounds: Float64Array;
  readonly limit: number;
  readonly best: Evaluated;
}

/** Of the candidates whose value is within the limit the one that loads the fewest bits; of those the one of the least value. */
function leastLoaded({ space, bounds, limit, best }: Choice, evaluate: (at: number) => Evaluated): Evaluated {
  const loads = space.loaded_bits;
  const next = leastFirst(
    which(space.length, (i) => bounds[i]! <= limit && loads[i]! <= best.loaded_bits),
    loads,
    bounds,
  );
  let chosen = best;
  for (let i = next(); i >= 0 && loads[i]! <= chosen.loaded_bits; i = next()) {
    if (loads[i] === chosen.loaded_bits && bounds[i]! >= chosen.value) continue;
    const found = evaluate(i);
    if (found.value <= limit && (found.loaded_bits < chosen.loaded_bits || found.value < chosen.value)) chosen = found;
  }
  return chosen;
}

/** Candidates that may be the answer. */
function which(length: number, open: (at: number) => boolean): Int32Array {
  const found = new Int32Array(length);
  let count = 0;
  for (let i = 0; i < length; i++) if (open(i)) found[count++] = i;
  return found.subarray(0, count);
}

function boundsOf(goal: SearchGoal, space: MappingSpace): Float64Array {
  const { objective } = goal;
  const bounds = new Float64Array(space.length);
  if (!objective.monotone) return bounds.fill(-Infinity);
  for (let i = 0; i < space.length; i++) {
    // The sums of the bound are rounded: the last digit must not rule a mapping out.
    const latency_cycles = Math.floor(space.atLeast_cycles[i]!);
    bounds[i] = objective.needsEnergy
      ? objectiveValue(goal, space.mapping(i), cyclesOf({ dramStall: latency_cycles })) * (1 - 1e-12)
      : objective.value(latency_cycles, 0);
  }
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
