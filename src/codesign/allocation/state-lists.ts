/**
 * Exact dynamic programming by lists of states (Nemhauser and Ullmann, Management Science 15(9), 1969) over the core of a knapsack: a state is
 * the extra cost and the penalty of a choice for the items so far. A state goes when another costs no more and errs no more (its penalty less the
 * worth of its cost), when its penalty reaches 1, when even the cheapest rest exceeds the room, and when even the dearest rest leaves more
 * slack than the penalty allows. Costs are kept as they were given, so that equal sums of integers meet; where they are none the lists grow, and
 * above a limit of states there is no answer (another solver has to be asked).
 */
import type { CoreOptions, KnapsackCore } from './knapsack-core.js';

/** States of all items together, 22 bytes each. */
const MOST_STATES = 2 ** 23;

interface States {
  readonly extra: Float64Array;
  readonly penalty: Float64Array;
  /** State of the items before it came from. */
  readonly parent: Int32Array;
  readonly place: Uint16Array;
}

/** Which states can still become a better choice. */
interface Window {
  readonly unit: number;
  /** Most extra cost. */
  readonly most: number;
  /** Extra cost from which on no slack is left over, whatever the rest does. */
  readonly least: number;
}

/** The best choice, as a place per item: null when no choice has an objective below 1, undefined when there are too many states. */
export function bestOfLists({ options, room, unit }: KnapsackCore): Int32Array | null | undefined {
  const dearest = options.map(({ extra }) => extra.at(-1)!);
  let reachable = dearest.reduce((sum, value) => sum + value, 0);
  let states: States = { extra: Float64Array.of(0), penalty: Float64Array.of(0), parent: Int32Array.of(-1), place: Uint16Array.of(0) };
  const stages: States[] = [];
  let total = 0;
  for (const [i, item] of options.entries()) {
    reachable -= dearest[i]!;
    states = extended(states, item, { unit, most: room, least: room - reachable });
    total += states.extra.length;
    if (total > MOST_STATES) return undefined;
    stages.push(states);
  }
  const last = bestState(states, room, unit);
  return last < 0 ? null : tracedBack(stages, last);
}

function extended(before: States, { extra, penalty }: CoreOptions, window: Window): States {
  let merged = shifted(before, { extra: extra[0]!, penalty: penalty[0]!, place: 0 }, window);
  for (let place = 1; place < extra.length; place++) {
    merged = withoutDominated(merged, shifted(before, { extra: extra[place]!, penalty: penalty[place]!, place }, window), window.unit);
  }
  return merged;
}

interface Shift {
  readonly extra: number;
  readonly penalty: number;
  readonly place: number;
}

function emptyStates(length: number): States {
  return {
    extra: new Float64Array(length),
    penalty: new Float64Array(length),
    parent: new Int32Array(length),
    place: new Uint16Array(length),
  };
}

function firstStates({ extra, penalty, parent, place }: States, count: number): States {
  return {
    extra: extra.slice(0, count),
    penalty: penalty.slice(0, count),
    parent: parent.slice(0, count),
    place: place.slice(0, count),
  };
}

/** All states with one option added, those out of the window left out. */
function shifted(before: States, shift: Shift, { unit, most, least }: Window): States {
  const out = emptyStates(before.extra.length);
  let count = 0;
  for (let i = 0; i < before.extra.length; i++) {
    const extra = before.extra[i]! + shift.extra;
    if (extra > most) break;
    const penalty = before.penalty[i]! + shift.penalty;
    if (penalty + Math.max(0, least - extra) * unit >= 1) continue;
    out.extra[count] = extra;
    out.penalty[count] = penalty;
    out.parent[count] = i;
    out.place[count] = shift.place;
    count++;
  }
  return firstStates(out, count);
}

/** Both lists in one by rising cost, with falling error. */
function withoutDominated(a: States, b: States, unit: number): States {
  const out = emptyStates(a.extra.length + b.extra.length);
  let [i, j, count] = [0, 0, 0];
  let leastError = Infinity;
  while (i < a.extra.length || j < b.extra.length) {
    const fromA = j >= b.extra.length || (i < a.extra.length && precedes(a, i, b, j));
    const source = fromA ? a : b;
    const at = fromA ? i++ : j++;
    const error = source.penalty[at]! - unit * source.extra[at]!;
    if (error >= leastError) continue;
    leastError = error;
    out.extra[count] = source.extra[at]!;
    out.penalty[count] = source.penalty[at]!;
    out.parent[count] = source.parent[at]!;
    out.place[count] = source.place[at]!;
    count++;
  }
  return firstStates(out, count);
}

function precedes(a: States, i: number, b: States, j: number): boolean {
  const difference = a.extra[i]! - b.extra[j]!;
  return difference < 0 || (difference === 0 && a.penalty[i]! <= b.penalty[j]!);
}

function bestState({ extra, penalty }: States, room: number, unit: number): number {
  let best = -1;
  let least = 1;
  for (let i = 0; i < extra.length; i++) {
    const objective = penalty[i]! + unit * (room - extra[i]!);
    if (objective < least) [best, least] = [i, objective];
  }
  return best;
}

function tracedBack(stages: readonly States[], last: number): Int32Array {
  const places = new Int32Array(stages.length);
  let state = last;
  for (let i = stages.length - 1; i >= 0; i--) {
    places[i] = stages[i]!.place[state]!;
    state = stages[i]!.parent[state]!;
  }
  return places;
}
