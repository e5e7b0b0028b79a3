/** MixLLM's rows of two precisions: is every row that of its own quantizer, and are listed rows checked? */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../property-seed.js';
import { matrix } from '../../src/numeric/matrix.js';
import { quantize, quantizerNamed } from '../../src/quantizers/index.js';
import { bitsPerWeight } from '../../src/quantizers/quantizer.js';
import { rowsFromText, rowsText } from '../../src/quantizers/row-ranges.js';
import { heavyTailed } from './random-matrix.js';
import { readBack } from './weight-matrices.js';

const rowSets = fc.uniqueArray(fc.integer({ min: 0, max: 11 }), { minLength: 1, maxLength: 12 }).map((rows) => rows.sort((a, b) => a - b));

describe('a matrix with chosen rows at more bits', () => {
  it('has the values of 8-bit symmetric groups in them and of 4-bit asymmetric groups in the others, and finds its code words again', () => {
    fc.assert(
      fc.property(rowSets, fc.nat(), fc.constantFrom(3, 4), (rows, seed, bits) => {
        const cols = 200;
        const data = heavyTailed(12 * cols, seed);
        const quantized = quantize('mixllm', matrix(12, cols, data), { bits, rows: rowsText(rows), of: 12 });
        const values = readBack(quantized);
        for (let row = 0; row < 12; row++) {
          const part = matrix(1, cols, data.slice(row * cols, (row + 1) * cols));
          const alone = rows.includes(row) ? quantize('rtn', part, { bits: 8 }) : quantize('rtn', part, { bits, symmetric: false });
          expect(values.slice(row * cols, (row + 1) * cols)).toEqual(readBack(alone));
        }
        expect(quantizerNamed('mixllm').encode(values, quantized)).toEqual(quantized.codes);
      }),
      { numRuns: 30 },
    );
  });

  it('takes 4 + 20/128 bits, 4 - 4/128 more in every listed row, and one bit per row to say which', () => {
    const tensor = matrix(10, 256, heavyTailed(2560, 1));
    const bits = (options: object): number => bitsPerWeight(quantize('mixllm', tensor, { ...options }).bits);
    expect(bits({})).toBe(4 + 20 / 128);
    expect(bits({ rows: '3', of: 10 })).toBeCloseTo(0.9 * (4 + 20 / 128) + 0.1 * (8 + 16 / 128) + 1 / 256, 12);
    expect(bits({ rows: '0-9', of: 10 })).toBeCloseTo(8 + 16 / 128 + 1 / 256, 12);
  });

  it('takes a single row as the number a command line makes of it', () => {
    const tensor = matrix(4, 32, heavyTailed(128, 2));
    expect(quantize('mixllm', tensor, { rows: 2, of: 4 }).codes).toEqual(quantize('mixllm', tensor, { rows: '2', of: 4 }).codes);
  });

  it('is refused for rows that do not ascend, that are not there, or that are those of another matrix', () => {
    const tensor = matrix(4, 32, heavyTailed(128, 2));
    const tried = (options: object) => () => quantize('mixllm', tensor, { ...options });
    for (const rows of ['3,1', '1,1', '2-1', 'a', '1,,2', '-1']) expect(tried({ rows, of: 4 })).toThrow(/ascend/);
    expect(tried({ rows: '0-3', of: 4 })).not.toThrow();
    expect(tried({ rows: '0-4', of: 4 })).toThrow(/above every one of rows/);
    expect(tried({ rows: '0-3' })).toThrow(/above every one of rows/);
    expect(tried({ of: 4 })).toThrow(/without rows it is left out/);
    expect(tried({ rows: '0', of: 5 })).toThrow(/those of another matrix/);
    expect(tried({ bits: 4, highBits: 4, rows: '0', of: 4 })).toThrow(/highBits must be above bits/);
  });
});

describe('rows as text', () => {
  it('are read back as they were written', () => {
    fc.assert(
      fc.property(rowSets, (rows) => {
        expect([...rowsFromText(rowsText(rows))!]).toEqual(rows);
      }),
    );
    expect(rowsText([0, 1, 2, 5, 7, 8])).toBe('0-2,5,7-8');
    expect([...rowsFromText('')!]).toEqual([]);
  });
});
