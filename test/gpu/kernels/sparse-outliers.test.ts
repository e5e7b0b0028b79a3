/** Are weights stored apart charged once, by the sparse pass of a kernel that has one, and for the share that a layer states? */
import { describe, expect, it } from 'vitest';
import { loadKernel } from '../../../src/config/gpu-catalogue.js';
import type { LayerTrace } from '../../../src/trace/layer-trace.js';
import { card, gemm, run } from '../cards.js';

const NOTHING = { channel: 0, tensor: 0, lowRank: 0, permutation: 0 };
const plain = gemm([4, 4096, 4096], ['fp16', 'spqr3']);

/** SpQR's 3-bit weights with that share of outliers of 32 bits. */
function stated(share: number): LayerTrace {
  const bits = { ...NOTHING, payload: 3, group: 0.625, outlier: 32 * share };
  const weight = { ...plain.weight, metadata_bitsPerElement: 0.625 + 32 * share, bits };
  return { ...plain, weight: { ...weight, statistics: { origin: 'assumed', outlierShare: share } } };
}

const totals = (layer: LayerTrace) => run(card('a100-80gb-sxm', [], ['spqr']), [layer]).totals;

describe('weights stored apart on a kernel with a sparse pass', () => {
  const own = loadKernel('spqr').after[0]!;

  it('take what the kernel file says where its own share is stated: the pass reads them, the GEMM does not as well', () => {
    expect(own.outlierShare).toBe(0.015);
    expect(totals(stated(0.015)).latency_s / totals(plain).latency_s).toBeCloseTo(1, 12);
    expect(totals(stated(0.015)).dram_bytes / totals(plain).dram_bytes).toBeCloseTo(1, 12);
  });

  it('take as much more or less as there are', () => {
    const added = (share: number): number => totals(stated(share)).latency_s - totals(stated(0)).latency_s;
    expect(added(0.015)).toBeGreaterThan(0);
    expect(added(0.03) / added(0.015)).toBeCloseTo(2, 6);
    expect(added(0.01) / added(0.015)).toBeCloseTo(1 / 1.5, 6);
  });

  it('of each layer by itself', () => {
    const { layers } = run(card('a100-80gb-sxm', [], ['spqr']), [stated(0), stated(0.1), plain]);
    const [none, many, usual] = layers.map(({ latency_s }) => latency_s) as [number, number, number];
    expect(none).toBeLessThan(usual);
    expect(usual).toBeLessThan(many);
  });
});
