import { describe, expect, it } from 'vitest';
import { antFormat, antNormalisedValues, type AntType } from '../../src/formats/ant-grid.js';
import { formatNamed } from '../../src/formats/index.js';
import { outlierVictimCodec, type OutlierVictimNormal } from '../../src/encodings/outlier-victim-pair.js';
import { peNamed } from '../../src/pe/index.js';
import type { CodeVector } from '../../src/pe/processing-element.js';
import { quantize, quantizerNamed } from '../../src/quantizers/index.js';
import { oliveGrid } from '../../src/quantizers/olive-grid.js';
import type { QuantizedTensor } from '../../src/quantizers/quantizer.js';
import { heavyTailed } from '../quantizers/random-matrix.js';

const K = 257;

/** A row of a quantized tensor as the element receives it, and what its units are worth. */
interface Row {
  readonly vector: CodeVector;
  readonly unit: number;
  readonly values: Float32Array;
}

function rowOf(
  tensor: QuantizedTensor,
  row: number,
  from: (tensor: QuantizedTensor) => Pick<Row, 'unit'> & Pick<CodeVector, 'format'>,
): Row {
  const { format, unit } = from(tensor);
  const padding = tensor.side['padding']?.[row];
  const codes = [...tensor.codes.subarray(row * K, (row + 1) * K), ...(padding === undefined ? [] : [padding])];
  const values = quantizerNamed(tensor.quantizer)
    .dequantize(tensor)
    .subarray(row * K, (row + 1) * K);
  return { vector: { format, codes }, unit: unit * tensor.side['scales']![row]!, values };
}

function oliveRow(tensor: QuantizedTensor) {
  const { normal, signed } = tensor.choices;
  const bits = tensor.codeBits === 5 ? 4 : tensor.codeBits;
  const { codec, normalValues } = oliveGrid(bits, normal as OutlierVictimNormal, signed as boolean);
  return { format: codec.normal, unit: normalValues.at(-1)! / Math.max(...codec.normal.values) };
}

function antRow(tensor: QuantizedTensor) {
  const format = antFormat(tensor.choices['type'] as AntType, tensor.codeBits, tensor.choices['signed'] as boolean);
  return { format, unit: Math.max(...antNormalisedValues(format)) / Math.max(...format.values) };
}

const cases = [
  ['olive', { bits: 4, normal: 'int' }, oliveRow],
  ['olive', { bits: 4, normal: 'flint' }, oliveRow],
  ['olive', { bits: 8 }, oliveRow],
  ['ant', { bits: 4 }, antRow],
  ['ant', { bits: 4, type: 'flint' }, antRow],
  ['ant', { bits: 6, type: 'float' }, antRow],
  ['ant', { bits: 8 }, antRow],
] as const;

describe('the product of two quantized tensors', () => {
  it.each(cases)('of %s %j is that of the dequantized ones, each scale multiplied once', (name, options, from) => {
    for (let seed = 1; seed <= 10; seed++) {
      const tensor = quantize(name, { rows: 2, cols: K, data: heavyTailed(2 * K, seed) }, { ...options, granularity: 'channel' });
      const [w, a] = [rowOf(tensor, 0, from), rowOf(tensor, 1, from)];
      const { value, roundingBound } = peNamed(name).dot(w.vector, a.vector);
      let exact = 0;
      let magnitude = 0;
      w.values.forEach((weight, i) => {
        exact += weight * a.values[i]!;
        magnitude += Math.abs(weight * a.values[i]!);
      });
      expect(roundingBound).toBe(0);
      // Dequantized values, grids and scales are float32: three roundings of 2^-24 a side.
      expect(Math.abs(value * w.unit * a.unit - exact)).toBeLessThanOrEqual(6 * 2 ** -24 * magnitude);
    }
  });

  it('has outliers in it for olive, so that the pairs are put to the test', () => {
    const tensor = quantize('olive', { rows: 2, cols: K, data: heavyTailed(2 * K, 1) }, { bits: 4, granularity: 'channel' });
    expect(tensor.outlierPairs?.outlierNormal).toBeGreaterThan(0.01);
    expect(tensor.codes).toContain(outlierVictimCodec(4, 'int').identifier);
  });

  it('takes activations of FP16 beside weights of ant and olive', () => {
    const fp16 = formatNamed('fp16');
    const activations = Array.from(heavyTailed(K, 99), fp16.encode);
    for (const [name, options, from] of cases) {
      const tensor = quantize(name, { rows: 1, cols: K, data: heavyTailed(K, 7) }, { ...options, granularity: 'channel' });
      const w = rowOf(tensor, 0, from);
      const codes = w.vector.codes.length > K ? [...activations, 0] : activations;
      const { value, roundingBound } = peNamed(name).dot(w.vector, { format: fp16, codes });
      let exact = 0;
      let magnitude = 0;
      w.values.forEach((weight, i) => {
        exact += weight * fp16.decode(activations[i]!);
        magnitude += Math.abs(weight * fp16.decode(activations[i]!));
      });
      expect(Math.abs(value * w.unit - exact)).toBeLessThanOrEqual(roundingBound * w.unit + 3 * 2 ** -24 * magnitude);
    }
  });
});
