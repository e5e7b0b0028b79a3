import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AcceleratorConfig } from '../../src/accelerator/accelerator-config.js';
import { timingNamed } from '../../src/accelerator/timing/index.js';
import { loadAccelerator } from '../../src/config/catalogue.js';
import { operandFormat } from '../../src/formats/index.js';
import type { LayerTrace } from '../../src/trace/layer-trace.js';
import { layer } from './hardware.js';

const accelerator = (name: string): AcceleratorConfig => loadAccelerator(name).config;
const context = { energy_pJ: () => null };
const machineOf = (hardware: AcceleratorConfig) => timingNamed(hardware.timing).machine(hardware, hardware.array, context);
const activityOf = (hardware: AcceleratorConfig, trace: LayerTrace) => machineOf(hardware).activity(trace);

const bitmod = accelerator('bitmod-native');
const int8 = accelerator('int8-systolic');
const fp16 = accelerator('fp16-native');

function gemm(shape: { m: number; n: number; k: number } & Partial<LayerTrace>, weight: string, activation: string): LayerTrace {
  return layer({ weight: operandFormat(weight), activation: operandFormat(activation), output: operandFormat(activation), ...shape });
}

const grouped = (shape: { m: number; n: number; k: number }) => gemm(shape, 'int4-g128', 'fp16');

describe('native beside the published models', () => {
  const multiple = fc.integer({ min: 1, max: 5 });

  it.each(['os', 'ws', 'is'] as const)('takes the cycles of systolic-folds where folds do not overlap and DRAM is free: %s', (dataflow) => {
    fc.assert(
      fc.property(multiple, multiple, multiple, (a, b, c) => {
        const [m, n, k] = [8 * a, 8 * b, 8 * c];
        const { latency_ns: _latency, ...memory } = int8.dram;
        const unlimited = { ...int8, array: { rows: 8, columns: 8 }, dataflow, dram: { ...memory, bandwidth_bitsPerCycle: Infinity } };
        const { dequantization: _, ...shared } = unlimited;
        const trace = gemm({ m, n, k }, 'int8', 'int8');
        const ours = activityOf({ ...shared, timingOptions: { foldOverlap: 'none', mapping: { tm: m, tn: n, tk: k } } }, trace);
        const theirs = activityOf({ ...shared, timing: 'systolic-folds', timingOptions: { bandwidth: 'unlimited' } }, trace);
        expect(ours.cycles.total).toBe(theirs.cycles.total);
        expect(ours.cycles.compute).toBe(theirs.cycles.compute);
        expect(ours.macs).toBe(theirs.macs);
      }),
      { numRuns: 40 },
    );
  });

  it('takes the cycles of layer-roofline and its own fill and drain where DRAM is what decode waits for', () => {
    for (const [n, k] of [[4096, 4096], [1024, 4096], [14336, 4096], [4096, 14336], [128256, 4096]] as const) {
      const trace = gemm({ m: 1, n, k }, 'bitmod-fp4-g128', 'fp16');
      const array = bitmod.arrayByPhase?.decode ?? bitmod.array;
      const ours = timingNamed('native').machine(bitmod, array, context).activity(trace);
      // Rows of the published array hold n, rows of an output-stationary one m.
      const theirs = activityOf({ ...accelerator('bitmod'), array: { rows: array.columns, columns: array.rows } }, trace);
      const { total, fill, drain } = ours.cycles;
      expect(total - theirs.cycles.total).toBeGreaterThanOrEqual(0);
      expect(total - theirs.cycles.total).toBeLessThanOrEqual(fill + drain);
      expect(ours.dramRead_bytes + ours.dramWrite_bytes).toBe(theirs.dramRead_bytes + theirs.dramWrite_bytes);
    } // prettier-ignore
  });

  it('computes for as long as loop-order-search where the array is the limit, and adds its own fill and drain', () => {
    const { dequantization: _, ...native } = accelerator('ant-native');
    for (const [m, n, k] of [[512, 1024, 4096], [256, 2048, 2048], [64, 64, 8192]] as const) {
      const trace = gemm({ m, n, k }, 'ant4', 'ant4');
      const ours = activityOf(native, trace).cycles;
      const theirs = activityOf(accelerator('ant-os'), trace).cycles;
      expect(ours.compute).toBe(theirs.compute);
      expect(ours.total).toBeGreaterThanOrEqual(theirs.compute);
      expect(ours.total - ours.fill - ours.drain - ours.sync).toBeLessThanOrEqual(1.01 * theirs.total);
    } // prettier-ignore
  });
});

