import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatNamed } from '../../src/formats/index.js';
import { matrix, type Matrix } from '../../src/numeric/matrix.js';
import { roundToFloat16 } from '../../src/numeric/rounding.js';
import { quantize } from '../../src/quantizers/index.js';
import { bitsPerWeight, type QuantizedTensor } from '../../src/quantizers/quantizer.js';
import { matrices, readBack } from './weight-matrices.js';

type Options = Readonly<Record<string, unknown>>;

describe('round to nearest', () => {
  const rtn = (data: number[], options: Options): QuantizedTensor =>
    quantize('rtn', matrix(1, data.length, Float32Array.from(data)), options);

  it('keeps every error within half a step, and half a unit of the FP16 scale at the ends', () => {
    fc.assert(
      fc.property(matrices(1), fc.boolean(), (tensor, symmetric) => {
        const quantized = quantize('rtn', tensor, { bits: 4, group: 8, symmetric });
        const values = readBack(quantized);
        const scales = quantized.side['scales'] as Float32Array;
        const perRow = Math.ceil(tensor.cols / Math.min(8, tensor.cols));
        // A scale rounded down by up to 2^-11 clips the end of the range by 15 times that; a subnormal one is coarser.
        tensor.data.forEach((value, i) => {
          const scale = scales[Math.floor(i / tensor.cols) * perRow + Math.floor((i % tensor.cols) / 8)]!;
          const slack = scale < 2 ** -14 ? 8 * 2 ** -24 : 15 * scale * 2 ** -11;
          expect(Math.abs(values[i]! - value)).toBeLessThanOrEqual(scale / 2 + slack);
        });
      }),
    );
  });

  it('rounds the scale to FP16 before it computes codes', () => {
    const quantized = rtn([1, 0.5, -0.21], { bits: 4 });
    const scale = roundToFloat16(1 / 7);
    expect(quantized.side['scales']).toEqual(Float32Array.of(scale));
    expect([...readBack(quantized)]).toEqual([7, 4, -1].map((q) => Math.fround(q * scale)));
  });

  it('uses -8 only in the full range', () => {
    expect([...rtn([-8, 7, 8], { fullRange: true }).codes]).toEqual([8, 7, 7]);
    expect([...rtn([-7, 7, 3.5, 2.5], {}).codes]).toEqual([9, 7, 4, 2]);
  });

  it('puts the integer zero inside the range even when all weights have one sign', () => {
    const positive = rtn([5, 10, 15], { symmetric: false });
    expect([[...positive.codes], [...(positive.side['zeros'] as Uint8Array)]]).toEqual([[5, 10, 15], [0]]);
    const negative = rtn([-5, -10, -15], { symmetric: false });
    expect([[...negative.codes], [...(negative.side['zeros'] as Uint8Array)]]).toEqual([[10, 5, 0], [15]]);
  });

  it('gives an all-zero group scale 1 and codes 0', () => {
    const quantized = rtn([0, 0, 0], {});
    expect(quantized.side['scales']).toEqual(Float32Array.of(1));
    expect([...quantized.codes]).toEqual([0, 0, 0]);
  });

  it('never lets a group wrap over a row: rows alone give the same codes', () => {
    const data = Float32Array.from({ length: 39 }, (_, i) => Math.fround(((i * 29) % 39) - 17.3));
    const whole = quantize('rtn', matrix(3, 13, data), { group: 8 });
    const rows = [0, 1, 2].flatMap((r) => [...quantize('rtn', matrix(1, 13, data.slice(13 * r, 13 * r + 13)), { group: 8 }).codes]);
    expect([...whole.codes]).toEqual(rows);
    expect(whole.side['scales']!.length).toBe(6);
  });

  it('says how many scales are FP16 subnormals', () => {
    expect(rtn([7 * 2 ** -14], {}).choices).not.toHaveProperty('subnormalScales');
    expect(rtn([7 * 2 ** -15], {}).choices['subnormalScales']).toBe(1);
    expect(rtn([1e-12], {}).choices['subnormalScales']).toBe(1);
  });

  it('accepts the largest scale FP16 has and refuses the next', () => {
    expect(rtn([7 * 65504], {}).side['scales']).toEqual(Float32Array.of(65504));
    expect(() => rtn([7 * 65520], {})).toThrow(/scale does not fit FP16.*65504/);
  });
});

