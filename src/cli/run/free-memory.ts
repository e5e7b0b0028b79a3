/**
 * Gives memory of typed arrays back between large tensors. The collector weighs the objects of its heap, of which a tensor is a small one: left to itself it
 * keeps several tensors that nobody holds any more (4 GB of weights took 2.6 GB), so it is asked to run when much lies outside of the heap.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const MUCH_bytes = 2 ** 28;

let collect: (() => void) | undefined;

/** Collects when typed arrays take more than 256 MiB. */
export function freeMemory(): void {
  if (process.memoryUsage().arrayBuffers <= MUCH_bytes) return;
  collect ??= collector();
  collect();
}

/** The collector as a function; only contexts made after the flag have it. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
