/** Generators and readers that the quantizer tests share. */
import fc from 'fast-check';
import { matrix, type Matrix } from '../../src/numeric/matrix.js';
import { quantizerNamed } from '../../src/quantizers/index.js';
import type { QuantizedTensor } from '../../src/quantizers/quantizer.js';

/** Values over many binades, with zeros of both signs; FP16 scales of any format fit. */
const weight = fc.oneof(
  { weight: 6, arbitrary: fc.float({ min: -8, max: 8, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(0, -0, 1, -1, 0.5, 448, -1e-6, 1e-9) },
);

/** Small matrices whose rows hold a whole number of `multiple` elements; 1 allows any length. */
export function matrices(multiple: number): fc.Arbitrary<Matrix> {
  return fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: multiple === 1 ? 21 : 3 })).chain(([rows, blocks]) => {
    const size = rows * blocks * multiple;
    return fc
      .array(weight, { minLength: size, maxLength: size })
      .map((values) => matrix(rows, blocks * multiple, Float32Array.from(values)));
  });
}

/** Values stored in a quantized tensor. */
export function readBack(quantized: QuantizedTensor): Float32Array {
  return quantizerNamed(quantized.quantizer).dequantize(quantized);
}