describe('MX', () => {
  const block = (largest: number): Matrix =>
    matrix(
      1,
      32,
      Float32Array.from({ length: 32 }, (_, i) => (i === 0 ? largest : 0)),
    );
  const result = (largest: number, options: Options): { scale: number; value: number } => {
    const quantized = quantize('mx', block(largest), options);
    return { scale: 2 ** ((quantized.side['scales'] as Uint8Array)[0]! - 127), value: readBack(quantized)[0]! };
  };

  it.each([
    [0.75, 2 ** -3, 0.75],
    [6, 1, 6],
    [7.9, 1, 6],
    [8, 2, 8],
  ])('floor rule of OCP: largest %f has scale %f and becomes %f', (largest, scale, value) => {
    expect(result(largest, {})).toEqual({ scale, value });
  });

  it('ceil never clips: just above 6 the scale doubles', () => {
    expect(result(6, { scaleRule: 'ceil' })).toEqual({ scale: 1, value: 6 });
    expect(result(6.0001, { scaleRule: 'ceil' }).scale).toBe(2);
    expect(result(5, { scaleRule: 'ceil' }).scale).toBe(1);
    expect(result(3, { scaleRule: 'ceil' })).toEqual({ scale: 0.5, value: 3 });
  });

  it('even rounds the largest to the element first: from 7 on the scale doubles', () => {
    expect(result(6.999, { scaleRule: 'even' }).scale).toBe(1);
    expect(result(7, { scaleRule: 'even' }).scale).toBe(2);
  });

  it('mr-gptq divides by 3/4 and clips nothing: 7.9 becomes code 6 of scale 4/3', () => {
    expect(result(7.9, { scaleRule: 'mr-gptq' }).value).toBe(8);
    fc.assert(
      fc.property(fc.float({ min: Math.fround(1e-20), max: Math.fround(1e20), noNaN: true }), (largest) => {
        const { scale } = result(largest, { scaleRule: 'mr-gptq' });
        expect(largest / ((4 / 3) * scale)).toBeGreaterThanOrEqual(3);
        expect(largest / ((4 / 3) * scale)).toBeLessThan(6);
      }),
    );
  });

  it('bitmod ends the grid at twice the power of two below the largest, and for E2M1 is mr-gptq', () => {
    const data = Float32Array.from({ length: 32 }, (_, i) => Math.fround((((i * 13) % 32) - 15.7) * 0.31));
    const bitmod = quantize('mx', matrix(1, 32, data), { scaleRule: 'bitmod' });
    expect(bitmod.codes).toEqual(quantize('mx', matrix(1, 32, data), { scaleRule: 'mr-gptq' }).codes);
    expect(Math.max(...readBack(quantize('mx', block(7.9), { element: 'e2m0', scaleRule: 'bitmod' })))).toBe(8);
  });

  it('MXINT8 has one integer bit: q / 64', () => {
    expect(result(1.5, { element: 'int8' })).toEqual({ scale: 1, value: 1.5 });
    expect(result(1.999, { element: 'int8' })).toEqual({ scale: 1, value: 127 / 64 });
  });

  it('keeps elements of its exponent range at both ends of E8M0', () => {
    expect(result(2 ** -128, {}).value).toBe(2 ** -128);
    expect(result(2 ** 126, {}).value).toBe(2 ** 126);
  });

  it('refuses mr-gptq for elements it is not defined for', () => {
    expect(() => quantize('mx', block(1), { element: 'e4m3', scaleRule: 'mr-gptq' })).toThrow(/mr-gptq is defined for element=e2m1/);
  });
});

describe('run encoding', () => {
  it.each(['e2m1', 'e2m3', 'e3m2', 'e4m3', 'e5m2', 'e2m0'])('gives the code that encoding each quotient alone gives: %s', (element) => {
    const format = formatNamed(element);
    fc.assert(
      fc.property(matrices(32), (tensor) => {
        const quantized = quantize('mx', tensor, { element, scaleRule: 'floor' });
        const scales = quantized.side['scales'] as Uint8Array;
        const alone = Array.from(tensor.data, (value, i) => format.encode(value / 2 ** (scales[Math.floor(i / 32)]! - 127)));
        expect([...quantized.codes]).toEqual(alone);
      }),
    );
  });

  it('holds for scales that are no power of two', () => {
    fc.assert(
      fc.property(matrices(1), (tensor) => {
        const quantized = quantize('float', tensor, { element: 'e3m2', granularity: 'tensor' });
        const scale = (quantized.side['scales'] as Float32Array)[0]!;
        expect([...quantized.codes]).toEqual(Array.from(tensor.data, (value) => formatNamed('e3m2').encode(value / scale)));
      }),
    );
  });
});

