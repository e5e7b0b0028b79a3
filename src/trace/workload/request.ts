/**
 * What a workload is asked for: phase, sequences, lengths, and the named refinements (all off by default, which is the corrected
 * convention of docs/workloads.md).
 */
import { LowbitError } from '../../lowbit-error.js';

export const workloadPhases = ['prefill', 'decode', 'generate'] as const;
export type WorkloadPhase = (typeof workloadPhases)[number];

/** Refinements by name, with what each changes. */
export const refinements = {
  causal: 'prefill attention charges half of the square: half the query rows against all keys',
  lastTokenHead: 'in prefill lm_head sees the last token of each sequence only',
  fusedAttention: 'attention scores stay on chip: the output of QK and the input of PV move no bits',
  kvWrite: 'k_proj and v_proj write keys and values in the format of the KV cache instead of the output format',
  mergedPrefill: 'linear layers of a prefill are one GEMM of m = batch x tokens instead of one GEMM per sequence',
  fixedContext: 'every generated token is charged at the context of the prompt',
  vectorOps: 'rows for softmax, norms, activation functions, residual additions and the online quantization of activations',
} as const;
export type Refinement = keyof typeof refinements;
export const refinementNames = Object.keys(refinements) as Refinement[];

/** What is asked of a network: phase, sequences and lengths. */
export interface WorkloadRequest {
  readonly phase: WorkloadPhase;
  /** Sequences or images; default 1. */
  readonly batch?: number;
  /** Prompt tokens of prefill, keys a decode step attends to. Not used by networks whose input has a fixed size. */
  readonly context?: number;
  /** Decode steps of `generate`. */
  readonly tokens?: number;
  readonly options?: Readonly<Partial<Record<Refinement, boolean>>>;
}

/** A request with everything decided; `context` is 0 when none was given. */
export interface CheckedRequest {
  readonly phase: WorkloadPhase;
  readonly batch: number;
  readonly context: number;
  readonly tokens: number;
  readonly options: Readonly<Record<Refinement, boolean>>;
}

/** Steps of `generate` with rows of their own: attention at every context is a row, and a result holds all rows. */
const LONGEST_GENERATION = 32_768;

/** Checks the numbers of a request. Throws LowbitError unless they are positive integers and `generate` has its tokens. */
export function checkRequest(request: WorkloadRequest): CheckedRequest {
  const { phase, batch = 1, context, tokens } = request;
  if (phase === 'generate' && tokens === undefined)
    throw new LowbitError('generate needs the number of tokens', { remedy: 'give tokens, the decode steps after the prompt' });
  const options = Object.fromEntries(refinementNames.map((name) => [name, request.options?.[name] ?? false])) as Record<
    Refinement,
    boolean
  >;
  const checked = {
    phase,
    batch: positiveInteger('batch', batch),
    context: context === undefined ? 0 : positiveInteger('context', context),
    tokens: tokens === undefined || phase !== 'generate' ? 0 : positiveInteger('tokens', tokens),
    options,
  };
  if (checked.tokens <= LONGEST_GENERATION || options.fixedContext) return checked;
  throw new LowbitError('too many tokens to charge each at its own context', {
    value: checked.tokens,
    remedy: `up to ${LONGEST_GENERATION} are; the refinement fixedContext charges any number at the context of the prompt`,
  });
}

/** The context of a request to a model that needs one. */
export function neededContext(request: CheckedRequest, model: string): number {
  if (request.context === 0)
    throw new LowbitError('context is missing', { place: `model ${model}`, remedy: 'give the number of prompt tokens' });
  return request.context;
}

/** Refuses phases that generate tokens on a model that has none. */
export function prefillOnly(request: CheckedRequest, model: string, reason: string): void {
  if (request.phase === 'prefill') return;
  throw new LowbitError(`model ${model} has no decode phase`, { value: request.phase, allowed: ['prefill'], remedy: reason });
}

const LARGEST = 2 ** 31;

function positiveInteger(name: string, value: number): number {
  if (Number.isInteger(value) && value > 0 && value <= LARGEST) return value;
  throw new LowbitError(`${name} must be a positive integer of at most ${LARGEST}`, { value });
}
