/**
 * Bounds on the summed squared error of quantizing many values to a scaled grid, without visiting them one by one.
 * With the values sorted and their prefix sums S1 (of x) and S2 (of x^2), the cell of output o holds S2 - 2 o S1 + n o^2; cells meet
 * at the midpoints, found by binary search. That sum A is exact up to double rounding; the float32 pipeline of the quantizer differs
 * per element by at most d = 8u(|x| + error), u = 2^-24 (quotient, distance, product, difference), so in the norm of the error vector by
 * 8u(|x|_2 + sqrt A). `least` and `most` enclose the float32 mean squared error; they decide only which candidates are worth an exact visit.
 */

/** Values of one scale unit, sorted, with prefix sums every 2^shift elements. */
export interface SortedUnit {
  readonly sorted: Float32Array;
  readonly shift: number;
  /** Sum of x before element i << shift. */
  readonly sums: Float64Array;
  /** Sum of x^2 before element i << shift. */
  readonly squares: Float64Array;
  readonly sumOfMagnitudes: number;
}

/** Bounds of a mean squared error. */
export interface ErrorBounds {
  readonly least: number;
  readonly most: number;
}

const SINGLE_ROUNDING = 2 ** -24;
const DOUBLE_ROUNDING = 2 ** -53;
/** Units longer than this keep one prefix sum per 64 elements: memory over a few additions. */
const DENSE_LENGTH = 1 << 16;
/** Prefix sums restart every so many entries, so that their rounding grows with the square root of the length only. */
const RESTART = 4096;

/** Below this length the built-in sort is faster than three counting passes. */
const RADIX_LENGTH = 512;
const RADIX_bits = 11;
const RADIX_SIZE = 1 << RADIX_bits;

/** A sorted copy of finite values; -0 and 0 in either order. */
function risingCopy(x: Float32Array): Float32Array {
  if (x.length < RADIX_LENGTH) return x.slice().sort();
  const count = x.length;
  const bits = new Uint32Array(x.slice().buffer);
  // Order-preserving keys: negative numbers have all bits flipped, the others the sign bit.
  for (let i = 0; i < count; i++) bits[i] = bits[i]! ^ ((bits[i]! >> 31) | 0x80000000);
  let from = bits;
  let to = new Uint32Array(count);
  const places = new Uint32Array(RADIX_SIZE);
  for (let shift = 0; shift < 32; shift += RADIX_bits) {
    places.fill(0);
    for (let i = 0; i < count; i++) places[(from[i]! >>> shift) & (RADIX_SIZE - 1)]!++;
    for (let digit = 0, place = 0; digit < RADIX_SIZE; digit++) {
      const size = places[digit]!;
      places[digit] = place;
      place += size;
    }
    for (let i = 0; i < count; i++) {
      const key = from[i]!;
      to[places[(key >>> shift) & (RADIX_SIZE - 1)]!++] = key;
    }
    [from, to] = [to, from];
  }
  for (let i = 0; i < count; i++) from[i] = from[i]! ^ (from[i]! >>> 31 === 1 ? 0x80000000 : 0xffffffff);
  return new Float32Array(from.buffer);
}

/** Sorts a copy of x and sums it. */
export function sortedUnit(x: Float32Array): SortedUnit {
  const sorted = risingCopy(x);
  const shift = x.length > DENSE_LENGTH ? 6 : 0;
  const blocks = (x.length >> shift) + 1;
  const sums = new Float64Array(blocks);
  const squares = new Float64Array(blocks);
  const total = { sum: 0, square: 0, magnitude: 0 };
  const run = { sum: 0, square: 0, magnitude: 0 };
  for (let i = 0; i < sorted.length; i++) {
    if ((i & ((1 << shift) - 1)) === 0) {
      sums[i >> shift] = total.sum + run.sum;
      squares[i >> shift] = total.square + run.square;
    }
    const value = sorted[i]!;
    run.sum += value;
    run.square += value * value;
    run.magnitude += Math.abs(value);
    if (i % RESTART === RESTART - 1) {
      total.sum += run.sum;
      total.square += run.square;
      total.magnitude += run.magnitude;
      run.sum = run.square = run.magnitude = 0;
    }
  }
  if ((sorted.length & ((1 << shift) - 1)) === 0) {
    sums[sorted.length >> shift] = total.sum + run.sum;
    squares[sorted.length >> shift] = total.square + run.square;
  }
  return { sorted, shift, sums, squares, sumOfMagnitudes: total.magnitude + run.magnitude };
}

