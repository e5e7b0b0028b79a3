/**
 * Two ways to count the same folds. `lowbit` counts what a machine does; `scale-sim` counts as SCALE-Sim v3 reports it, to compare with its files:
 *   total cycles   the index of the last cycle, one less than their number
 *   compute share  ws and is: over T + 2R + 2C - 3 cycles per fold, the skew of the columns twice
 *   output writes  os: F * (R + C) more than there are outputs
 *   partial sums   ws and is: written once per row fold and never read back, all of them on to DRAM
 *   half a buffer  50 * floor(size / 100) elements while the bandwidth is unlimited
 * Source: SCALE-Sim v3 (2025-08-15), as its published and measured results imply.
 */
import type { CountingConvention } from './counts.js';

export const conventionNames = ['lowbit', 'scale-sim'] as const;

export const conventions: Readonly<Record<(typeof conventionNames)[number], CountingConvention>> = Object.freeze({
  lowbit: {
    unreportedCycles: 0,
    foldCycles: ({ cyclesPerFold }) => cyclesPerFold,
    strayOutputWrites: () => 0,
    readsPartialSums: true,
    halfBuffer: (capacity) => Math.floor(capacity / 2),
  },
  'scale-sim': {
    unreportedCycles: 1,
    foldCycles: ({ dataflow, cyclesPerFold, array }) => (dataflow === 'os' ? cyclesPerFold : cyclesPerFold + array.columns - 1),
    strayOutputWrites: ({ dataflow, folds, array }) => (dataflow === 'os' ? folds * (array.rows + array.columns) : 0),
    readsPartialSums: false,
    halfBuffer: (capacity, unlimitedBandwidth) => (unlimitedBandwidth ? 50 * Math.floor(capacity / 100) : Math.floor(capacity / 2)),
  },
});
