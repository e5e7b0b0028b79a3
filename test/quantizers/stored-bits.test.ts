/** Does every quantizer state for a shape what it stores for a matrix of that shape, and is that what its codes and side data take? */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockTypeNames, blockTypes, type BlockTypeName } from '../../src/formats/gguf/block-types.js';
import type { Matrix } from '../../src/numeric/matrix.js';
import { parseOptions } from '../../src/quantizers/quantize-options.js';
import { quantizerNamed, quantizers } from '../../src/quantizers/index.js';
import { bitsPerWeight, type BitParts, type SideArray } from '../../src/quantizers/quantizer.js';
import { heavyTailed } from './random-matrix.js';
import { quantizeSeeing } from './synthetic-calibration.js';

/** Bits of an entry of each side array, or of the whole array; 0 for what is known from the options and is stored for readers only. */
type Widths = Readonly<Record<string, number | ((array: SideArray) => number)>>;
interface Variant {
  readonly name: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly widths: Widths;
  /** The columns are a multiple of it. */
  readonly multiple?: number;
  /** Parts that the values decide. */
  readonly measured?: readonly (keyof BitParts)[];
}

const FACTORS: Widths = { lowRankA: 8, lowRankAExponents: 8, lowRankB: 8, lowRankBExponents: 8 };
const TILES: Widths = { scaleCodes: 3, zeroCodes: 3, scaleLows: 16, scaleSteps: 16, zeroLows: 16, zeroSteps: 16 };
/** Bytes of a block of a GGUF file. */
const BLOCK_bytes: Readonly<Record<BlockTypeName, number>> = {
  q4_0: 18,
  q4_1: 20,
  q5_0: 22,
  q5_1: 24,
  q8_0: 34,
  q2_k: 84,
  q3_k: 110,
  q4_k: 144,
  q5_k: 176,
  q6_k: 210,
};

const variants: readonly Variant[] = [
  ...['tensor', 'channel', 'group'].flatMap((granularity): Variant[] => [
    { name: 'rtn', options: { bits: 3, granularity, group: 48 }, widths: { scales: 16 } },
    { name: 'rtn', options: { bits: 3, granularity, group: 48, symmetric: false }, widths: { scales: 16, zeros: 3 } },
    { name: 'float', options: { granularity, group: 48 }, widths: { scales: 16 } },
    { name: 'ant', options: { granularity, group: 48 }, widths: { scales: 32 } },
    { name: 'olive', options: { granularity, group: 48 }, widths: { scales: 32, padding: 4 } },
  ]),
  { name: 'olive', options: { bits: 8 }, widths: { scales: 32, padding: 8 } },
  { name: 'nf4', options: { block: 48 }, widths: { scales: 32 } },
  { name: 'nf4', options: { block: 16, doubleQuantization: true }, widths: { scaleCodes: 8, scaleScales: 32, scaleMean: 32 } },
  { name: 'mx', widths: { scales: 8 }, multiple: 32 },
  { name: 'nvfp4', widths: { scales: 8, tensorScale: 32 }, multiple: 16 },
  { name: 'bitmod', options: { group: 48 }, widths: { scaleCodes: 8, channelScales: 16, selectors: 2 } },
  { name: 'bitmod', options: { bits: 6, group: 48, secondLevel: 'int4' }, widths: { scaleCodes: 4, channelScales: 16 } },
  { name: 'bitmod', options: { group: 48, secondLevel: 'none', scaleFormat: 'fp32' }, widths: { scales: 32, selectors: 2 } },
  { name: 'gobo', widths: { centroids: 32, outliers: 32, outlierPositions: 16, outlierCounts: 32 }, measured: ['outlier'] },
  ...blockTypeNames.map((type): Variant => ({ name: 'gguf', options: { type }, widths: {}, multiple: blockTypes[type].elements })),
  { name: 'mxint', options: { group: 24 }, widths: { exponents: 8 } },
  { name: 'lqer', options: { rank: 8 }, widths: { exponents: 8, ...FACTORS } },
  { name: 'lqer', options: { rank: 8, base: 'rtn', group: 48 }, widths: { scales: 16, ...FACTORS } },
  { name: 'l2qer', options: { rank: 100 }, widths: { exponents: 8, ...FACTORS } },
  ...['lq-lora', 'lq-lora-inputs'].map((name): Variant => ({
    name,
    options: { bits: 3, block: 16, scaleBits: 4, scaleBlock: 32, scaleType: 'bf16', rank: 4, iterations: 2 },
    widths: { scaleCodes: 4, scaleScales: 16, scaleOffset: 32, lowRankA: 16, lowRankB: 16 },
  })),
  {
    name: 'spqr',
    widths: { ...TILES, outliers: 16, outlierColumns: 16, rowPointers: ({ length }) => 32 * (length - 1) },
    measured: ['outlier'],
  },
  { name: 'qoq', options: { group: 48 }, widths: { channelScales: 16, groupScales: 8, zeros: 4 } },
  { name: 'qoq', options: { granularity: 'channel' }, widths: { scales: 16, zeros: 4 } },
  { name: 'fmpq', widths: { scales: 16, blockBits: 0 } },
  { name: 'atom', options: { rounding: 'nearest' }, widths: { scales: 16, blockBits: 1 } },
  { name: 'quest', options: { bits: 3 }, widths: { scales: 16 } },
  { name: 'gptq', options: { bits: 3, granularity: 'channel', actOrder: true }, widths: { scales: 16 } },
  { name: 'gptq', options: { bits: 3, group: 48, actOrder: true, staticGroups: true }, widths: { scales: 16 } },
  { name: 'gptq', options: { bits: 3, group: 16, actOrder: true, symmetric: false }, widths: { scales: 16, zeros: 3, groupIndex: 32 } },
  {
    name: 'gptq',
    options: { bits: 3, group: 16, actOrder: true, fallback: 'rtn' },
    widths: { scales: 16, groupIndex: 32 },
    measured: ['permutation'],
  },
  { name: 'awq-clip', options: { group: 48 }, widths: { scales: 16, zeros: 4 } },
  { name: 'mr-gptq', options: { target: 'mxfp4' }, widths: { scales: 8 }, multiple: 32 },
  { name: 'mr-gptq', options: { target: 'nvfp4' }, widths: { scales: 8, tensorScale: 32 }, multiple: 32 },
];