/** A sum of squared errors in real arithmetic, up to the rounding of double precision. */
export interface ErrorSum {
  readonly sum: number;
  /** Bound of that rounding. */
  readonly doubleError: number;
  /** Sum of the squared values. */
  readonly squaredNorm: number;
}

/** Where the cells of the last grid and scale ended: candidates follow each other closely, so the next ends are near. Grown to the largest grid so far. */
let hints = new Int32Array(0);

/** Index of the first sorted value not below `limit`, looked for in doubling steps away from `hint` (any number). */
function firstFrom(sorted: Float32Array, limit: number, hint: number): number {
  let low = Math.min(hint, sorted.length);
  let high = low;
  let step = 1;
  if (low < sorted.length && sorted[low]! < limit) {
    low++;
    while (low + step <= sorted.length && sorted[low + step - 1]! < limit) {
      low += step;
      step *= 2;
    }
    high = Math.min(low + step - 1, sorted.length);
  } else {
    while (high >= step && sorted[high - step]! >= limit) {
      high -= step;
      step *= 2;
    }
    low = high < step ? 0 : high - step + 1;
  }
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Summed squared error at that scale; `values` are the grid values, rising. */
export function gridError(unit: SortedUnit, values: Float32Array, scale: number): ErrorSum {
  const { sorted, shift, sums, squares } = unit;
  const count = sorted.length;
  if (hints.length < values.length) hints = new Int32Array(values.length);
  const ends = hints;
  let sum = 0;
  let start = 0;
  let startSum = 0;
  let startSquare = 0;
  let norm = 0;
  for (let j = 0; j < values.length; j++) {
    const end = j + 1 < values.length ? firstFrom(sorted, ((values[j]! + values[j + 1]!) / 2) * scale, ends[j]!) : count;
    ends[j] = end;
    let endSum = sums[end >> shift]!;
    let endSquare = squares[end >> shift]!;
    for (let i = (end >> shift) << shift; i < end; i++) {
      const value = sorted[i]!;
      endSum += value;
      endSquare += value * value;
    }
    const output = values[j]! * scale;
    sum += endSquare - startSquare - 2 * output * (endSum - startSum) + output * output * (end - start);
    start = end;
    startSum = endSum;
    startSquare = endSquare;
    norm = endSquare;
  }
  const outermost = scale * Math.max(Math.abs(values[0]!), Math.abs(values.at(-1)!));
  const steps = 4 * (RESTART + count / RESTART + values.length + 64);
  const doubleError = steps * DOUBLE_ROUNDING * (norm + 2 * outermost * unit.sumOfMagnitudes + count * outermost * outermost);
  return { sum, doubleError, squaredNorm: norm };
}

/** Bounds of the float32 mean of `count` squared errors with that sum. */
export function encloseMean({ sum, doubleError, squaredNorm }: ErrorSum, count: number): ErrorBounds {
  const low = Math.sqrt(Math.max(0, sum - doubleError));
  const high = Math.sqrt(Math.max(0, sum + doubleError));
  const drift = 8 * SINGLE_ROUNDING * (Math.sqrt(squaredNorm) + high);
  const least = Math.max(0, low - drift);
  const most = high + drift;
  return { least: ((least * least) / count) * (1 - 16 * SINGLE_ROUNDING), most: ((most * most) / count) * (1 + 16 * SINGLE_ROUNDING) };
}
