import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadGpu, loadKernel, shippedKernels } from '../../../src/config/gpu-catalogue.js';
import { attentionMachine, type AttentionMachine } from '../../../src/gpu/attention/attention-machine.js';
import { attentionParameters, defaultAttentionParameters } from '../../../src/gpu/attention/attention-parameters.js';
import type { AttentionShape } from '../../../src/gpu/attention/attention-shape.js';
import { fusedAttention } from '../../../src/gpu/attention/fused-attention.js';
import { healthyCard, resolveGpu } from '../../../src/gpu/device/gpu-schema.js';
import { namedKernel } from '../../../src/gpu/kernels/kernel-choice.js';

/** Bits of a KV element by kernel: 4 bits with fp16 scale and zero per head and token, 2 bits with the same per 32. */
const caches = { 'attention-16': 16, 'attention-kv8': 8, 'attention-kv4-naive': 4.25, 'attention-kv4': 4.25, 'attention-kv2': 3 } as const;
type Cache = keyof typeof caches;
const weights: Readonly<Record<Cache, string>> = {
  'attention-16': 'fp16',
  'attention-kv8': 'int8',
  'attention-kv4-naive': 'int4',
  'attention-kv4': 'int4',
  'attention-kv2': 'int2',
};

function machine(card: string, name: string, weight: string, parameters = {}): AttentionMachine {
  const device = resolveGpu(loadGpu(card).config);
  const file = loadKernel(name);
  const activation = weight === 'fp8' ? 'fp8' : 'fp16';
  const kernel = namedKernel(device, file, { activation, weight, attention: true }, [file]);
  return attentionMachine(device, kernel, { ...defaultAttentionParameters(kernel), ...parameters }, healthyCard);
}

function decode(heads: number, keys: number, rows = 1): Omit<AttentionShape, 'kv_bits'> {
  return { heads, rows, keys, headDim: 128, query_bits: 16, output_bits: 16 };
}

const machines = new Map<string, AttentionMachine>();
function time_s(card: string, cache: Cache, shape: Omit<AttentionShape, 'kv_bits'>): number {
  const key = `${card} ${cache}`;
  const ready = machines.get(key) ?? machine(card, cache, weights[cache]);
  machines.set(key, ready);
  return fusedAttention(ready, { ...shape, kv_bits: caches[cache] }).time_s;
}

const heads = fc.integer({ min: 1, max: 4096 });
const keys = fc.integer({ min: 1, max: 20000 });
const rows = fc.constantFrom(1, 4, 8, 128, 4096);
const cache = fc.constantFrom<Cache[]>(...(Object.keys(caches) as Cache[]));

