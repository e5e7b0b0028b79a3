import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrayOf } from '../../src/accelerator/array-design.js';
import { rooflineCharge } from '../../src/accelerator/timing/layer-roofline/charge.js';
import { rooflineCounts } from '../../src/accelerator/timing/layer-roofline/counts.js';
import { rooflineActivity } from '../../src/accelerator/timing/layer-roofline/layer-roofline.js';
import { rooflineHardware, type RooflineHardware } from '../../src/accelerator/timing/layer-roofline/hardware.js';
import { timingNamed } from '../../src/accelerator/timing/index.js';
import { pes } from '../../src/pe/index.js';
import { cycleCauses } from '../../src/trace/layer-activity.js';
import { layerMacs, operandBits, type LayerTrace } from '../../src/trace/layer-trace.js';
import { accelerator, bits, layer } from './hardware.js';

const bitmod = accelerator('bitmod');
const prefill = rooflineHardware(bitmod, arrayOf(bitmod, 'prefill'));
const decode = rooflineHardware(bitmod, arrayOf(bitmod, 'decode'));
const activityOn = (hardware: RooflineHardware, l: LayerTrace) => rooflineActivity(hardware, rooflineCharge(hardware, l), layerMacs(l));
const countsOf = (hardware: RooflineHardware, l: LayerTrace) => rooflineCounts(hardware, rooflineCharge(hardware, l));
const KiB = 1024;

describe('layer-roofline by hand', () => {
  it('charges a prefill projection of Llama-2-7B on BitMoD: 2^20 tiles of 2 terms, weights read four times', () => {
    const projection = layer({ m: 256, n: 4096, k: 4096, weight: bits(4, 0.078125) });
    expect(countsOf(prefill, projection)).toEqual({
      tiles: 1048576, // 4096/4 * 4096/32 * 256/32
      compute_cycles: 2097152,
      weight_bytes: 8552448, // 2088 bytes a row
      input_bytes: 2097152,
      output_bytes: 2097152,
      weightPasses: 4, // 4 * 8552448 + 2097152 < 17 * 2097152 + 8552448
      inputPasses: 1,
      dram_cycles: 1200128,
      weightGranules: 261 * 4096 * 4,
      inputGranules: 1024 * 256 + 1024 * 256,
      weightBus_bits: 512, // 4 weights of 8 bits for 32 rows, halved
      inputBus_bits: 1024,
      inputReads: 1048576,
    });
    const { cycles, utilization, peSteps } = activityOn(prefill, projection);
    expect(cycles).toMatchObject({ total: 2097152, compute: 2097152, dramStall: 0 });
    expect(utilization).toBe(1);
    expect(peSteps).toBe(1024 * 2097152);
  });

  it('charges grouped-query attention in decode by its KV operand: its terms, its bytes once per product, its bus', () => {
    // Llama-3-8B, 2 sequences of 1024 keys: 2 * 8 products of 4 queries each.
    const qk = layer({ kind: 'attention-qk', m: 4, n: 1024, k: 128, gemms: 16, sharedOperand: 'none', weight: bits(8) });
    expect(countsOf(decode, qk)).toMatchObject({
      tiles: 32 * 16 * 16,
      compute_cycles: 32768, // 4 terms
      weight_bytes: 128 * 1024 * 16,
      input_bytes: 256 * 4 * 16,
      output_bytes: 2048 * 4 * 16,
      dram_cycles: 70144,
      weightBus_bits: 1024,
      inputBus_bits: 512,
    });
    expect(activityOn(decode, qk).cycles).toMatchObject({ total: 70144, compute: 32768, dramStall: 37376 });
  });

  it('neither fetches nor reads an input that stays on the array, and still writes the outputs over their own bus', () => {
    const pv = layer({ kind: 'attention-pv', m: 64, n: 128, k: 256, gemms: 8, sharedOperand: 'none', weight: bits(8) });
    const fused = countsOf(prefill, { ...pv, activation: bits(0) });
    const plain = countsOf(prefill, pv);
    expect(fused).toMatchObject({ input_bytes: 0, inputReads: 0, output_bytes: plain.output_bytes, inputBus_bits: plain.inputBus_bits });
    expect(fused.inputGranules).toBe(32 * 64 * 8);
  });

  it('takes terms for the code words only: scales of a short group add bytes, never cycles of compute', () => {
    const short = countsOf(prefill, layer({ m: 32, n: 32, k: 32, weight: bits(4, 1.2) }));
    const long = countsOf(prefill, layer({ m: 32, n: 32, k: 32, weight: bits(4, 0.078125) }));
    expect(short.compute_cycles).toBe(long.compute_cycles);
    expect(short.weight_bytes).toBeGreaterThan(long.weight_bytes);
  });

  it('reads the weight of a linear layer once for all its sequences', () => {
    const shape = { m: 256, n: 64, k: 64, weight: bits(16) };
    expect(countsOf(prefill, layer({ ...shape, gemms: 3 })).weight_bytes).toBe(64 * 64 * 2);
    expect(countsOf(prefill, layer({ ...shape, gemms: 3, sharedOperand: 'none' })).weight_bytes).toBe(3 * 64 * 64 * 2);
    expect(countsOf(prefill, layer({ ...shape, gemms: 3 })).input_bytes).toBe(3 * 64 * 256 * 2);
  });

  it('halves both buses of a bit-serial PE only', () => {
    const l = layer({ m: 1, n: 1, k: 1, weight: bits(4) });
    expect(countsOf(prefill, l)).toMatchObject({ weightBus_bits: (4 * 4 * 32) / 2, inputBus_bits: (4 * 16 * 32) / 2 });
    expect(countsOf(rooflineHardware(accelerator('ant'), arrayOf(accelerator('ant'), 'prefill')), l)).toMatchObject({
      weightBus_bits: 4 * 32,
      inputBus_bits: 16 * 32,
    });
  });
});

