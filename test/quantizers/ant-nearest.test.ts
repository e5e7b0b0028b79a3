import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { antFormat, antNormalisedValues, antTypes } from '../../src/formats/ant-grid.js';
import { nearestEntries, nearestTable } from '../../src/quantizers/ant-nearest.js';
import { oliveGrid } from '../../src/quantizers/olive-grid.js';
import { kernel } from './ant-reference.js';

const orders = [
  ...[3, 4, 5, 6, 8].flatMap((bits) =>
    antTypes.flatMap((type) => [true, false].map((signed) => antNormalisedValues(antFormat(type, bits, signed)).sort())),
  ),
  ...(['int', 'flint'] as const).flatMap((kind) => [true, false].map((signed) => oliveGrid(4, kind, signed).table.order)),
  oliveGrid(8, 'int', true).table.order,
];

function lookedUp(x: Float32Array, order: Float32Array): number[] {
  const table = nearestTable(order);
  const entries = new Uint16Array(x.length);
  nearestEntries({ scaled: x, prefixes: new Uint16Array(x.buffer), count: x.length }, table, entries);
  return Array.from(entries, (entry) => table.values[entry]!);
}

/** The float32 numbers around x. */
function neighbours(x: number): number[] {
  const single = Float32Array.of(x);
  const bits = new Int32Array(single.buffer);
  return [-2, -1, 0, 1, 2].map((step) => {
    single[0] = x;
    bits[0]! += step;
    return single[0];
  });
}

describe('the nearest-value table', () => {
  it('answers as the kernel does around every midpoint and value of every grid', () => {
    for (const order of orders) {
      const sorted = [...new Set(order)].sort((a, b) => a - b);
      const middles = sorted.slice(1).map((value, i) => Math.fround((value + sorted[i]!) / 2));
      const x = Float32Array.from([...sorted, ...middles].flatMap(neighbours).filter(Number.isFinite));
      expect(lookedUp(x, order)).toEqual(Array.from(x, (value) => kernel(value, order)));
    }
  });

  it('answers as the kernel does for any float32, far away and on the wrong side of an unsigned grid too', () => {
    const value = fc.oneof(
      fc.float({ noNaN: true, noDefaultInfinity: true }),
      fc.float({ min: -12, max: 12, noNaN: true }),
      fc.float({ min: -600, max: 600, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...orders), fc.array(value, { minLength: 50, maxLength: 50 }), (order, list) => {
        const x = Float32Array.from(list);
        expect(lookedUp(x, order)).toEqual(Array.from(x, (v) => kernel(v, order)));
      }),
      { numRuns: 150, seed: 8 },
    );
  });

  it('gives 0 beyond a distance of 102400, and the end of the grid up to it', () => {
    const order = antNormalisedValues(antFormat('int', 4, true)).sort();
    expect(lookedUp(Float32Array.of(102410, 102411, 1e30), order)).toEqual([10, 0, 0]);
  });
});
