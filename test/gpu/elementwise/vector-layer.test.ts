import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadGpu, shippedKernels } from '../../../src/config/gpu-catalogue.js';
import { operandFormat } from '../../../src/formats/index.js';
import { healthyCard, profilesOf, resolveGpu } from '../../../src/gpu/device/gpu-schema.js';
import { vectorKernel } from '../../../src/gpu/elementwise/vector-kernel.js';
import { vectorKinds } from '../../../src/gpu/elementwise/vector-parameters.js';
import { cycleCauses } from '../../../src/trace/layer-activity.js';
import type { LayerTrace } from '../../../src/trace/layer-trace.js';
import { card, gemm, run } from '../cards.js';

const { config } = loadGpu('a100-80gb-sxm');
const device = resolveGpu(config);
const machine = { device, profile: healthyCard };
const kind = fc.constantFrom(...vectorKinds);
const size = fc.integer({ min: 1, max: 40000 });

function shape(rows: number, columns: number, inputs = 1) {
  return { rows, columns, read_bytes: rows * columns * 2 * inputs, write_bytes: rows * columns * 2 };
}

function row(kindOfRow: LayerTrace['kind'], name: string, output = 'fp16'): LayerTrace {
  const nothing = { format: 'none', payload_bitsPerElement: 0, metadata_bitsPerElement: 0 };
  return { ...gemm([512, 4096, 1], ['fp16', 'fp16']), kind: kindOfRow, name, weight: nothing, output: operandFormat(output) };
}

describe('kernels without products', () => {
  it('are never faster than their bytes from DRAM, and rise with rows', () => {
    fc.assert(
      fc.property(kind, size, fc.integer({ min: 8, max: 30000 }), (each, rows, columns) => {
        const cost = vectorKernel(machine, each, shape(rows, columns));
        const { dramRead_bytes, dramWrite_bytes, time_s, seconds } = cost;
        expect(time_s).toBeGreaterThan((dramRead_bytes + dramWrite_bytes) / (device.dram.bandwidth_GBps * 1e9));
        expect(cycleCauses.reduce((sum, cause) => sum + seconds[cause], 0) / time_s).toBeCloseTo(1, 9);
        expect(Math.min(...cycleCauses.map((cause) => seconds[cause]))).toBeGreaterThanOrEqual(0);
        expect(vectorKernel(machine, each, shape(2 * rows, columns)).time_s).toBeGreaterThanOrEqual(time_s);
      }),
      { numRuns: 100 },
    );
  });

  it('find what fits L2 there', () => {
    expect(vectorKernel(machine, 'add', shape(1024, 4096, 2)).dramRead_bytes).toBe(0);
    expect(vectorKernel(machine, 'add', shape(16384, 4096, 2)).dramRead_bytes).toBe(16384 * 4096 * 4);
  });

  it('meet single measured times within 16 %: additions and norms of Vidur, softmax and GELU of LLMCompass', () => {
    const at = (each: (typeof vectorKinds)[number], [rows, columns, inputs]: readonly [number, number, number], profile = healthyCard) =>
      vectorKernel({ device, profile }, each, shape(rows, columns, inputs)).time_s * 1e6;
    const near = (ours: number, measured_us: number) => expect(Math.abs(ours / measured_us - 1)).toBeLessThan(0.16);
    near(at('add', [16384, 4096, 2]), 237);
    near(at('add', [1024, 4096, 2]), 12.5);
    near(at('norm', [8192, 4096, 1]), 209.8);
    near(at('gate', [2048, 14336, 2]), 175.5);
    const { llmcompass } = profilesOf(config);
    near(at('softmax', [4096, 32768, 1], llmcompass), 557.2);
    near(at('add', [268435456, 1, 1], llmcompass), 707.3);
  });
});

describe('rows without products', () => {
  it('take time and energy of their own, all kinds of them', () => {
    const rows = [row('norm', 'norm'), row('elementwise', 'residual'), row('softmax', 'probabilities'), row('transform', 'cast', 'int8')];
    for (const { latency_s, energy_pJ, utilization } of run(card('a100-80gb-sxm'), rows).layers) {
      expect(latency_s).toBeGreaterThan(1e-6);
      expect(energy_pJ.total).toBeGreaterThan(0);
      expect(utilization).toBe(0);
    }
  });

  it('read two inputs where two are added or multiplied, one where the name is that of an activation alone', () => {
    const reads = (name: string) =>
      run(card('a100-80gb-sxm'), [{ ...row('elementwise', name), m: 65536 }]).layers[0]?.activity.dramRead_bytes;
    expect(reads('residual')).toBe(2 * 65536 * 4096 * 2);
    expect(reads('activation-gate')).toBe(2 * 65536 * 4096 * 2);
    expect(reads('activation')).toBe(65536 * 4096 * 2);
  });

  it('cost nothing where the kernel that takes the format quantizes for itself', () => {
    const fp8 = row('transform', 'quantize-activations', 'fp8-e4m3');
    const time = (name: string) => run({ ...card(name), kernels: shippedKernels() }, [row('norm', 'norm'), fp8]).layers[1]?.latency_s;
    expect(time('h100-sxm')).toBe(0);
    expect(time('a100-80gb-sxm')).toBeGreaterThan(0);
  });
});
