/** What the main thread hands to a worker, and what comes back: plain data, copied between threads. */
import type { SweepPlan } from '../plan/sweep-plan.js';
import type { PartSummary } from '../rows/part-summary.js';
import type { Told } from '../search/search.js';
import type { ErrorDetails } from '../../lowbit-error.js';

/** What is the same for all parts. */
export interface WorkerSetup {
  readonly plan: SweepPlan;
  /** Folder of the sweep. */
  readonly dir: string;
  /** What the workers know of layers they searched mappings for; absent where none is searched. */
  readonly activityTable?: SharedArrayBuffer;
}

/** The setup as every task carries it: workers start before the plan is read. The text is shared, not copied, and read by a worker once. */
export interface SentSetup extends Omit<WorkerSetup, 'plan'> {
  /** The plan as JSON in UTF-8. */
  readonly planText: SharedArrayBuffer;
}

export interface SentTask {
  readonly setup: SentSetup;
  readonly task: PartTask;
}

export interface PartTask {
  readonly part: number;
  readonly points: Float64Array;
  readonly rung: number;
  /** `write`: simulate; `resume`: read what is there and whole, else simulate; `read`: it must be there. */
  readonly mode: 'write' | 'resume' | 'read';
  /** A search waits for what the points came to. */
  readonly tell: boolean;
}

export interface PartAnswer {
  readonly part: number;
  readonly rung: number;
  /** Points the part was given; those that do not exist or are excluded have no row. */
  readonly positions: number;
  readonly rows: number;
  /** Taken from the file, not simulated. */
  readonly found: boolean;
  /** Null for a lower rung: its rows are no result. */
  readonly summary: PartSummary | null;
  readonly told: Told | null;
}

/** Errors of a user lose their class between threads: they travel as data. */
export type PartReply =
  | { readonly kind: 'answer'; readonly answer: PartAnswer }
  /** Mode `read`: the part is not there, or not whole. */
  | { readonly kind: 'unusable'; readonly part: number; readonly why: string }
  | { readonly kind: 'error'; readonly what: string; readonly details: ErrorDetails };