describe('fused attention', () => {
  it('is never faster than its bytes, products and power allow', () => {
    const device = resolveGpu(loadGpu('a100-80gb-sxm').config);
    fc.assert(
      fc.property(heads, keys, rows, cache, (h, n, r, name) => {
        const shape = decode(h, n, r);
        const t = time_s('a100-80gb-sxm', name, shape);
        const kv_bytes = (h * n * 2 * 128 * caches[name]) / 8;
        expect(t).toBeGreaterThan(kv_bytes / (device.dram.bandwidth_GBps * 1e9));
        const macs = h * r * n * 2 * 128;
        expect(t).toBeGreaterThan(macs / ((device.tensor_macPerClockPerSm.fp16 ?? 0) * device.sms * device.clock_MHz * 1e6));
        expect(macs * device.energy.tensor_pJPerMac.fp16! * 0.8e-12).toBeLessThan(t * (device.power.board_W - device.power.idle_W));
      }),
      { numRuns: 60 },
    );
  });

  it('takes longer for longer contexts, and for more heads and sequences', () => {
    fc.assert(
      fc.property(heads, keys, rows, cache, (h, n, r, name) => {
        const t = time_s('a100-80gb-sxm', name, decode(h, n, r));
        expect(time_s('a100-80gb-sxm', name, decode(h, 2 * n, r))).toBeGreaterThanOrEqual(t);
        expect(time_s('a100-80gb-sxm', name, decode(2 * h, n, r))).toBeGreaterThanOrEqual(t);
      }),
      { numRuns: 60 },
    );
  });

  it('gains from a narrower cache by the bytes it saves while DRAM binds', () => {
    const shape = decode(2048, 4096);
    const [half, eight, four, two] = (['attention-16', 'attention-kv8', 'attention-kv4', 'attention-kv2'] as const).map((name) =>
      time_s('l40s', name, shape),
    ) as [number, number, number, number];
    expect(half / eight).toBeGreaterThan(1.9);
    expect(half / eight).toBeLessThan(2);
    expect(eight / four).toBeGreaterThan(1.7);
    expect(eight / four).toBeLessThan(8 / 4.25);
    expect(two).toBeLessThan(four);
  });

  it('splits the context when there are few heads, and only then', () => {
    const a100 = machine('a100-80gb-sxm', 'attention-16', 'fp16');
    const parts = (shape: Omit<AttentionShape, 'kv_bits'>) => fusedAttention(a100, { ...shape, kv_bits: 16 }).parts;
    expect(parts(decode(8, 16384))).toBeGreaterThan(1);
    expect(parts(decode(2048, 16384))).toBe(1);
  });

  it('has QServe on an A100: naive 4-bit slower than 8-bit, with half precision 1.29 to 1.51 times faster', () => {
    for (const context of [256, 512, 1024, 1536]) {
      const shape = decode(64 * 32, context);
      const eight = time_s('a100-80gb-sxm', 'attention-kv8', shape);
      const naive = eight / time_s('a100-80gb-sxm', 'attention-kv4-naive', shape);
      const fast = eight / time_s('a100-80gb-sxm', 'attention-kv4', shape);
      expect(naive).toBeGreaterThan(0.86 * 0.98);
      expect(naive).toBeLessThan(0.9 * 1.02);
      expect(fast).toBeGreaterThan(1.29);
      expect(fast).toBeLessThan(1.51);
    }
  });

  it('has QServe on an L40S: naive 4-bit about 1.7 times as fast as 8-bit, by the same operations', () => {
    for (const context of [128, 512, 1536]) {
      const shape = decode(64 * 32, context);
      const naive = time_s('l40s', 'attention-kv8', shape) / time_s('l40s', 'attention-kv4-naive', shape);
      expect(naive).toBeGreaterThan(1.7 * 0.9);
      expect(naive).toBeLessThan(1.7 * 1.1);
    }
  });

  it('reaches more of the tensor rate with larger heads, as FlashAttention does', () => {
    const share = (card: string, headDim: number) => {
      const ready = machine(card, 'attention-16', 'fp16');
      const shape = { ...decode(2048 / headDim, 16384, 16384), headDim, kv_bits: 16 };
      const { time_s: t, macs } = fusedAttention(ready, shape);
      const device = resolveGpu(loadGpu(card).config);
      return macs / t / ((device.tensor_macPerClockPerSm.fp16 ?? 0) * device.sms * device.clock_MHz * 1e6);
    };
    // FlashAttention-2: up to 73 % on an A100; FlashAttention-3: up to 75 % on an H100 (heads of 256).
    expect(share('a100-80gb-sxm', 64)).toBeLessThan(share('a100-80gb-sxm', 128));
    expect(share('a100-80gb-sxm', 128)).toBeCloseTo(0.73, 1);
    expect(share('h100-sxm', 128)).toBeGreaterThan(share('h100-sxm', 64));
    expect(share('h100-sxm', 256)).toBeCloseTo(0.75, 1);
  });

  it('pays for the tiles of keys it keeps', () => {
    const shape = { ...decode(24, 75600, 75600), kv_bits: 8, query_bits: 8 };
    const dense = fusedAttention(machine('h100-sxm', 'attention-fp8', 'fp8'), shape);
    const sparse = fusedAttention(machine('h100-sxm', 'fps-attention', 'fp8'), shape);
    expect(sparse.macs / dense.macs).toBeCloseTo(0.25, 2);
    expect(dense.time_s / sparse.time_s).toBeGreaterThan(3);
  });
});

describe('attention kernels that ship', () => {
  it('hold parameters within what is physically possible, under names of the attention model', () => {
    const ranges = new Map(attentionParameters.map((spec) => [spec.name, spec]));
    for (const kernel of shippedKernels().filter(({ attention }) => attention !== undefined)) {
      for (const [name, value] of Object.entries({ ...kernel.starts, ...kernel.parameters })) {
        const spec = ranges.get(name);
        expect(value, `${kernel.name} ${name}`).toBeGreaterThanOrEqual(spec?.low ?? NaN);
        expect(value, `${kernel.name} ${name}`).toBeLessThanOrEqual(spec?.high ?? NaN);
      }
    }
  });

  it('are taken by the format of the cache', () => {
    const chosen = shippedKernels().filter(({ attention }) => attention !== undefined);
    expect(chosen.map(({ name }) => name)).toEqual(['attention-16', 'attention-fp8', 'attention-kv2', 'attention-kv4', 'attention-kv8']);
  });
});
