import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { channelBits, groupBits, tensorBits } from '../../src/formats/bit-accounting.js';
import { pack, packedBytes, unpack } from '../../src/formats/packing.js';

describe('packing', () => {
  it('returns every code of every width', () => {
    const widthAndCodes = fc
      .integer({ min: 1, max: 8 })
      .chain((bits) => fc.tuple(fc.constant(bits), fc.uint8Array({ max: 2 ** bits - 1, maxLength: 70 })));
    fc.assert(
      fc.property(widthAndCodes, ([bits, codes]) => {
        const bytes = pack(codes, bits);
        expect(bytes.length).toBe(packedBytes(codes.length, bits));
        expect(unpack(bytes, bits, codes.length)).toEqual(codes);
      }),
    );
  });

  it('puts the first code into the low bits of the first byte', () => {
    expect([...pack(Uint8Array.of(0x1, 0x2, 0xf), 4)]).toEqual([0x21, 0x0f]);
    expect([...pack(Uint8Array.of(0b101, 0b010, 0b111), 3)]).toEqual([0b11010101, 0b1]);
  });

  it('counts whole bytes: one code more than a byte holds starts another', () => {
    expect([packedBytes(0, 3), packedBytes(8, 3), packedBytes(9, 3)]).toEqual([0, 3, 4]);
  });

  it('refuses codes that do not fit, other widths and streams of another length', () => {
    expect(() => pack(Uint8Array.of(16), 4)).toThrow(RangeError);
    expect(() => pack(Uint8Array.of(0), 9)).toThrow(RangeError);
    expect(() => unpack(new Uint8Array(2), 4, 5)).toThrow(RangeError);
    expect(() => unpack(new Uint8Array(4), 4, 5)).toThrow(RangeError);
  });
});

describe('bit accounting', () => {
  it('charges a short last group for its whole scale', () => {
    expect(groupBits(128, 128, 16)).toBe(0.125);
    expect(groupBits(129, 128, 16)).toBe(32 / 129);
    expect(channelBits(4096, 16)).toBe(16 / 4096);
    expect(tensorBits(2, 8, 32)).toBe(2);
  });
});
