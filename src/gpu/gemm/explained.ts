/** What the explanation of a GEMM is written with: its machine, problem and charge, and the expressions that several causes share. */
import { STREAM_BYTES } from './dram-time.js';
import type { GemmMachine } from './gemm-machine.js';
import type { Problem } from './gemm-problem.js';
import type { GemmSetup } from './plan-work.js';
import type { Searcher } from './tactic.js';

export type Adder = (name: string, formula: string, numbers: string, value: number) => number;

export interface Explained {
  readonly setup: GemmSetup;
  readonly machine: GemmMachine;
  readonly problem: Readonly<Problem>;
  readonly best: Searcher['best'];
  readonly out: Float64Array;
  /** A physical parameter of the kernel. */
  readonly value: (name: string) => number;
  /** Adds a term in seconds; returns its value. */
  readonly add: Adder;
  /** The same for a number without a unit. */
  readonly count: Adder;
}

/** `soft(a, b)` of overlap.ts as an expression. */
export function softText(a: number, b: number, loss: number): string {
  if (Math.min(a, b) === 0) return `max(${a}, ${b})`;
  return `max(${a}, ${b}) + ${loss} * min(${a}, ${b}) ^ 3 / max(${a}, ${b}) ^ 2`;
}

/** Seconds of `bytes` in DRAM (dram-time.ts) as an expression. */
export function streamText({ setup, value }: Explained, bytes: number, efficiency: string): string {
  if (bytes === 0) return '0';
  const share = `min(1, ${value(efficiency)} * (${bytes} / ${STREAM_BYTES}) ^ ${value('dramGrowth')})`;
  return `${bytes} / (${setup.device.dram.bandwidth_GBps} * 1e9 * ${share})`;
}
