import fc from 'fast-check';
import { all, create } from 'mathjs';
import { describe, expect, it } from 'vitest';
import { dataflows } from '../../src/accelerator/accelerator-config.js';
import { explainLayer } from '../../src/accelerator/explain.js';
import { simulateAccelerator } from '../../src/accelerator/simulate.js';
import { loadAccelerator } from '../../src/config/catalogue.js';
import { layerTraceSchema, type LayerTrace } from '../../src/trace/layer-trace.js';
import { operandFormat } from '../../src/formats/index.js';
import { sramTable } from './hardware.js';

const math = create(all as NonNullable<typeof all>);
const context = { sramTable };
const systolic = (...settings: string[]) => loadAccelerator('systolic', settings).config;
const int8 = operandFormat('int8');

function gemm(shape: { m: number; n: number; k: number } & Partial<LayerTrace>): LayerTrace {
  return layerTraceSchema.parse({ name: 'layer', kind: 'gemm', activation: int8, weight: int8, output: int8, ...shape });
}

const simulate = (hardware: ReturnType<typeof systolic>, layer: LayerTrace) => {
  const [result] = simulateAccelerator(hardware, [{ layers: [layer] }], context).layers;
  if (result === undefined) throw new Error('no layer');
  return result;
};

const dimension = fc.integer({ min: 1, max: 3000 });
const anyLayer = fc
  .record({
    m: dimension,
    n: dimension,
    k: dimension,
    gemms: fc.integer({ min: 1, max: 9 }),
    sharedOperand: fc.constantFrom('weight' as const, 'none' as const),
  })
  .map(gemm);
const ports = 'activationPort_elementsPerCycle: 7, weightPort_elementsPerCycle: 10, outputPort_elementsPerCycle: 3';
const anyDesign = fc
  .record({
    rows: fc.integer({ min: 1, max: 70 }),
    columns: fc.integer({ min: 1, max: 70 }),
    dataflow: fc.constantFrom(...dataflows),
    convention: fc.constantFrom('lowbit', 'scale-sim'),
    bandwidth: fc.constantFrom('{ bandwidth: unlimited', '{ bandwidth: shared', `{ bandwidth: ports, ${ports}`),
  })
  .map(({ rows, columns, dataflow, convention, bandwidth }) =>
    systolic(
      `array={ rows: ${rows}, columns: ${columns} }`,
      `dataflow=${dataflow}`,
      `timingOptions=${bandwidth}, convention: ${convention} }`,
    ),
  );

