/**
 * Arrays that kernels fill are large, and many are dropped soon: trials of a search, results of a layer. An allocator that hands each back to the kernel of
 * the system makes the next one pay for fresh pages, which takes about as long as rounding its numbers. The C library of most Linux systems (glibc) hands back
 * every block above a threshold, and raises that to the size of the largest such block that was given up so far, at most 32 MiB (mallopt(3), M_MMAP_THRESHOLD;
 * twice as much at the end of the heap may then stay). So one block of nearly that size is made and given up: it is never touched and takes no memory.
 * Left out: other allocators, where this does nothing.
 */
const BLOCK_bytes = 31 * 2 ** 20;

let asked = false;

/** The first call in a process asks; dropped pages are kept once the block has been collected. */
export function keepPages(): void {
  if (asked) return;
  asked = true;
  new ArrayBuffer(BLOCK_bytes);
}