describe('dequantization on native', () => {
  const placed = (placement: 'before-mac' | 'after-group' | 'epilogue', mapping?: object): AcceleratorConfig => ({
    ...fp16,
    timingOptions: mapping === undefined ? {} : { mapping },
    dequantization: { placement, operationsPerCycle: 32, energy_pJPerOperation: 1, source: 'test' },
  });

  it('before the MAC multiplies every weight of a tile each time it is loaded', () => {
    const tiles = { tm: 64, tn: 256, tk: 128, order: 'mn' };
    expect(activityOf(placed('before-mac', tiles), grouped({ m: 256, n: 2048, k: 1024 })).dequant_operations).toBe(4 * 2048 * 1024);
    expect(activityOf(placed('before-mac', tiles), grouped({ m: 64, n: 2048, k: 1024 })).dequant_operations).toBe(2048 * 1024);
  });

  it('after the group multiplies every group of every output, so that it gains up to group rows', () => {
    const operations = (placement: 'before-mac' | 'after-group', m: number) =>
      activityOf(placed(placement, { tm: 64, tn: 128, tk: 512 }), grouped({ m, n: 512, k: 1024 })).dequant_operations;
    expect(operations('after-group', 96)).toBe((96 * 512 * 1024) / 128);
    for (const m of [1, 127, 128]) expect(operations('after-group', m)).toBeLessThanOrEqual(operations('before-mac', m));
    expect(operations('after-group', 129)).toBeGreaterThan(512 * 1024);
  });

  it.each(['before-mac', 'after-group'] as const)(
    'takes no less time for more k, whether that ends a group or begins one: %s',
    (placement) => {
      const around = fc.integer({ min: 1, max: 3 }).chain((groups) => fc.integer({ min: 128 * groups - 8, max: 128 * groups + 8 }));
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 900 }),
          fc.integer({ min: 1, max: 400 }),
          around,
          fc.integer({ min: 1, max: 16 }),
          (m, n, k, more) => {
            const cycles = (length: number): number => activityOf(placed(placement), grouped({ m, n, k: length })).cycles.total;
            expect(cycles(k + more)).toBeGreaterThanOrEqual(cycles(k));
          },
        ),
        { numRuns: 40 },
      );
    },
  );

  it('leaves groups whole in the tiles it chooses, so that the law holds for every layer', () => {
    for (const [m, n, k] of [[1, 4096, 4096], [512, 4096, 4096], [37, 100, 1024]] as const)
      expect(activityOf(placed('after-group'), grouped({ m, n, k })).dequant_operations).toBe((m * n * k) / 128); // prettier-ignore
  });

  it('waits once per layer for the first bits of a DRAM whose latency is known', () => {
    const at = (latency_ns: number) => ({ ...bitmod, dram: { ...bitmod.dram, latency_ns } });
    const trace = gemm({ m: 1, n: 512, k: 512 }, 'bitmod-fp4-g128', 'fp16');
    const cycles = (latency_ns: number) => activityOf(at(latency_ns), trace).cycles;
    expect(cycles(40.5).total - activityOf(bitmod, trace).cycles.total).toBe(41);
    expect(cycles(40.5).fill - activityOf(bitmod, trace).cycles.fill).toBe(41);
  });

  it('multiplies once per output where one scale serves the whole sum, and nothing where there is no scale', () => {
    const perChannel = gemm({ m: 32, n: 64, k: 256 }, 'int8', 'fp16');
    for (const placement of ['after-group', 'epilogue'] as const)
      expect(activityOf(placed(placement), perChannel).dequant_operations).toBe(32 * 64);
    for (const placement of ['before-mac', 'after-group', 'epilogue'] as const)
      expect(activityOf(placed(placement), gemm({ m: 32, n: 64, k: 256 }, 'fp16', 'fp16')).dequant_operations).toBe(0);
  });

  it('refuses an epilogue for scales that change along k, and groups that nothing dequantizes', () => {
    expect(() => activityOf(placed('epilogue'), grouped({ m: 1, n: 64, k: 256 }))).toThrow(/cannot wait for the epilogue.*after-group/);
    const { dequantization: _, ...bare } = fp16;
    expect(() => activityOf(bare, grouped({ m: 1, n: 64, k: 256 }))).toThrow(
      /nothing dequantizes.*int4-g128.*layer layer.*add dequantization/,
    );
  });

  it('inside the BitMoD PE stalls a group exactly when its steps are fewer than the bits of its scale', () => {
    const compute = (group: number) => activityOf(bitmod, gemm({ m: 1, n: 32, k: 1920 }, `bitmod-fp4-g${group}`, 'fp16')).cycles.compute;
    expect(compute(16)).toBe(compute(128));
    expect(compute(12)).toBe(compute(128) + (1920 / 12) * 2);
    expect(() => activityOf({ ...bitmod, dataflow: 'ws' }, gemm({ m: 1, n: 32, k: 1920 }, 'bitmod-fp4-g128', 'fp16'))).toThrow(
      /dataflow: os/,
    );
  });
});

