/**
 * Runs a schedule of tiles on the SMs of a GPU, event by event.
 *   a free slot takes the next piece of its queue -> fill -> main (a fluid, `main-stage.ts`) -> drain
 *   -> reduce, for the last piece of a cut tile -> free
 * Fill, drain and reduce are waiting times of fixed length in which other slots of the SM use its cores; a piece of a later round waits at the
 * barrier until all earlier rounds are done. Of several free slots the one on the SM with the fewest tiles takes first, as block schedulers spread blocks.
 * Events that fall on one instant are one step. Deterministic: ties go by slot number.
 * Left out: clusters of SMs, launch of single blocks, contention of DRAM banks, clock changes during a run.
 */
import { eventLog, eventsOf, stageCode, type EventLog } from './event-log.js';
import { advance, enterMain, mainStage, reclass, settle, untilNext_s, type MainStage } from './main-stage.js';
import type { SmSchedule } from './schedules/sm-schedule.js';
import { pushSlot, removeSlot, slotHeap, type SlotHeap } from './slot-heap.js';
import type { SmMachine, SmTimeline, TileWork } from './sm-timeline.js';
import { tileKinds, type TileKinds } from './tile-kinds.js';

interface Run {
  readonly kinds: TileKinds;
  readonly schedule: SmSchedule;
  readonly slotsPerSm: number;
  readonly main: MainStage;
  /** Slots in fill, drain or reduce, by the time at which they leave it. */
  readonly timers: SlotHeap;
  readonly log: EventLog;
  /** Who takes from a queue, and the next piece of each. */
  readonly queueOf: 'all' | 'sm' | 'slot';
  readonly next: Int32Array;
  /** Piece and stage of each slot (-1: free), and since when. */
  readonly piece: Int32Array;
  readonly stage: Int8Array;
  readonly since_s: Float64Array;
  readonly started: Uint8Array;
  /** Of each SM: slots with a piece, tiles in main (now, and at the last `settle`), and the time it became busy. */
  readonly occupied: Int32Array;
  readonly inMain: Int32Array;
  readonly busySince_s: Float64Array;
  readonly partsLeft: Int32Array;
  readonly parts: Int32Array;
  /** Pieces of each round that are not done. */
  readonly roundLeft: Int32Array;
  /** SMs whose number of tiles in main changed at this instant. */
  readonly dirty: number[];
  /** Slots that may take a piece: just released, or at a barrier; and those of which a stage ended at this instant. */
  free: number[];
  readonly ended: number[];
  now_s: number;
  round: number;
  busy_s: number;
  left: number;
}

function countBy(values: Int32Array, size: number): Int32Array {
  const counts = new Int32Array(size);
  for (const value of values) counts[value] = counts[value]! + 1;
  return counts;
}

function queueOwner(queues: number, { sms, slotsPerSm }: SmMachine): Run['queueOf'] {
  if (queues === sms) return 'sm';
  if (queues === sms * slotsPerSm) return 'slot';
  if (queues === 1) return 'all';
  throw new Error(`a schedule with ${queues} queues for ${sms} SMs of ${slotsPerSm} slots`);
}

function startRun(tiles: readonly TileWork[], schedule: SmSchedule, machine: SmMachine): Run {
  const { sms, slotsPerSm } = machine;
  const slots = sms * slotsPerSm;
  const kinds = tileKinds(tiles, machine);
  const parts = countBy(schedule.tile, tiles.length);
  const rounds = schedule.round ?? new Int32Array(0);
  return {
    kinds,
    schedule,
    slotsPerSm,
    main: mainStage(kinds, machine),
    timers: slotHeap(new Float64Array(slots), new Int32Array(slots)),
    log: eventLog(schedule.tile.length),
    queueOf: queueOwner(schedule.offsets.length - 1, machine),
    next: schedule.offsets.slice(0, -1),
    piece: new Int32Array(slots).fill(-1),
    stage: new Int8Array(slots).fill(-1),
    since_s: new Float64Array(slots),
    started: new Uint8Array(slots),
    occupied: new Int32Array(sms),
    inMain: new Int32Array(sms),
    busySince_s: new Float64Array(sms),
    partsLeft: parts.slice(),
    parts,
    roundLeft: countBy(
      rounds,
      rounds.reduce((most, round) => Math.max(most, round + 1), 0),
    ),
    dirty: [],
    free: Array.from({ length: slots }, (_, slot) => slot),
    ended: [],
    now_s: 0,
    round: 0,
    busy_s: 0,
    left: schedule.tile.length,
  };
}

