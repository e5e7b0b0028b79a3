/**
 * Binary heap of slots by a key, smallest first, ties by slot number, so that a run is the same on every machine.
 * Slots can be taken out of the middle; each stands in at most one heap of a family that shares `keys` and `places`.
 */
export interface SlotHeap {
  readonly slots: number[];
  /** Key of each slot: a time, or the progress at which it is done. */
  readonly keys: Float64Array;
  /** Place of each slot in its heap. */
  readonly places: Int32Array;
}

export const slotHeap = (keys: Float64Array, places: Int32Array): SlotHeap => ({ slots: [], keys, places });

function before(heap: SlotHeap, a: number, b: number): boolean {
  const [keyA, keyB] = [heap.keys[a]!, heap.keys[b]!];
  return keyA < keyB || (keyA === keyB && a < b);
}

function rise(heap: SlotHeap, slot: number, from: number): void {
  const { slots, places } = heap;
  let place = from;
  while (place > 0) {
    const parent = (place - 1) >> 1;
    const above = slots[parent]!;
    if (!before(heap, slot, above)) break;
    slots[place] = above;
    places[above] = place;
    place = parent;
  }
  slots[place] = slot;
  places[slot] = place;
}

function sink(heap: SlotHeap, slot: number, from: number): void {
  const { slots, places } = heap;
  let place = from;
  for (;;) {
    let child = 2 * place + 1;
    if (child >= slots.length) break;
    if (child + 1 < slots.length && before(heap, slots[child + 1]!, slots[child]!)) child++;
    const below = slots[child]!;
    if (!before(heap, below, slot)) break;
    slots[place] = below;
    places[below] = place;
    place = child;
  }
  slots[place] = slot;
  places[slot] = place;
}

/** Puts a slot in under `key`. */
export function pushSlot(heap: SlotHeap, slot: number, key: number): void {
  heap.keys[slot] = key;
  heap.slots.push(slot);
  rise(heap, slot, heap.slots.length - 1);
}

/** Takes a slot out, wherever it stands. */
export function removeSlot(heap: SlotHeap, slot: number): void {
  const place = heap.places[slot]!;
  const last = heap.slots.pop()!;
  if (last === slot) return;
  if (place > 0 && before(heap, last, heap.slots[(place - 1) >> 1]!)) rise(heap, last, place);
  else sink(heap, last, place);
}