describe('layer-roofline at its boundaries', () => {
  it.each([['n', 32], ['m', 32], ['k', 4]] as const)('takes one more tile when %s passes %i', (dimension, edge) => {
    const tiles = (size: number) => countsOf(prefill, layer({ m: 1, n: 1, k: 1, [dimension]: size })).tiles;
    expect([tiles(edge - 1), tiles(edge), tiles(edge + 1)]).toEqual([1, 1, 2]);
  }); // prettier-ignore

  it('reads again when both operands pass 512 KiB by one row, and not at 512 KiB exactly', () => {
    const k = 1024; // 16-bit rows of 2 KiB: 256 of them fill a buffer
    const passes = (m: number, n: number) => {
      const { weight_bytes, input_bytes, weightPasses, inputPasses } = countsOf(prefill, layer({ m, n, k, weight: bits(16) }));
      return [weight_bytes / KiB, input_bytes / KiB, weightPasses, inputPasses];
    };
    expect(passes(256, 256)).toEqual([512, 512, 1, 1]);
    expect(passes(256, 257)).toEqual([514, 512, 1, 1]);
    expect(passes(257, 256)).toEqual([512, 514, 1, 1]);
    expect(passes(257, 257)).toEqual([514, 514, 1, 2]); // equal costs: inputs again
    expect(passes(257, 256 * 3 + 1)[2]).toBe(2); // 2 passes over the weights beat 4 over the inputs
  });

  it('counts one byte above the buffer as above', () => {
    const passes = (k: number) => countsOf(prefill, layer({ m: 1, n: 1, k, weight: bits(8), activation: bits(8) })).inputPasses;
    expect([passes(512 * KiB), passes(512 * KiB + 1)]).toEqual([1, 2]);
  });

  it('rounds the bits of a row up to bytes and the DRAM cycles down', () => {
    expect(countsOf(prefill, layer({ m: 1, n: 1, k: 3, weight: bits(3) })).weight_bytes).toBe(2);
    // 32 bytes a cycle: 62 + 2 bytes of 1-byte weights, 2 of output
    const bytes = (k: number) =>
      countsOf(prefill, layer({ m: 1, n: 1, k, weight: bits(8), activation: bits(8), output: bits(8) })).dram_cycles;
    expect([bytes(15), bytes(16)]).toEqual([0, 1]);
  });
});