/** Closes the stage of a slot in the log and opens the next; a stage that took no time leaves no trace. */
function turn(run: Run, slot: number, stage: number): void {
  const { log } = run;
  const before = run.stage[slot]!;
  const start_s = run.since_s[slot]!;
  if (before >= 0 && run.now_s > start_s) {
    const at = log.length++;
    log.slot[at] = slot;
    log.piece[at] = run.piece[slot]!;
    log.stage[at] = before;
    log.start_s[at] = start_s;
    log.end_s[at] = run.now_s;
  }
  run.stage[slot] = stage;
  run.since_s[slot] = run.now_s;
}

function wait(run: Run, slot: number, stage: number, seconds: number): void {
  turn(run, slot, stage);
  pushSlot(run.timers, slot, run.now_s + seconds);
}

const smOf = (run: Run, slot: number): number => (slot / run.slotsPerSm) | 0;

function begin(run: Run, slot: number, piece: number): void {
  const sm = smOf(run, slot);
  if (run.occupied[sm] === 0) run.busySince_s[sm] = run.now_s;
  run.occupied[sm] = run.occupied[sm]! + 1;
  if (run.stage[slot] === stageCode.barrier) turn(run, slot, -1);
  run.piece[slot] = piece;
  const fill_s = run.kinds.fill_s[run.kinds.of[run.schedule.tile[piece]!]!]!;
  const fills = fill_s > 0 && (run.started[slot] === 0 || run.schedule.fill === 'each-piece');
  run.started[slot] = 1;
  if (fills) wait(run, slot, stageCode.fill, fill_s);
  else intoMain(run, slot);
}

function intoMain(run: Run, slot: number): void {
  turn(run, slot, stageCode.main);
  const sm = smOf(run, slot);
  run.inMain[sm] = run.inMain[sm]! + 1;
  run.dirty.push(sm);
  const piece = run.piece[slot]!;
  enterMain(run.main, slot, { kind: run.kinds.of[run.schedule.tile[piece]!]!, share: run.schedule.share[piece]! }, run.inMain[sm]);
}

function outOfMain(run: Run, slot: number): void {
  const sm = smOf(run, slot);
  run.inMain[sm] = run.inMain[sm]! - 1;
  run.dirty.push(sm);
}

/** What follows a stage that has ended. */
function proceed(run: Run, slot: number): void {
  const ended = run.stage[slot];
  const tile = run.schedule.tile[run.piece[slot]!]!;
  const drain_s = run.kinds.drain_s[run.kinds.of[tile]!]!;
  if (ended === stageCode.main) outOfMain(run, slot);
  if (ended === stageCode.fill) intoMain(run, slot);
  else if (ended === stageCode.main && drain_s > 0) wait(run, slot, stageCode.drain, drain_s);
  else if (ended !== stageCode.reduce && joins(run, tile)) wait(run, slot, stageCode.reduce, run.schedule.reduce_s);
  else release(run, slot);
}

/** Counts a part of a tile as done; whether it was the last of several, which have to be added up. */
function joins(run: Run, tile: number): boolean {
  run.partsLeft[tile] = run.partsLeft[tile]! - 1;
  return run.partsLeft[tile] === 0 && run.parts[tile]! > 1 && run.schedule.reduce_s > 0;
}

function release(run: Run, slot: number): void {
  turn(run, slot, -1);
  const sm = smOf(run, slot);
  const { round } = run.schedule;
  const piece = run.piece[slot]!;
  if (round) run.roundLeft[round[piece]!] = run.roundLeft[round[piece]!]! - 1;
  run.piece[slot] = -1;
  run.free.push(slot);
  run.left--;
  run.occupied[sm] = run.occupied[sm]! - 1;
  if (run.occupied[sm] === 0) run.busy_s += run.now_s - run.busySince_s[sm]!;
}

