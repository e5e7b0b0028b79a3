/**
 * Code words of b bits packed without gaps: bit j of code i is bit (i b + j) of the stream, and bit n of the stream is bit n mod 8
 * of byte n / 8 (little-endian bit order). The last byte is padded with zero bits. Source: this project's trace files.
 */

/** Bytes that `count` codes of `bits` bits occupy. */
export function packedBytes(count: number, bits: number): number {
  return Math.ceil((count * bits) / 8);
}

/** Packs codes of 1..8 bits. Throws RangeError for a code that does not fit. */
export function pack(codes: Uint8Array, bits: number): Uint8Array {
  checkWidth(bits);
  const bytes = new Uint8Array(packedBytes(codes.length, bits));
  let pending = 0;
  let held = 0;
  let position = 0;
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!;
    if (code >>> bits !== 0) throw new RangeError(`code ${code} at ${i} does not fit ${bits} bits`);
    pending |= code << held;
    held += bits;
    if (held >= 8) {
      bytes[position++] = pending;
      pending >>>= 8;
      held -= 8;
    }
  }
  if (held > 0) bytes[position] = pending;
  return bytes;
}

/** The first `count` codes of a packed stream. Throws RangeError when the bytes are not exactly as many as the codes need. */
export function unpack(bytes: Uint8Array, bits: number, count: number): Uint8Array {
  checkWidth(bits);
  if (bytes.length !== packedBytes(count, bits)) {
    throw new RangeError(`${count} codes of ${bits} bits need ${packedBytes(count, bits)} bytes, got ${bytes.length}`);
  }
  const codes = new Uint8Array(count);
  const mask = 2 ** bits - 1;
  let pending = 0;
  let held = 0;
  let position = 0;
  for (let i = 0; i < count; i++) {
    if (held < bits) {
      pending |= bytes[position++]! << held;
      held += 8;
    }
    codes[i] = pending & mask;
    pending >>>= bits;
    held -= bits;
  }
  return codes;
}

function checkWidth(bits: number): void {
  if (!Number.isInteger(bits) || bits < 1 || bits > 8) throw new RangeError(`codes have 1 to 8 bits, got ${bits}`);
}
