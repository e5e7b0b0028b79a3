/**
 * Contract of an element format: what one code word of a tensor means.
 * Scales, zero points and selectors belong to the block or group around it (see block formats and quantizers).
 */
export interface ElementFormat {
  /** Name as used in traces, schemes and on the command line, e.g. `int4`, `e2m1`, `nf4`, `flint4`. */
  readonly name: string;
  /** Bits of one code word. */
  readonly bits: number;
  readonly description: string;
  /** Paper, specification or rule the values come from. */
  readonly source: string;
  /** Value of every code word (index = code word, length 2 ** bits); NaN for codes that are no number. */
  readonly values: Float64Array;
  /** Value of a code word. */
  readonly decode: (code: number) => number;
  /** Code word of the nearest value; saturating; the rounding rule is stated by each format. NaN throws RangeError unless the format has a NaN. */
  readonly encode: (value: number) => number;
}

/** Entry of a values table. Throws RangeError for a code the format does not have. */
export function valueOfCode(values: Float64Array, code: number, name: string): number {
  const value = values[code];
  if (value === undefined) throw new RangeError(`${name} has no code ${code}`);
  return value;
}
