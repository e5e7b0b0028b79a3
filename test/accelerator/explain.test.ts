import fc from 'fast-check';
import { all, create } from 'mathjs';
import { describe, expect, it } from 'vitest';
import { explainLayer } from '../../src/accelerator/explain.js';
import { simulateAccelerator } from '../../src/accelerator/simulate.js';
import { accelerator, bits, layer, sramTable } from './hardware.js';

const math = create(all as NonNullable<typeof all>);
const hardware = { ...accelerator('bitmod'), staticEnergy: 'sram-leakage' as const };
const dimension = fc.integer({ min: 1, max: 6000 });
const anyLayer = fc
  .record({
    m: dimension,
    n: dimension,
    k: dimension,
    gemms: fc.integer({ min: 1, max: 32 }),
    repeat: fc.integer({ min: 1, max: 80 }),
    weight: fc.constantFrom(bits(3, 0.078125), bits(6), bits(16)),
  })
  .map(layer);
const phase = fc.constantFrom('prefill' as const, 'decode' as const);

describe('an explanation', () => {
  it('has numbers that evaluate to its values, term by term', () => {
    fc.assert(
      fc.property(anyLayer, phase, (l, p) => {
        for (const term of explainLayer(hardware, l, p, { sramTable })) {
          const value = Number(math.evaluate(term.numbers));
          expect(Math.abs(value - term.value), `${term.name}: ${term.numbers}`).toBeLessThanOrEqual(1e-12 * Math.abs(value));
          expect(term.source).not.toBe('');
        }
      }),
      { numRuns: 40 },
    );
  });

  it('gives the result of the simulation when its terms are put together', () => {
    fc.assert(
      fc.property(anyLayer, phase, (l, p) => {
        const terms = new Map(explainLayer(hardware, l, p, { sramTable }).map(({ name, value }) => [name, value]));
        const term = (name: string): number => terms.get(name) ?? NaN;
        const { layers } = simulateAccelerator(hardware, [{ phase: p, layers: [l] }], { sramTable });
        const row = layers[0];
        expect(term('compute') + term('dramStall')).toBe(term('layer cycles'));
        expect(term('layer cycles') * l.repeat).toBe(row?.latency_cycles);
        expect(term('latency')).toBe(row?.latency_cycles);
        const parts = [
          'pe energy',
          'weight buffer read energy',
          'weight buffer write energy',
          'activation buffer read energy',
          'activation buffer write energy',
          'dram energy',
          'leakage of the buffers',
        ];
        const sum = parts.reduce((total, name) => total + term(name), 0);
        expect(Math.abs(sum - (row?.energy_pJ.total ?? NaN))).toBeLessThanOrEqual(1e-12 * sum);
        expect(term('energy')).toBe(row?.energy_pJ.total);
      }),
      { numRuns: 40 },
    );
  });

  it('leaves out the terms of energies that are unknown', () => {
    const weight = { ...hardware.buffers.weight, size_KiB: 8192, banks: 1 };
    const names = explainLayer({ ...hardware, buffers: { ...hardware.buffers, weight } }, layer({ m: 1, n: 1, k: 1 }), undefined, {
      sramTable,
    }).map(({ name }) => name);
    expect(names).toContain('pe energy');
    expect(names).not.toContain('energy');
    expect(names.filter((name) => name.includes('weight buffer read') || name.includes('static'))).toEqual([]);
  });

  it('refuses a layer that is not charged', () => {
    expect(() => explainLayer(hardware, layer({ kind: 'norm', m: 1, n: 1, k: 1 }), 'prefill', { sramTable })).toThrow(
      /does not charge this kind of layer: norm/,
    );
  });
});