/** Gives the next piece of its queue to a free slot. Returns false when the slot has to wait at the barrier. */
function take(run: Run, slot: number): boolean {
  const { offsets, round } = run.schedule;
  const queue = run.queueOf === 'all' ? 0 : run.queueOf === 'sm' ? smOf(run, slot) : slot;
  const piece = run.next[queue]!;
  if (piece >= offsets[queue + 1]!) return true;
  if (round && round[piece]! > run.round) {
    if (run.stage[slot] === -1) turn(run, slot, stageCode.barrier);
    run.piece[slot] = piece;
    return false;
  }
  run.next[queue] = piece + 1;
  begin(run, slot, piece);
  return true;
}

/** Fills free slots, SMs with the fewest tiles first; a slot that finds its queue empty is done. */
function dispatch(run: Run): void {
  const { roundLeft } = run;
  while (run.round < roundLeft.length - 1 && roundLeft[run.round] === 0) run.round++;
  if (run.free.length === 0) return;
  let open = run.free;
  const waiting: number[] = [];
  if (open.length > 1) open.sort((a, b) => a - b);
  for (let level = 0; open.length > 0; level++) {
    const later: number[] = [];
    let last = -1;
    for (const slot of open) {
      const sm = smOf(run, slot);
      // Slots of an SM stand together: one of them per level.
      if (sm === last || (run.occupied[sm]! > level && level < run.slotsPerSm)) later.push(slot);
      else if (!take(run, slot)) waiting.push(slot);
      last = sm;
    }
    open = later;
  }
  run.free = waiting;
}

/** Tiles in main go by how many share their SM. */
function reclassSms(run: Run): void {
  if (run.slotsPerSm > 1) {
    for (const sm of run.dirty) {
      for (let slot = sm * run.slotsPerSm; slot < (sm + 1) * run.slotsPerSm; slot++) {
        if (run.stage[slot] === stageCode.main) reclass(run.main, slot, run.inMain[sm]!);
      }
    }
  }
  run.dirty.length = 0;
}

const nextTimer_s = ({ timers }: Run): number => (timers.slots.length === 0 ? Infinity : timers.keys[timers.slots[0]!]!);

/** Lets time pass to the next instant at which something ends, and notes the slots of which a stage ended. */
function step(run: Run): void {
  const { timers, ended } = run;
  if (ended.length > 0) ended.length = 0;
  const timer_s = nextTimer_s(run) - run.now_s;
  const step_s = Math.max(0, Math.min(timer_s, untilNext_s(run.main)));
  if (step_s === Infinity) throw new Error('tiles are left, but nothing runs');
  advance(run.main, step_s, ended);
  run.now_s = step_s === timer_s ? nextTimer_s(run) : run.now_s + step_s;
  const instant_s = run.now_s * (1 + 1e-13);
  while (nextTimer_s(run) <= instant_s) {
    const slot = timers.slots[0]!;
    removeSlot(timers, slot);
    ended.push(slot);
  }
  if (ended.length > 1) ended.sort((a, b) => a - b);
}

/** Runs the schedule to its end. Throws when the schedule leaves pieces that no SM can take. */
export function runTimeline(tiles: readonly TileWork[], schedule: SmSchedule, machine: SmMachine): SmTimeline {
  const run = startRun(tiles, schedule, machine);
  while (run.left > 0) {
    dispatch(run);
    if (run.dirty.length > 0) {
      reclassSms(run);
      settle(run.main);
    }
    step(run);
    for (const slot of run.ended) proceed(run, slot);
  }
  const makespan_s = run.now_s;
  return {
    makespan_s,
    sms: machine.sms,
    slotsPerSm: machine.slotsPerSm,
    tiles,
    events: eventsOf(run.log, machine.slotsPerSm, schedule),
    idleShare: makespan_s > 0 ? 1 - run.busy_s / (machine.sms * makespan_s) : 0,
  };
}
