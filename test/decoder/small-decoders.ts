/** The small random decoders of test/fixtures/decoders with the logits PyTorch computed for them, and tokens to run them on. */
import { readFileSync } from 'node:fs';
import { loadDecoder } from '../../src/accuracy/load-model.js';
import type { DecoderModel } from '../../src/decoder/decoder-model.js';
import { seededRandom } from '../../src/numeric/random.js';

export const forms = ['gpt2', 'opt', 'qwen2', 'mixtral'] as const;
export type Form = (typeof forms)[number];

interface Reference {
  readonly tokens: readonly number[];
  readonly positions: readonly number[];
  readonly logits: readonly (readonly number[])[];
}

export function folderOf(form: Form): string {
  return `test/fixtures/decoders/${form}`;
}

export async function smallDecoder(form: Form): Promise<DecoderModel> {
  return (await loadDecoder(folderOf(form))).model;
}

export function referenceOf(form: Form): Reference {
  return JSON.parse(readFileSync(`${folderOf(form)}/reference.json`, 'utf8')) as Reference;
}

/** Seeded tokens of a vocabulary. */
export function randomTokens(count: number, vocabulary: number, seed: number): Int32Array {
  const random = seededRandom(seed);
  return Int32Array.from({ length: count }, () => random.integer(vocabulary));
}

/** Largest difference of two lists. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let worst = a.length === b.length ? 0 : Infinity;
  for (let i = 0; i < a.length; i++) worst = Math.max(worst, Math.abs((a[i] ?? NaN) - (b[i] ?? NaN)));
  return worst;
}