const shapes = (multiple: number): fc.Arbitrary<Matrix> =>
  fc
    .record({ rows: fc.integer({ min: 17, max: 40 }), blocks: fc.integer({ min: 1, max: Math.ceil(200 / multiple) }), seed: fc.nat() })
    .map(({ rows, blocks, seed }) => ({
      rows,
      cols: Math.max(multiple * blocks, multiple === 1 ? 17 : multiple),
      data: heavyTailed(rows * Math.max(multiple * blocks, multiple === 1 ? 17 : multiple), seed),
    }));

describe.each(variants.map((variant) => [variant.name, variant.options ?? {}, variant] as const))(
  '%s %j',
  (name, options, { widths, multiple = 1, measured = [] }) => {
    const quantizer = quantizerNamed(name);
    const parsed = parseOptions(quantizer, options);

    it('states for the shape what it stores for the matrix, part by part', () => {
      fc.assert(
        fc.property(shapes(multiple), (tensor) => {
          const { bits } = quantizeSeeing(name, tensor, options);
          const stated = quantizer.storedBits({ rows: tensor.rows, cols: tensor.cols }, parsed);
          const unknown = Object.entries(stated).flatMap(([part, value]) => (Number.isNaN(value) ? [part] : []));
          expect(unknown).toEqual(measured);
          expect({ ...stated, ...Object.fromEntries(measured.map((part) => [part, 0])) }).toEqual({
            ...bits,
            ...Object.fromEntries(measured.map((part) => [part, 0])),
          });
        }),
        { numRuns: 6 },
      );
    });

    it('stores as many bits as its codes and side data have', () => {
      fc.assert(
        fc.property(shapes(multiple), (tensor) => {
          const quantized = quantizeSeeing(name, tensor, options);
          const { codes, codeBits, bits, side } = quantized;
          const total = bitsPerWeight(bits) * codes.length;
          expect(total).toBeCloseTo(name === 'gguf' ? blockBits(quantized.choices['type'], codes.length) : counted(), 4);

          function counted(): number {
            const taken = Object.entries(side).map(([array, entries]) => {
              const width = widths[array]!;
              return typeof width === 'number' ? entries.length * width : width(entries);
            });
            // The last block of 128 columns is INT8, the others are INT4.
            const wide = name === 'atom' ? tensor.cols - 128 * Math.floor((tensor.cols - 1) / 128) : 0;
            const payload = name === 'atom' ? tensor.rows * (4 * tensor.cols + 4 * wide) : codes.length * codeBits;
            return taken.reduce((sum, one) => sum + one, payload);
          }
        }),
        { numRuns: 4 },
      );
    });
  },
);

function blockBits(type: unknown, elements: number): number {
  const name = type as BlockTypeName;
  return (8 * BLOCK_bytes[name] * elements) / blockTypes[name].elements;
}

describe('these variants', () => {
  it('hold every quantizer', () => {
    expect([...new Set(variants.map(({ name }) => name))].sort()).toEqual(Object.keys(quantizers).sort());
  });
});

describe('outliers stored apart', () => {
  it('take what their number says where it is given: SpQR 32 bits each and a pointer of 32 per row', () => {
    const spqr = quantizerNamed('spqr');
    const shape = { rows: 4096, cols: 4096 };
    // 1 % of the weights, the published average: 3 + 6/16 + 64/256 + 0.32, and 32/4096 of pointers.
    const bits = spqr.storedBits(shape, parseOptions(spqr, { bits: 3 }), 0.01 * 4096 * 4096);
    expect(bitsPerWeight(bits)).toBeCloseTo(3.945 + 32 / 4096, 10);
  });

  it('take 48 bits each and a count of 32 per 65,536 weights with GOBO', () => {
    const gobo = quantizerNamed('gobo');
    const { outlier, tensor } = gobo.storedBits({ rows: 1024, cols: 1024 }, parseOptions(gobo, {}), 1000);
    expect(outlier).toBeCloseTo((1000 * 48 + 16 * 32) / 2 ** 20, 12);
    expect(tensor).toBeCloseTo((8 * 32) / 2 ** 20, 12);
  });
});