describe('what native moves and switches', () => {
  it('reads activations once per column fold and weights once per row fold on an output-stationary array', () => {
    const hardware = { ...bitmod, timingOptions: { mapping: { tm: 96, tn: 160, tk: 256 } } };
    const { sram } = activityOf(hardware, gemm({ m: 96, n: 160, k: 256 }, 'bitmod-fp4-g128', 'fp16'));
    const words = 256 / 4;
    expect(sram['activation']?.read_accesses).toBe((96 * words * 5 * 2) / 32);
    expect(sram['weight']?.read_accesses).toBe((160 * words * 3 * 2) / 32);
    expect(sram['output']).toMatchObject({ write_accesses: (96 * 160) / 32, read_accesses: (96 * 160) / 32, access_bits: 32 * 32 });
  });

  it('writes a sum once per k tile, and reads it back for all but the first', () => {
    const hardware = { ...bitmod, timingOptions: { mapping: { tm: 96, tn: 32, tk: 64 } } };
    const { sram } = activityOf(hardware, gemm({ m: 96, n: 160, k: 256 }, 'bitmod-fp4-g128', 'fp16'));
    expect(sram['output']).toMatchObject({ write_accesses: (4 * 96 * 160) / 32, read_accesses: (4 * 96 * 160) / 32 });
  });

  it('counts DRAM bytes with scales, every operand that stays once', () => {
    const { dramRead_bytes, dramWrite_bytes } = activityOf(bitmod, gemm({ m: 3, n: 160, k: 256 }, 'bitmod-fp4-g128', 'fp16'));
    expect(dramRead_bytes).toBe((160 * 256 * (4 + 10 / 128) + 3 * 256 * 16) / 8);
    expect(dramWrite_bytes).toBe((3 * 160 * 16) / 8);
  });

  it('charges PEs without work their idle share of the streaming cycles', () => {
    const trace = gemm({ m: 1, n: 128, k: 128 }, 'int8', 'int8');
    const full = { ...int8, timingOptions: { mapping: { tm: 1, tn: 128, tk: 128 } } };
    const gated = activityOf(full, trace);
    const idle = activityOf({ ...full, pe: { ...int8.pe, idleShare: 0.25 } }, trace);
    expect(gated.peSteps).toBe(128 * 128);
    const partial = gemm({ m: 1, n: 64, k: 32 }, 'int8', 'int8');
    const mapping = { tm: 1, tn: 64, tk: 32 };
    const oneFold = { ...int8, timingOptions: { mapping } };
    expect(activityOf(oneFold, partial).peSteps).toBe(64 * 32);
    expect(activityOf({ ...oneFold, pe: { ...int8.pe, idleShare: 0.25 } }, partial).peSteps).toBe(64 * 32 + 0.25 * (128 * 128 - 64 * 32));
    expect(idle.peSteps).toBe(gated.peSteps);
  });

  it('takes products that share their weight as one, and others one after another', () => {
    const shape = { m: 2, n: 64, k: 128, gemms: 4 };
    const shared = activityOf(int8, gemm(shape, 'int8', 'int8'));
    const apart = activityOf(int8, gemm({ ...shape, sharedOperand: 'none', kind: 'attention-qk' }, 'int8', 'int8'));
    expect(shared.cycles).toEqual(activityOf(int8, gemm({ m: 8, n: 64, k: 128 }, 'int8', 'int8')).cycles);
    expect(apart.dramRead_bytes - shared.dramRead_bytes).toBe(3 * 64 * 128);
    expect(apart.cycles.total).toBeGreaterThan(shared.cycles.total);
  });

  it('moves a shared operand once for all cores, and is never slower with more of them', () => {
    const trace = gemm({ m: 64, n: 512, k: 512 }, 'bitmod-fp4-g128', 'fp16');
    const one = activityOf(bitmod, trace);
    for (const cores of [2, 3, 4]) {
      const several = activityOf({ ...bitmod, cores }, trace);
      expect(several.cycles.total).toBeLessThanOrEqual(one.cycles.total);
      expect(several.dramWrite_bytes).toBe(one.dramWrite_bytes);
      expect(several.dramRead_bytes).toBe((64 * 512 * 16 + 512 * 512 * (4 + 10 / 128)) / 8);
    }
  });
});