const dimension = fc.integer({ min: 1, max: 3000 });
const operand = fc
  .tuple(fc.constantFrom(2, 3, 4, 5.25, 6, 8, 16), fc.constantFrom(0, 0.0625, 0.078125, 0.125))
  .map(([payload, metadata]) => bits(payload, metadata));
const anyLayer = fc
  .record({
    m: dimension,
    n: dimension,
    k: dimension,
    gemms: fc.integer({ min: 1, max: 40 }),
    sharedOperand: fc.constantFrom('weight' as const, 'none' as const),
    weight: operand,
    activation: fc.constantFrom(bits(8), bits(16)),
  })
  .map(layer);
const anyHardware: fc.Arbitrary<RooflineHardware> = fc.record({
  rows: fc.integer({ min: 1, max: 128 }),
  columns: fc.integer({ min: 1, max: 128 }),
  dotSize: fc.constantFrom(1, 4, 8),
  pe: fc.constantFrom(...Object.values(pes)),
  weightBuffer_bytes: fc.integer({ min: 1, max: 1024 }).map((size) => size * KiB),
  activationBuffer_bytes: fc.integer({ min: 1, max: 1024 }).map((size) => size * KiB),
  dram_bitsPerCycle: fc.integer({ min: 1, max: 2048 }),
});

describe('layer-roofline for any array and layer', () => {
  it('explains its cycles: the causes add up to the total, which is the longer of compute and DRAM', () => {
    fc.assert(
      fc.property(anyHardware, anyLayer, (hardware, l) => {
        const { cycles } = activityOn(hardware, l);
        const { compute_cycles, dram_cycles } = countsOf(hardware, l);
        expect(cycleCauses.reduce((sum, cause) => sum + cycles[cause], 0)).toBe(cycles.total);
        expect(cycles.total).toBe(Math.max(compute_cycles, dram_cycles));
      }),
    );
  });

  it('never takes longer with more rows, more columns or more bandwidth', () => {
    fc.assert(
      fc.property(
        anyHardware,
        anyLayer,
        fc.constantFrom('rows', 'columns', 'dram_bitsPerCycle'),
        fc.integer({ min: 1, max: 100 }),
        (hardware, l, what, more) => {
          const larger = { ...hardware, [what]: hardware[what as 'rows'] + more };
          expect(activityOn(larger, l).cycles.total).toBeLessThanOrEqual(activityOn(hardware, l).cycles.total);
        },
      ),
    );
  });

  it('never beats the roofline: the multiplications over the array, and every operand moved once', () => {
    fc.assert(
      fc.property(anyHardware, anyLayer, (hardware, l) => {
        const { rows, columns, dotSize, pe, dram_bitsPerCycle } = hardware;
        const terms = pe.terms(l.weight.payload_bitsPerElement);
        const copies = l.sharedOperand === 'weight' ? 1 : l.gemms;
        const bitsMoved =
          operandBits(l.weight) * l.n * l.k * copies + (operandBits(l.activation) * l.k + operandBits(l.output) * l.n) * l.m * l.gemms;
        const { total } = activityOn(hardware, l).cycles;
        expect(total).toBeGreaterThanOrEqual(Math.floor((layerMacs(l) * terms) / (rows * columns * dotSize)));
        expect(total).toBeGreaterThanOrEqual(Math.floor(bitsMoved / dram_bitsPerCycle));
      }),
    );
  });

  it('keeps its utilization between 0 and 1, and at 1 only without padding and stall', () => {
    fc.assert(
      fc.property(anyHardware, anyLayer, (hardware, l) => {
        const { utilization, cycles } = activityOn(hardware, l);
        const { rows, columns, dotSize } = hardware;
        expect(utilization).toBeGreaterThan(0);
        expect(utilization).toBeLessThanOrEqual(1);
        const exactFit = l.n % rows === 0 && l.m % columns === 0 && l.k % dotSize === 0;
        if (utilization === 1) expect(exactFit && cycles.dramStall === 0).toBe(true);
      }),
    );
  });
});

describe('a timing model', () => {
  it('that does not exist is refused with the names there are', () => {
    expect(() => timingNamed('layer-rooflin', 'x.yaml:3:9')).toThrow(
      /unknown timing model: layer-rooflin \(x.yaml:3:9\); expected one of: layer-roofline/,
    );
  });
});
