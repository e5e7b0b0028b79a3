import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { peNamed, pes } from '../../src/pe/index.js';

describe('the terms of a processing element', () => {
  it.each([[1, 1], [2, 1], [3, 2], [4, 2], [5, 3], [6, 3], [8, 4], [9, 5], [16, 8]])('of bitmod at code words of %i bits are %i', (code_bits, terms) => {
    expect(peNamed('bitmod').terms(code_bits)).toBe(terms);
  }); // prettier-ignore

  it.each([[0.5, 1], [2.99, 1], [3.5, 2], [4.99, 2], [5.01, 3]])('of bitmod at a mean of %f bits are those of the whole bits, %i', (code_bits, terms) => {
    expect(peNamed('bitmod').terms(code_bits)).toBe(terms);
  }); // prettier-ignore

  it.each(['fp16', 'int8', 'bitfusion', 'ant', 'olive', 'olaccel', 'biscaled'])('of bit-parallel %s are one at any width', (name) => {
    fc.assert(fc.property(fc.double({ min: 1, max: 16, noNaN: true }), (code_bits) => peNamed(name).terms(code_bits) === 1));
  });

  it.each([[1, 1], [7.5, 8], [8, 8], [8.01, 9], [16, 16]])('of the bit-serial stripes and pragmatic at %f bits are at most %i', (code_bits, terms) => {
    expect(peNamed('stripes').terms(code_bits)).toBe(terms);
    expect(peNamed('pragmatic').terms(code_bits)).toBe(terms);
  }); // prettier-ignore

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
      `unknown PE model: bitmodd (x.yaml:12:7); expected one of: ${Object.keys(pes).join(', ')}; did you mean bitmod?`,
    );
    expect(() => peNamed('toString')).toThrow(/unknown PE model/);
  });
});
