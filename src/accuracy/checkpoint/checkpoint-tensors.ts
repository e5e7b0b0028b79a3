/**
 * The tensors of a checkpoint as a naming scheme wants them: all names and shapes are checked before the first value is read, so that everything
 * that is missing or of another shape is said at once.
 */
import { LowbitError } from '../../lowbit-error.js';
import { matrix, type Matrix } from '../../numeric/matrix.js';
import type { TensorReader } from './tensor-reader.js';

/** Tensors by the names of the scheme with their shapes: [rows, cols] or [length]. */
export type WantedTensors = Readonly<Record<string, readonly number[]>>;

/** The values of a checkpoint by the names of its scheme. */
export interface CheckpointTensors {
  /** Names of the file that were not wanted, apart from tables that transformers computes itself. */
  readonly others: readonly string[];
  /** Throws a plain error for what was not wanted. */
  vector(name: string): Float32Array;
  matrix(name: string): Matrix;
}

/** Rotary frequencies and causal masks that older versions of transformers saved beside the weights. */
const COMPUTED = /(?:\.rotary_emb\.inv_freq|\.attn\.(?:masked_)?bias)$/;

/** Problems named in one error; the rest is counted. */
const SHOWN = 12;

/** Names in the file are `prefix` + those of the scheme. Throws LowbitError listing what is missing and what has another shape. */
export async function readTensors(reader: TensorReader, prefix: string, wanted: WantedTensors): Promise<CheckpointTensors> {
  const fileName = (name: string): string => (reader.shapeOf(prefix + name) === undefined ? name : prefix + name);
  const asked = new Set(Object.keys(wanted).map(fileName));
  const others = reader.names.filter((name) => !asked.has(name) && !COMPUTED.test(name));
  checkTensors({ reader, fileName, wanted, others });
  const values = new Map<string, Float32Array>();
  for (const name of Object.keys(wanted)) values.set(name, await reader.read(fileName(name)));
  const vector = (name: string): Float32Array => {
    const found = values.get(name);
    if (found === undefined) throw new Error(`tensor ${name} was not asked for`);
    return found;
  };
  return {
    others,
    vector,
    matrix(name) {
      const [rows = 0, cols = 0] = wanted[name] ?? [];
      return matrix(rows, cols, vector(name));
    },
  };
}

interface Found {
  readonly reader: TensorReader;
  readonly fileName: (name: string) => string;
  readonly wanted: WantedTensors;
  readonly others: readonly string[];
}

function checkTensors({ reader, fileName, wanted, others }: Found): void {
  const missing: string[] = [];
  const mismatches: string[] = [];
  for (const [name, shape] of Object.entries(wanted)) {
    const found = reader.shapeOf(fileName(name));
    if (found === undefined) missing.push(name);
    else if (found.join() !== shape.join())
      mismatches.push(`${name} is ${found.join(' x ')} where the configuration says ${shape.join(' x ')}`);
  }
  if (missing.length > 0) {
    throw new LowbitError(`${missing.length} of ${Object.keys(wanted).length} tensors are missing`, {
      value: listed(missing),
      place: reader.path,
      remedy: `the weights are incomplete or of another model than the configuration${others.length === 0 ? '' : `; the file also has ${listed(others)}`}`,
    });
  }
  if (mismatches.length > 0) {
    throw new LowbitError(`${mismatches.length} tensors have another shape than the configuration says`, {
      value: listed(mismatches),
      place: reader.path,
      remedy: 'weights and configuration must be of one model',
    });
  }
}

export function listed(names: readonly string[]): string {
  return names.length <= SHOWN ? names.join(', ') : `${names.slice(0, SHOWN).join(', ')} and ${names.length - SHOWN} more`;
}