describe('systolic-folds as a machine', () => {
  it('explains every layer with numbers that evaluate to its values, and the cycles are those of the simulation', () => {
    fc.assert(
      fc.property(anyDesign, anyLayer, (hardware, layer) => {
        const terms = explainLayer(hardware, layer, undefined, context);
        for (const term of terms) {
          const value = Number(math.evaluate(term.numbers));
          expect(Math.abs(value - term.value), `${term.name}: ${term.numbers}`).toBeLessThanOrEqual(1e-12 * Math.abs(value));
        }
        const result = simulate(hardware, layer);
        const value = (name: string): number | undefined => terms.find((term) => term.name === name)?.value;
        const { total, compute, fill, drain, dramStall } = result.cycles;
        expect([value('layer cycles'), value('compute'), value('fill'), value('drain'), value('dramStall')]).toEqual([
          total,
          compute,
          fill,
          drain,
          dramStall,
        ]);
        const { sram } = result.activity;
        expect(value('activation buffer reads')).toBe(sram['activation']?.read_accesses);
        expect(value('weight buffer reads')).toBe(sram['weight']?.read_accesses);
      }),
      { numRuns: 40 },
    );
  });

  it('takes F x P cycles and all traffic over the shared interface, whichever is longer', () => {
    fc.assert(
      fc.property(anyLayer, dimension, (layer, bandwidth) => {
        const { cycles, activity } = simulate(systolic(`dram.bandwidth_bitsPerCycle=${bandwidth}`), layer);
        const dram = Math.ceil(((activity.dramRead_bytes + activity.dramWrite_bytes) * 8) / bandwidth);
        expect(cycles.total).toBe(Math.max(cycles.compute + cycles.fill + cycles.drain, dram));
      }),
      { numRuns: 40 },
    );
  });

  it('never takes longer with more bandwidth or larger buffers', () => {
    fc.assert(
      fc.property(anyLayer, fc.constantFrom(...dataflows), fc.integer({ min: 1, max: 64 }), (layer, dataflow, size) => {
        const buffers = (size_KiB: number): string[] =>
          ['weight', 'activation', 'output'].map((name) => `buffers.${name}.size_KiB=${size_KiB}`);
        const cyclesAt = (bits: number, size_KiB: number): number =>
          simulate(systolic(`dataflow=${dataflow}`, `dram.bandwidth_bitsPerCycle=${bits}`, ...buffers(size_KiB)), layer).cycles.total;
        expect(cyclesAt(64, size)).toBeLessThanOrEqual(cyclesAt(32, size));
        expect(cyclesAt(32, 2 * size)).toBeLessThanOrEqual(cyclesAt(32, size));
      }),
      { numRuns: 30 },
    );
  });

  it('keeps partial sums in an output buffer whose half holds them, and sends them out and back with one element less', () => {
    // ws, 32 columns: a block of 1024 x 32 partial sums of one byte is half of 64 KiB.
    const layer = (m: number): LayerTrace => gemm({ m, n: 64, k: 320 });
    const at = (m: number) => simulate(systolic('dataflow=ws'), layer(m)).activity;
    expect(at(1024).dramWrite_bytes).toBe(1024 * 64);
    expect(at(1025).dramWrite_bytes).toBe(1025 * 64 * 10);
    expect(at(1025).dramRead_bytes).toBe(at(1024).dramRead_bytes + 1025 * 64 * 9 + 1025 * 320 * 2 - 1024 * 320 * 2);
  });

  it('counts sums that come back from DRAM among the writes of the output buffer, 2 Fr - 1 per output, and Fr where they stay', () => {
    const output = (m: number) => simulate(systolic('dataflow=ws'), gemm({ m, n: 64, k: 320 })).activity.sram.output;
    expect(output(1024)).toMatchObject({ write_accesses: 10 * 1024 * 64, read_accesses: 10 * 1024 * 64 });
    expect(output(1025)).toMatchObject({ write_accesses: (2 * 10 - 1) * 1025 * 64, read_accesses: (2 * 10 - 1) * 1025 * 64 });
  });

  it('fetches shared weights that stay in the buffer once, and others once per product', () => {
    const shape = { m: 16, n: 64, k: 64, gemms: 4 };
    const reads = (layer: LayerTrace): number => simulate(systolic(), layer).activity.dramRead_bytes;
    expect(reads(gemm({ ...shape, sharedOperand: 'weight' }))).toBe(64 * 64 + 4 * 16 * 64);
    expect(reads(gemm({ ...shape, sharedOperand: 'none' }))).toBe(4 * (64 * 64 + 16 * 64));
  });

  it('charges the leading and trailing fold of 32 elements alike, and a second fold from 33', () => {
    const cycles = (m: number): number => simulate(systolic('timingOptions.bandwidth=unlimited'), gemm({ m, n: 32, k: 100 })).cycles.total;
    expect([cycles(1), cycles(32), cycles(33), cycles(64), cycles(65)]).toEqual([162, 162, 324, 324, 486]);
  });

  it.each([
    ['fp16 weights', { weight: operandFormat('fp16') }, /int8 takes weights of at most 8 bits: fp16 weights, int8 activations \(layer\)/],
    ['fp16 activations', { activation: operandFormat('fp16') }, /int8 takes activations of at most 8 bits/],
    ['8-bit floats', { weight: operandFormat('e4m3') }, /int8 cannot multiply them/],
  ] as const)('refuses %s on 8-bit integer PEs', (_name, operands, message) => {
    expect(() => simulate(systolic(), gemm({ m: 1, n: 1, k: 1, ...operands }))).toThrow(message);
    expect(() => explainLayer(systolic(), gemm({ m: 1, n: 1, k: 1, ...operands }), undefined, context)).toThrow(message);
  });

  it('refuses PEs that do not multiply once per cycle', () => {
    expect(() => simulate(systolic('pe.model=bitmod'), gemm({ m: 1, n: 1, k: 1 }))).toThrow(/bitmod takes 4 cycles for these weights/);
  });

  it.each([
    ['timingOptions.bandwidth=ports', /missing key: timingOptions.activationPort_elementsPerCycle/],
    ['timingOptions.weightPort_elementsPerCycle=1', /weightPort_elementsPerCycle needs bandwidth: ports/],
    ['timingOptions.convention=scalesim', /unknown timingOptions.convention: scalesim .*did you mean scale-sim/],
    ['timingOptions.conventoin=x', /unknown key in timingOptions: conventoin .*did you mean convention/],
    ['dataflow=rs', /dataflow.*os/],
  ])('refuses --set %s', (setting, message) => {
    expect(() => systolic(setting)).toThrow(message);
  });
});
