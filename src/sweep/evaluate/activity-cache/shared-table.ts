/**
 * A hash table of rows in one SharedArrayBuffer, filled by all workers without a lock: open addressing, linear probing, no removal.
 * A slot goes from empty through reserved (its key is being written) to claimed (its row is being computed) and ready; abandoned: whoever
 * claimed it found nothing to keep, the next may try. A row is whole before its slot is ready, and rows of equal keys are equal, so that a
 * worker that waited long enough for another may fill its slot as well: one that died leaves no wrong row, and no slot that is waited for twice.
 * Left out: growth. A full table takes no more rows, and callers go on computing.
 */
import { ROW_WIDTH } from './activity-row.js';
import { KEY_WORDS } from './content-key.js';

const EMPTY = 0;
const RESERVED = 1;
const CLAIMED = 2;
const READY = 3;
/** Ready, and on disk already. */
const KEPT = 4;
const ABANDONED = 5;

/** Places of the head. */
const CAPACITY = 0;
const USED = 1;
const HEAD_bytes = 64;
const SLOT_bytes = 4 + 4 * KEY_WORDS + 8 * ROW_WIDTH;

/** Slots looked at before a key counts as absent, and as one there is no room for. */
const PROBES = 128;
/** Share of the slots in use beyond which probing grows long. */
const FULL = 0.85;
/** Waits for a key to be written, for a row to be computed. */
const KEY_ms = 2;
const ROW_ms = 50;

/** What became of a look-up: a slot to read, a slot to fill, or neither. */
export type Found = { readonly slot: number; readonly ready: boolean } | null;

export interface SharedTable {
  readonly buffer: SharedArrayBuffer;
  readonly capacity: number;
  /** All rows, one after another. */
  readonly rows: Float64Array;
  /** The slot of a key: with a row, or to be filled by the caller and then given to `publish` or `abandon`; null: no room. */
  find(key: Int32Array): Found;
  publish(slot: number, kept?: boolean): void;
  abandon(slot: number): void;
  /** Slots in use. */
  used(): number;
  /** Slots with a row; those not on disk yet, or all. */
  ready(which: 'new' | 'all'): number[];
  keyAt(slot: number): Int32Array;
}

/** Memory for a table of at most so many bytes, and at least one slot. */
export function tableBuffer(budget_bytes: number): SharedArrayBuffer {
  // An even number of slots keeps the rows aligned to 8 bytes.
  const capacity = 2 * Math.max(1, Math.floor((budget_bytes - HEAD_bytes) / SLOT_bytes / 2));
  const buffer = new SharedArrayBuffer(HEAD_bytes + capacity * SLOT_bytes);
  new Int32Array(buffer)[CAPACITY] = capacity;
  return buffer;
}

/** The parts of a buffer. */
interface Views {
  readonly capacity: number;
  readonly head: Int32Array;
  readonly states: Int32Array;
  readonly keys: Int32Array;
  readonly rows: Float64Array;
}

function viewsOf(buffer: SharedArrayBuffer): Views {
  const head = new Int32Array(buffer, 0, HEAD_bytes / 4);
  const capacity = head[CAPACITY]!;
  return {
    capacity,
    head,
    states: new Int32Array(buffer, HEAD_bytes, capacity),
    keys: new Int32Array(buffer, HEAD_bytes + 4 * capacity, KEY_WORDS * capacity),
    rows: new Float64Array(buffer, HEAD_bytes + 4 * (1 + KEY_WORDS) * capacity, ROW_WIDTH * capacity),
  };
}

/** The table in a buffer that `tableBuffer` made, here or in another thread. */
export function sharedTable(buffer: SharedArrayBuffer): SharedTable {
  const views = viewsOf(buffer);
  const { capacity, head, states, keys, rows } = views;
  return {
    buffer,
    capacity,
    rows,
    find: (key) => find(views, key),
    publish: (slot, kept = false) => {
      Atomics.store(states, slot, kept ? KEPT : READY);
      Atomics.notify(states, slot);
    },
    abandon: (slot) => {
      // One that was late may find the row there.
      Atomics.compareExchange(states, slot, CLAIMED, ABANDONED);
      Atomics.notify(states, slot);
    },
    used: () => Atomics.load(head, USED),
    ready: (which) => {
      const found: number[] = [];
      for (let slot = 0; slot < capacity; slot++) {
        const state = Atomics.load(states, slot);
        if (state === READY || (which === 'all' && state === KEPT)) found.push(slot);
      }
      return found;
    },
    keyAt: (slot) => keys.slice(slot * KEY_WORDS, (slot + 1) * KEY_WORDS),
  };
}

function find(views: Views, key: Int32Array): Found {
  const { capacity, head, states } = views;
  let slot = (key[0]! >>> 0) % capacity;
  for (let probe = 0; probe < Math.min(PROBES, capacity); probe++) {
    let state = Atomics.load(states, slot);
    if (state === EMPTY) {
      if (Atomics.load(head, USED) >= FULL * capacity) return null;
      if (claims(views, slot, key)) return { slot, ready: false };
      state = Atomics.load(states, slot);
    }
    if (state === RESERVED) state = after(states, slot, { state, timeout_ms: KEY_ms });
    if (state !== RESERVED && holds(views, slot, key)) return settle(states, slot);
    slot = slot + 1 === capacity ? 0 : slot + 1;
  }
  return null;
}

function holds({ keys }: Views, slot: number, key: Int32Array): boolean {
  for (let i = 0; i < KEY_WORDS; i++) if (keys[slot * KEY_WORDS + i] !== key[i]) return false;
  return true;
}

function claims({ head, states, keys }: Views, slot: number, key: Int32Array): boolean {
  if (Atomics.compareExchange(states, slot, EMPTY, RESERVED) !== EMPTY) return false;
  keys.set(key, slot * KEY_WORDS);
  Atomics.add(head, USED, 1);
  Atomics.store(states, slot, CLAIMED);
  Atomics.notify(states, slot);
  return true;
}

/** State of a slot once it is no longer the given one, or the time is over. */
function after(states: Int32Array, slot: number, { state, timeout_ms }: { readonly state: number; readonly timeout_ms: number }): number {
  Atomics.wait(states, slot, state, timeout_ms);
  return Atomics.load(states, slot);
}

/** A slot of this key: its row, or the right to fill it, be it from one that is late. */
function settle(states: Int32Array, slot: number): Found {
  let state = Atomics.load(states, slot);
  if (state === ABANDONED && Atomics.compareExchange(states, slot, ABANDONED, CLAIMED) === ABANDONED) return { slot, ready: false };
  if (state !== READY && state !== KEPT) state = after(states, slot, { state: CLAIMED, timeout_ms: ROW_ms });
  return { slot, ready: state === READY || state === KEPT };
}
