/**
 * The main stage of all running tiles as a fluid. Tiles of one kind that share their SM with equally many others go at one pace, so that the pace
 * is worked out per such class, not per tile, and the next end of a class is the top of its heap (virtual time, as in fair queueing).
 *
 *   pace of a class (seconds per tile), n tiles of the SM in their main stage:
 *     local = max(n (cores beside L2), latency)
 *     pace0 = max(local, wait for DRAM), DRAM divided max-min fair: nobody gets more than it can use, the others equal parts
 *     pace  = local beside the time that DRAM takes for its bytes: at such a part, or, where DRAM suffices, the share of time in which it works
 *   For equal tiles that is the closed form's soft(local, all bytes / DRAM rate).
 * Left out: cores that a tile waiting for DRAM leaves to its neighbours on the SM.
 */
import { pushSlot, removeSlot, slotHeap, type SlotHeap } from './slot-heap.js';
import { beside } from './main-time.js';
import type { SmMachine } from './sm-timeline.js';
import type { TileKinds } from './tile-kinds.js';

export interface MainStage {
  readonly kinds: TileKinds;
  readonly slotsPerSm: number;
  readonly machine: SmMachine;
  /** Class of `kind` and n tiles on the SM: kind * slotsPerSm + n - 1. Heaps hold slots by the progress at which they are done. */
  readonly heaps: (SlotHeap | undefined)[];
  readonly keys: Float64Array;
  readonly places: Int32Array;
  readonly classOf: Int32Array;
  /** Tiles' worth of progress of a class since it was last empty, and seconds per tile. */
  readonly progress: Float64Array;
  readonly pace_s: Float64Array;
  /** Classes with tiles in them, and those that `settle` found served. */
  readonly active: number[];
  readonly isActive: Uint8Array;
  readonly served: Uint8Array;
}

/** Progress below this is rounding. */
const epsilon = 1e-12;

export function mainStage(kinds: TileKinds, machine: SmMachine): MainStage {
  const classes = kinds.count * machine.slotsPerSm;
  const slots = machine.sms * machine.slotsPerSm;
  return {
    kinds,
    slotsPerSm: machine.slotsPerSm,
    machine,
    heaps: new Array<undefined>(classes),
    keys: new Float64Array(slots),
    places: new Int32Array(slots),
    classOf: new Int32Array(slots).fill(-1),
    progress: new Float64Array(classes),
    pace_s: new Float64Array(classes),
    active: [],
    isActive: new Uint8Array(classes),
    served: new Uint8Array(classes),
  };
}

/** Puts a slot in: `share` of a tile of `kind` to do, with `residents` tiles in main on its SM, itself included. */
export function enterMain(stage: MainStage, slot: number, work: { kind: number; share: number }, residents: number): void {
  const c = work.kind * stage.slotsPerSm + residents - 1;
  const heap = (stage.heaps[c] ??= slotHeap(stage.keys, stage.places));
  if (stage.isActive[c] === 0) {
    stage.isActive[c] = 1;
    stage.active.push(c);
    stage.progress[c] = 0;
  }
  stage.classOf[slot] = c;
  pushSlot(heap, slot, stage.progress[c]! + work.share);
}

/** Takes a slot out; returns the share of its tile that is left. */
function leaveMain(stage: MainStage, slot: number): number {
  const c = stage.classOf[slot]!;
  removeSlot(stage.heaps[c]!, slot);
  stage.classOf[slot] = -1;
  return stage.keys[slot]! - stage.progress[c]!;
}

/** The number of tiles in main on the slot's SM has changed. */
export function reclass(stage: MainStage, slot: number, residents: number): void {
  const c = stage.classOf[slot]!;
  if ((c % stage.slotsPerSm) + 1 === residents) return;
  const share = leaveMain(stage, slot);
  enterMain(stage, slot, { kind: kindOf(stage, c), share }, residents);
}

const kindOf = (stage: MainStage, c: number): number => (c / stage.slotsPerSm) | 0;
const residentsOf = (stage: MainStage, c: number): number => (c % stage.slotsPerSm) + 1;
const sizeOf = (stage: MainStage, c: number): number => stage.heaps[c]!.slots.length;