describe('what native refuses', () => {
  const trace = gemm({ m: 512, n: 512, k: 512 }, 'int8', 'int8');
  const output = int8.buffers.output ?? int8.buffers.weight;

  it('names buffer, demand, bound and remedy where a fixed mapping does not fit, and takes the one that just does', () => {
    const at = (size_KiB: number): AcceleratorConfig => ({
      ...int8,
      buffers: { ...int8.buffers, output: { ...output, size_KiB } },
      timingOptions: { mapping: { tm: 256, tn: 128, tk: 512 } },
    });
    expect(activityOf(at(256), trace).cycles.total).toBeGreaterThan(0);
    expect(() => activityOf(at(255), trace)).toThrow(
      /half of the output buffer: tm 256 \* tn 128 elements, 1048576 bits of 1044480 \(layer layer\).*output\.size_KiB to 256 or more.*tm or tn/,
    );
  });

  it('says the same of the smallest tile where no mapping fits', () => {
    const tiny = { ...int8, buffers: { ...int8.buffers, weight: { ...int8.buffers.weight, size_KiB: 1 / 8192 } } };
    expect(() => activityOf(tiny, trace)).toThrow(/half of the weight buffer: tn 1 \* tk 1 elements, 8 bits of 0.*to 1 or more/);
  });

  it('finds tiles smaller than the array where those of its size do not fit', () => {
    const small = (size_KiB: number): AcceleratorConfig => ({
      ...int8,
      buffers: { ...int8.buffers, weight: { ...int8.buffers.weight, size_KiB } },
    });
    const cycles = [1, 4, 31, 32, 64].map((size_KiB) => activityOf(small(size_KiB), trace).cycles.total);
    expect(cycles).toEqual(cycles.toSorted((a, b) => b - a));
  });

  it('names layer, operand, format and element where the PE cannot take an operand', () => {
    expect(() => activityOf(int8, gemm({ m: 1, n: 64, k: 64 }, 'fp16', 'fp16'))).toThrow(
      /int8 PE cannot multiply this weight: fp16 \(layer layer\)/,
    );
    expect(() => activityOf(int8, gemm({ m: 1, n: 64, k: 64 }, 'int8', 'fp16'))).toThrow(/int8 PE cannot multiply this activation: fp16/);
    expect(() => activityOf(int8, layer({ m: 1, n: 64, k: 64 }))).toThrow(/cannot multiply this activation: x, 16 bits.*at most 8 bits/);
    const kv = { kind: 'attention-pv', sharedOperand: 'none' } as const;
    expect(() => activityOf(int8, gemm({ m: 1, n: 64, k: 64, ...kv }, 'fp16', 'int8'))).toThrow(/KV tensor/);
  });

  it('offers dequantization before the MAC only where that makes the operands ones the PE takes', () => {
    const refusal = (hardware: AcceleratorConfig, layer: LayerTrace): string => {
      try {
        activityOf(hardware, layer);
        return '';
      } catch (error) {
        return String(error);
      }
    };
    expect(refusal(int8, gemm({ m: 1, n: 64, k: 128 }, 'nf4-g64', 'int8'))).toMatch(/cannot multiply this weight.*before-mac/);
    for (const [weight, activation] of [['fp16', 'fp16'], ['int8', 'fp16']] as const)
      expect(refusal(int8, gemm({ m: 1, n: 64, k: 64 }, weight, activation))).toMatch(/^(?=.*cannot multiply)(?!.*before-mac)/);
  }); // prettier-ignore

  it('asks for the missing energies where an objective needs them', () => {
    const hardware = { ...int8, timingOptions: { objective: 'edp' } };
    expect(() => activityOf(hardware, trace)).toThrow(/objective with energy where a part of the energy is unknown \(layer layer\)/);
  });
});
