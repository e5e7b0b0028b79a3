/** A workload ready to be simulated, and the one segment that a list of layers makes. */
import { LowbitError, unknownName } from '../../lowbit-error.js';
import type { SimulationResult } from '../../trace/simulation-result.js';
import { operandBits } from '../../trace/layer-trace.js';
import type { Segment } from '../../trace/segment.js';
import { workloadPhases, type WorkloadPhase } from '../../trace/workload/request.js';
import { single } from '../arguments.js';
import type { Arguments } from '../command.js';
import type { Versions } from '../../config/model-versions.js';

export interface PreparedWorkload {
  readonly segments: readonly Segment[];
  /** Weights and KV cache that must fit the DRAM; absent when the workload does not say. */
  readonly model_bytes?: number;
  readonly description: SimulationResult['workload'];
  /** A few words for titles. */
  readonly title: string;
  readonly notes: readonly string[];
  /** Model versions of the mechanisms that made the workload. */
  readonly versions: Versions;
}

/** Layers as one segment, on the array of `--phase` when that is given. */
export function segmentOf(args: Arguments, layers: Segment['layers']): Segment {
  const phase = phaseOf(args);
  if (phase === 'generate') {
    throw new LowbitError('--phase generate needs --model', {
      remedy: 'a list of layers has no phases: --phase prefill or decode picks the array shape',
    });
  }
  return phase === undefined ? { layers } : { phase, layers };
}

/** What the description of a workload says about `--phase`. */
export function phaseDescription(args: Arguments): { phase?: string } {
  const phase = phaseOf(args);
  return phase === undefined ? {} : { phase };
}

/** The phase asked for; undefined when none was. Throws LowbitError for a word that is none. */
export function phaseOf(args: Arguments): WorkloadPhase | undefined {
  const phase = single('phase', args['phase']);
  if (phase === undefined) return undefined;
  const known = workloadPhases.find((name) => name === phase);
  if (known === undefined) throw unknownName('phase', phase, workloadPhases, '--phase');
  return known;
}

/** Bytes of the weights of a list of layers: every layer has its own, in attention there are none. */
export function weightBytes(layers: Segment['layers']): number {
  return layers.reduce((sum, { kind, n, k, gemms, repeat, sharedOperand, weight }) => {
    if (kind !== 'gemm') return sum;
    const elements = n * k * (sharedOperand === 'weight' ? 1 : gemms) * repeat;
    return sum + Math.ceil((elements * operandBits(weight)) / 8);
  }, 0);
}
