import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatsOfType, gemmTypes } from '../../src/gpu/calibration/dtype-formats.js';
import { card, gemm, run } from './cards.js';

interface Transfer {
  readonly card: string;
  readonly kernel: string;
  readonly dtype: string;
  readonly errors: readonly { readonly inSample: { readonly mean_pct: number } }[];
}

const { transfers } = JSON.parse(readFileSync('reports/reference/gpu-errors.json', 'utf8')) as { readonly transfers: readonly Transfer[] };
const kinds: Readonly<Record<string, string>> = { fp16: '16-bit', bf16: '16-bit', w4a16: 'weight-only', w8a16: 'weight-only' };

/** Notes of a card with default parameters on operands of a measured type. */
function notesOf({ card: name, dtype }: Transfer): readonly string[] {
  const { activation, weight } = formatsOfType(gemmTypes, dtype);
  return run(card(name), [gemm([8, 64, 64], [activation, weight])]).notes;
}

describe('the error to expect of default parameters', () => {
  const groups = new Map<string, { readonly means: number[]; readonly notes: readonly string[] }>();
  for (const transfer of transfers) {
    const notes = notesOf(transfer);
    if (notes[0]?.startsWith(`kernels: ${transfer.kernel} `) !== true) continue;
    const key = `${kinds[transfer.dtype] ?? transfer.dtype} on ${card(transfer.card).config.architecture}`;
    const group = groups.get(key) ?? { means: [], notes };
    group.means.push(Math.round(transfer.errors[0]?.inSample.mean_pct ?? NaN));
    groups.set(key, group);
  }

  it.each([...groups])('is that of measured cards by the fit of another one: %s', (_, { means, notes }) => {
    const [least, most] = [Math.min(...means), Math.max(...means)];
    const range = least === most ? `${least} %` : `${least} to ${most} %`;
    expect(notes.join('\n')).toContain(`expect a mean error of ${range} (measured cards`);
  });

  it('covers every kind of product that a second card was measured for', () => {
    expect(groups.size).toBe(11);
  });
});
