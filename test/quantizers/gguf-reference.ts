/**
 * Values of GGUF blocks element by element, straight from the table of the format (block layouts of llama.cpp's ggml); slow, and independent
 * of src/formats/gguf: every element looks up its own bytes, in float64 and rounded to float32 where the format's arithmetic does.
 */
type Bytes = (offset: number) => number;

const f = Math.fround;

function half(b: Bytes, at: number): number {
  const bits = b(at) + 256 * b(at + 1);
  const sign = bits >= 32768 ? -1 : 1;
  const [exponent, fraction] = [Math.floor(bits / 1024) % 32, bits % 1024];
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const bit = (value: number, index: number): number => Math.floor(value / 2 ** index) % 2;
const nibble = (byte: number, high: boolean): number => (high ? Math.floor(byte / 16) : byte % 16);
const signed = (byte: number): number => (byte < 128 ? byte : byte - 256);
const div = (a: number, b: number): number => Math.floor(a / b);

function sixBitPair(b: Bytes, j: number): { s: number; m: number } {
  const sc = (i: number): number => b(4 + i);
  if (j < 4) return { s: sc(j) % 64, m: sc(j + 4) % 64 };
  return { s: (sc(j + 4) % 16) + 16 * div(sc(j - 4), 64), m: div(sc(j + 4), 16) + 16 * div(sc(j), 64) };
}

const twoBits = (byte: number, pair: number): number => div(byte, 4 ** pair) % 4;

interface Reference {
  readonly bytes: number;
  readonly elements: number;
  readonly value: (b: Bytes, e: number) => number;
}

/** The table. */
export const referenceBlocks: Readonly<Record<string, Reference>> = {
  q4_0: { bytes: 18, elements: 32, value: (b, e) => f(half(b, 0) * (nibble(b(2 + (e % 16)), e >= 16) - 8)) },
  q4_1: { bytes: 20, elements: 32, value: (b, e) => f(f(half(b, 0) * nibble(b(4 + (e % 16)), e >= 16)) + half(b, 2)) },
  q5_0: {
    bytes: 22,
    elements: 32,
    value: (b, e) => f(half(b, 0) * (nibble(b(6 + (e % 16)), e >= 16) + 16 * bit(b(2 + div(e, 8)), e % 8) - 16)),
  },
  q5_1: {
    bytes: 24,
    elements: 32,
    value: (b, e) => f(f(half(b, 0) * (nibble(b(8 + (e % 16)), e >= 16) + 16 * bit(b(4 + div(e, 8)), e % 8))) + half(b, 2)),
  },
  q8_0: { bytes: 34, elements: 32, value: (b, e) => f(half(b, 0) * signed(b(2 + e))) },
  q2_k: {
    bytes: 84,
    elements: 256,
    value(b, e) {
      const q = twoBits(b(16 + 32 * div(e, 128) + (e % 32)), div(e, 32) % 4);
      const sc = b(div(e, 16));
      return f(f(f(half(b, 80) * (sc % 16)) * q) - f(half(b, 82) * div(sc, 16)));
    },
  },
  q3_k: {
    bytes: 110,
    elements: 256,
    value(b, e) {
      const q = twoBits(b(32 + 32 * div(e, 128) + (e % 32)), div(e, 32) % 4) + 4 * bit(b(e % 32), div(e, 32)) - 4;
      const s = div(e, 16);
      const low = s < 8 ? b(96 + s) % 16 : div(b(96 + s - 8), 16);
      const scale = low + 16 * twoBits(b(96 + 8 + (s % 4)), div(s, 4)) - 32;
      return f(f(half(b, 108) * scale) * q);
    },
  },
  q4_k: {
    bytes: 144,
    elements: 256,
    value(b, e) {
      const { s, m } = sixBitPair(b, div(e, 32));
      const q = nibble(b(16 + 32 * div(e, 64) + (e % 32)), e % 64 >= 32);
      return f(f(f(half(b, 0) * s) * q) - f(half(b, 2) * m));
    },
  },
  q5_k: {
    bytes: 176,
    elements: 256,
    value(b, e) {
      const { s, m } = sixBitPair(b, div(e, 32));
      const q = nibble(b(48 + 32 * div(e, 64) + (e % 32)), e % 64 >= 32) + 16 * bit(b(16 + (e % 32)), div(e, 32));
      return f(f(f(half(b, 0) * s) * q) - f(half(b, 2) * m));
    },
  },
  q6_k: {
    bytes: 210,
    elements: 256,
    value(b, e) {
      const [h, t, l] = [div(e, 128), div(e, 32) % 4, e % 32];
      const low = nibble(b(64 * h + l + 32 * (t % 2)), t >= 2);
      const high = twoBits(b(128 + 32 * h + l), t);
      return f(f(half(b, 208) * signed(b(192 + div(e, 16)))) * (low + 16 * high - 32));
    },
  },
};

/** Values of whole blocks. */
export function referenceValues(type: string, bytes: Uint8Array): Float32Array {
  const { bytes: size, elements, value } = referenceBlocks[type]!;
  return Float32Array.from({ length: (bytes.length / size) * elements }, (_, i) => {
    const start = Math.floor(i / elements) * size;
    return value((offset) => bytes[start + offset]!, i % elements);
  });
}