function dropEmpty(stage: MainStage): void {
  const { active } = stage;
  let kept = 0;
  for (const c of active) {
    if (sizeOf(stage, c) > 0) active[kept++] = c;
    else stage.isActive[c] = 0;
  }
  if (kept < active.length) active.length = kept;
}

/** What running tiles ask of DRAM, as a share of it. */
function demandOf(stage: MainStage): number {
  const { dram_s } = stage.kinds;
  let demand = 0;
  for (const c of stage.active) {
    const need_s = dram_s[kindOf(stage, c)]!;
    if (need_s > 0) demand += (need_s / stage.pace_s[c]!) * sizeOf(stage, c);
  }
  return demand;
}

/** Part of a DRAM that is asked for more than it has, for a tile that wants all it can get: an equal part of what those leave that want less. */
function dramPart(stage: MainStage): number {
  const { active, pace_s, served } = stage;
  const needed_s = stage.kinds.dram_s;
  let [left, wanting, before] = [1, 0, -1];
  for (const c of active) {
    served[c] = needed_s[kindOf(stage, c)] === 0 ? 1 : 0;
    if (served[c] === 0) wanting += sizeOf(stage, c);
  }
  let part = 1 / wanting;
  while (wanting > 0 && wanting !== before) {
    before = wanting;
    for (const c of active) {
      if (served[c] === 1) continue;
      const wanted = needed_s[kindOf(stage, c)]! / pace_s[c]!;
      if (wanted > part * (1 + epsilon)) continue;
      served[c] = 1;
      left -= wanted * sizeOf(stage, c);
      wanting -= sizeOf(stage, c);
    }
    if (wanting > 0) part = Math.max(left, 0) / wanting;
  }
  return part;
}

/** Works out the pace of every class; to be called after tiles came, went or changed class. */
export function settle(stage: MainStage): void {
  dropEmpty(stage);
  const { active, kinds, pace_s, machine } = stage;
  for (const c of active) {
    const kind = kindOf(stage, c);
    pace_s[c] = Math.max(residentsOf(stage, c) * kinds.local_s[kind]!, kinds.latency_s[kind]!);
  }
  const demand = demandOf(stage);
  const part = demand > 1 ? dramPart(stage) : 0;
  for (const c of active) {
    const need_s = kinds.dram_s[kindOf(stage, c)]!;
    if (need_s === 0) continue;
    // Where DRAM suffices, it works for a tile as long as for all: its share in use.
    pace_s[c] = beside(pace_s[c]!, demand > 1 ? need_s / part : demand * pace_s[c]!, machine);
  }
}

const leftOf = (stage: MainStage, c: number): number => stage.keys[stage.heaps[c]!.slots[0]!]! - stage.progress[c]!;

/** Seconds until the next slot is done; Infinity without one. */
export function untilNext_s(stage: MainStage): number {
  let next_s = Infinity;
  for (const c of stage.active) {
    if (sizeOf(stage, c) > 0) next_s = Math.min(next_s, leftOf(stage, c) * stage.pace_s[c]!);
  }
  return next_s;
}

/** Lets time pass, at most until the next slot is done; appends the slots that are done. */
export function advance(stage: MainStage, seconds: number, done: number[]): void {
  const { progress, pace_s } = stage;
  for (const c of stage.active) {
    if (sizeOf(stage, c) === 0) continue;
    const step = pace_s[c]! > 0 ? seconds / pace_s[c]! : Infinity;
    // Setting the progress to the key of the first slot keeps tiles that started together together, to the last bit.
    const ends = leftOf(stage, c) <= step * (1 + epsilon) + epsilon;
    progress[c] = ends ? Math.max(progress[c]!, stage.keys[stage.heaps[c]!.slots[0]!]!) : progress[c]! + step;
    while (sizeOf(stage, c) > 0 && leftOf(stage, c) <= epsilon) {
      const slot = stage.heaps[c]!.slots[0]!;
      leaveMain(stage, slot);
      done.push(slot);
    }
  }
}