describe('NVFP4', () => {
  const rows = (blocks: number[][]): Matrix =>
    matrix(1, 16 * blocks.length, Float32Array.from(blocks.flatMap((b) => [...b, ...new Array<number>(16 - b.length).fill(0)])));

  it('rounds the block scale to E4M3, and what then exceeds 6 saturates', () => {
    const quantized = quantize('nvfp4', rows([[2688], [10]]));
    expect(quantized.side['tensorScale']).toEqual(Float32Array.of(1));
    expect([...(quantized.side['scales'] as Uint8Array)].map((code) => formatNamed('e4m3').values[code])).toEqual([448, 1.625]);
    expect(readBack(quantized)[16]).toBe(9.75);
  });

  it('stores blocks whose scale rounds to 0 as zeros: the boundary is 2^-10 of 6 S', () => {
    const quantized = quantize('nvfp4', rows([[2688], [6 * 2 ** -10], [6.01 * 2 ** -10]]));
    expect([...(quantized.side['scales'] as Uint8Array).slice(1)]).toEqual([0, 1]);
    expect(readBack(quantized)[16]).toBe(0);
  });
});

describe('NF4', () => {
  it('keeps the largest magnitude of a block exactly', () => {
    const data = Float32Array.of(0.31, -0.62, 0.1, 0.05, 3.7, 1, 2, 3);
    const values = readBack(quantize('nf4', matrix(1, 8, data), { block: 4 }));
    expect([values[1], values[4]]).toEqual([data[1], data[4]]);
  });

  it('reads doubly quantized scales within half the widest step of the dynamic map', () => {
    const data = Float32Array.from({ length: 4096 }, (_, i) => Math.fround((((i * 2654435761) % 4096) / 2048 - 1) * (1 + (i >> 6) / 64)));
    const plain = quantize('nf4', matrix(8, 512, data)).side['scales']!;
    const { scaleCodes, scaleScales, scaleMean } = quantize('nf4', matrix(8, 512, data), { doubleQuantization: true }).side;
    const map = formatNamed('dynamic8').values;
    const off = plain.map((scale, i) => Math.abs(map[scaleCodes![i]!]! * scaleScales![0]! + scaleMean![0]! - scale));
    expect(Math.max(...off)).toBeGreaterThan(0);
    // The widest steps are 0.9/64 near 1; below -0.99 the map ends half a step early.
    expect(Math.max(...off)).toBeLessThanOrEqual((0.9 / 128) * scaleScales![0]! * (1 + 1e-5));
  });

  it('leaves all-zero blocks out of the mean scale', () => {
    const { side } = quantize('nf4', matrix(1, 12, Float32Array.of(2, 1, 0, 0, 0, 0, 0, 0, 4, 1, 0, 0)), {
      block: 4,
      doubleQuantization: true,
    });
    expect(side['scaleMean']).toEqual(Float32Array.of(3));
  });
});

describe('bits per weight', () => {
  const zeros = (rows: number, cols: number): Matrix => matrix(rows, cols, new Float32Array(rows * cols));

  it.each([
    ['rtn', {}, 4 + 16 / 128, 0],
    ['rtn', { symmetric: false }, 4 + 20 / 128, 0],
    ['rtn', { bits: 8, granularity: 'channel' }, 8, 16 / 256],
    ['rtn', { bits: 8, granularity: 'tensor' }, 8, 16 / 1024],
    ['float', {}, 6, 16 / 256],
    ['mx', {}, 4.25, 0],
    ['mx', { element: 'e3m2' }, 6.25, 0],
    ['nvfp4', {}, 4.5, 32 / 1024],
    ['nf4', {}, 4.5, 0],
    ['nf4', { doubleQuantization: true }, 4 + 8 / 64 + 32 / 1024, 32 / 1024],
  ] as const)('%s %j: payload and group %f, channel and tensor %f', (name, options, grouped, rest) => {
    const { bits } = quantize(name, zeros(4, 256), options);
    expect(bits.payload + bits.group).toBeCloseTo(grouped, 12);
    expect(bits.channel + bits.tensor).toBeCloseTo(rest, 12);
    expect(bitsPerWeight(bits)).toBeCloseTo(grouped + rest, 12);
  });

  it('of NF4 with double quantization reach 4.127 on a large tensor', () => {
    const { bits } = quantize('nf4', zeros(256, 1024), { doubleQuantization: true });
    expect(bits.payload + bits.group).toBe(4.126953125);
  });

  it('count what is stored: codes, and side data at its width', () => {
    const quantized = quantize('rtn', zeros(3, 300), { symmetric: false });
    expect(bitsPerWeight(quantized.bits) * 900).toBeCloseTo(
      900 * 4 + quantized.side['scales']!.length * 16 + quantized.side['zeros']!.length * 4,
      9,
    );
  });
});

describe('fixed blocks', () => {
  it.each([
    ['mx', 32],
    ['nvfp4', 16],
  ])('%s takes rows of %i and refuses one more or less, naming the multiple', (name, block) => {
    expect(quantize(name, matrix(1, block, new Float32Array(block))).codes.length).toBe(block);
    for (const cols of [block - 1, block + 1]) {
      expect(() => quantize(name, matrix(1, cols, new Float32Array(cols)))).toThrow(new RegExp(`must be a multiple of ${block}`));
    }
  });
});
