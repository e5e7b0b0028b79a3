/**
 * Two ways to count the same folds. `lowbit` counts what a machine does; `scale-sim` counts as SCALE-Sim v3 reports it, to compare with its files:
 *   total cycles   the index of the last cycle, one less than their number
 *   compute share  ws and is: over T + 2R + 2C - 3 cycles per fold, the skew of the columns twice
 *   output writes  os: F * (R + C) more than there are outputs
 *   partial sums   ws and is: written once per row fold and never read back, all of them on to DRAM
 *   half a buffer  50 * floor(size / 100) elements while the bandwidth is unlimited
 * Source: SCALE-Sim v3 (2025-08-15), as its published and measured results imply.
 */
import type { Folds } from './systolic-folds-counts.js';

/** The counts in which the conventions differ; per product. */
export interface CountingConvention {
  /** Cycles that are not reported. */
  readonly unreportedCycles: number;
  /** Cycles per fold that the share of working PEs refers to. */
  foldCycles(folds: Folds): number;
  /** Output writes without an output. */
  strayOutputWrites(folds: Folds): number;
  /** Whether partial sums come back from the output buffer to be added to, and stay there when they fit. */
  readonly readsPartialSums: boolean;
  /** Elements of the half of a buffer that the array works from while the other half is filled. */
  halfBuffer(capacity: number, unlimitedBandwidth: boolean): number;
}

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
