import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { peNamed, pes } from '../../src/pe/index.js';

describe('the terms of a processing element', () => {
  it.each([[3.078125, 2], [4.078125, 2], [4.125, 2], [5, 3], [6.0625, 3], [7.99, 4], [8, 4], [8.01, 4], [9, 5], [16, 8], [2, 1], [1, 1], [0.5, 1]])('of bitmod at %f bits are %i', (weight_bits, terms) => {
    expect(peNamed('bitmod').terms(weight_bits)).toBe(terms);
  }); // prettier-ignore

  it.each(['fp16', 'ant', 'olive'])('of bit-parallel %s are one at any width', (name) => {
    fc.assert(fc.property(fc.double({ min: 1, max: 16, noNaN: true }), (weight_bits) => peNamed(name).terms(weight_bits) === 1));
  });

  it('never shrink with more bits', () => {
    for (const pe of Object.values(pes)) {
      fc.assert(
        fc.property(
          fc.double({ min: 0.1, max: 16, noNaN: true }),
          fc.double({ min: 0, max: 8, noNaN: true }),
          (b, more) => pe.terms(b + more) >= pe.terms(b),
        ),
      );
    }
  });

  it('belong to the name they are listed under', () => {
    for (const [name, pe] of Object.entries(pes)) expect(pe.name).toBe(name);
  });

  it('of an unknown model are refused with the names there are', () => {
    expect(() => peNamed('bitmodd', 'x.yaml:12:7')).toThrow(
      'unknown PE model: bitmodd (x.yaml:12:7); expected one of: fp16, ant, olive, bitmod; did you mean bitmod?',
    );
    expect(() => peNamed('toString')).toThrow(/unknown PE model/);
  });
});
