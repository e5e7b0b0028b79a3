import { describe, expect, it } from 'vitest';
import { operandFormat } from '../../../src/formats/index.js';
import type { LayerTrace } from '../../../src/trace/layer-trace.js';
import { card, gemm, run } from '../cards.js';

const sequences = 16;
const kvHeads = 8;
const context = 2048;

function attention(kv: string, query = 'fp16'): [LayerTrace, LayerTrace, LayerTrace] {
  const shared = { gemms: sequences * kvHeads, sharedOperand: 'none' as const, weight: operandFormat(kv) };
  const base = gemm([4, context, 128], [query, kv]);
  const nothing = { format: 'none', payload_bitsPerElement: 0, metadata_bitsPerElement: 0 };
  return [
    { ...base, ...shared, name: 'attention-qk', kind: 'attention-qk' },
    { ...base, ...shared, name: 'attention-softmax', kind: 'softmax', k: 1, weight: nothing },
    { ...base, ...shared, name: 'attention-pv', kind: 'attention-pv', n: 128, k: context },
  ];
}

const a100 = card('a100-80gb-sxm');

describe('attention rows of a trace', () => {
  it('add up to one fused kernel, with or without a softmax row', () => {
    const [qk, softmax, pv] = attention('int4');
    const total = run(a100, [qk, softmax, pv]).totals.latency_s;
    expect(run(a100, [qk, pv]).totals.latency_s).toBe(total);
    expect(run(a100, [qk]).totals.latency_s + run(a100, [pv]).totals.latency_s).toBeCloseTo(total, 12);
    const result = run(a100, [qk, softmax, pv]);
    expect(result.layers.map(({ latency_s }) => latency_s === 0)).toEqual([false, true, false]);
    expect(result.notes.join('\n')).toMatch(/done inside another kernel, no time of their own: attention-softmax/);
  });

  it('launch once and read keys in one half, values in the other', () => {
    const [qk, , pv] = run(a100, attention('int8')).layers;
    expect([(qk?.cycles.launch ?? 0) > 0, pv?.cycles.launch]).toEqual([true, 0]);
    const values_bytes = sequences * kvHeads * context * 128;
    expect(qk?.activity.dramRead_bytes).toBeGreaterThanOrEqual(values_bytes);
    expect(qk?.activity.dramRead_bytes).toBe(pv?.activity.dramRead_bytes);
  });

  it('wait for L2 as they wait for DRAM: in dramStall, not in fill', () => {
    const rows = attention('fp16').map((layer) => (layer.kind === 'softmax' ? layer : { ...layer, m: 256 }));
    const [fast] = run(card('a100-80gb-sxm', ['l2.bytesPerClock=100000']), rows).layers;
    const [slow] = run(card('a100-80gb-sxm', ['l2.bytesPerClock=200']), rows).layers;
    expect(slow?.bottleneck).toBe('l2');
    expect(fast?.bottleneck).not.toBe('l2');
    expect(slow?.latency_s).toBeGreaterThan(2 * (fast?.latency_s ?? NaN));
    expect(slow?.cycles.dramStall).toBeGreaterThan(0.5 * (slow?.latency_cycles ?? NaN));
    expect(slow?.cycles.fill).toBeLessThan(0.01 * (slow?.latency_cycles ?? NaN));
  });

  it('take their kernel by the format of the cache, or the one that is named', () => {
    const kernels = (setup: typeof a100, kv: string) => Object.keys(run(setup, attention(kv)).hardware['ran'] as object);
    expect(kernels(a100, 'fp16')).toEqual(['attention-16']);
    expect(kernels(a100, 'int8')).toEqual(['attention-kv8']);
    expect(kernels(a100, 'int4-g128')).toEqual(['attention-kv4']);
    expect(kernels(card('a100-80gb-sxm', [], ['attention-kv4-naive']), 'int4')).toEqual(['attention-kv4-naive']);
  });

  it('leave products to kernels of products', () => {
    const layers = [...attention('int8', 'int8'), gemm([64, 4096, 4096], ['int8', 'int8'])];
    expect(Object.keys(run(a100, layers).hardware['ran'] as object)).toEqual(['attention-kv8', 'w8a8-trtllm']);
  });

  it('name the layer and the caches that kernels take when there is none for a format', () => {
    expect(() => run(a100, attention('fp16').with(0, { ...attention('fp16')[0], weight: operandFormat('int6') }))).toThrow(
      /^no GPU kernel for these operands: attention fp16 x int6 \(layer attention-qk on a100-80gb-sxm\); expected one of: bf16 x bf16/,
    );
  });

  it('never take more power than the board has', () => {
    for (const rows of [1, 4, 4096]) {
      const { layers } = run(
        a100,
        attention('fp16').map((layer) => ({ ...layer, m: rows })),
      );
      for (const { energy_pJ, latency_s } of layers.filter((layer) => layer.latency_s > 0)) {
        expect(((energy_pJ.total ?? NaN) * 1e-12) / latency_s).toBeLessThan(400);
      }
    }
  });
});
