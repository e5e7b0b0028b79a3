/**
 * Eigenvalues and eigenvectors of a symmetric matrix in float64: Householder reduction to tridiagonal form, then QL steps with implicit shifts.
 * Source: Golub and Van Loan, Matrix Computations, 4th ed., 8.3. Only +, -, *, / and square roots: the same bits on every machine.
 * Cost about 6 n^3 operations; meant for n up to a thousand. Left out: subsets of the spectrum, generalised problems.
 */

export interface SymmetricEigen {
  /** In falling order. */
  readonly values: Float64Array;
  /** Eigenvector i in row i; orthonormal. */
  readonly vectors: Float64Array;
}

const MAX_STEPS = 60;

/** Of the n x n matrix `symmetric` (row-major; only read). Throws RangeError when the QL steps do not settle, which NaN makes them. */
export function symmetricEigen(symmetric: Float64Array, n: number): SymmetricEigen {
  const work = Float64Array.from(symmetric);
  const { diagonal, off, rotation } = tridiagonal(work, n);
  for (let l = 0; l < n; l++) settle({ diagonal, off, rows: rotation, n }, l);
  const order = Array.from(diagonal, (_, i) => i).sort((a, b) => diagonal[b]! - diagonal[a]! || a - b);
  const vectors = new Float64Array(n * n);
  order.forEach((from, to) => vectors.set(rotation.subarray(from * n, (from + 1) * n), to * n));
  return { values: Float64Array.from(order, (from) => diagonal[from]!), vectors };
}

interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** off[i] couples i and i + 1. */
  readonly off: Float64Array;
  /** Row i: what becomes of unit vector i; the transposed product of the reflections. */
  readonly rotation: Float64Array;
}

/** Reflections v of column k lie in row k of `a`, behind the diagonal, once it is done. */
function tridiagonal(a: Float64Array, n: number): Tridiagonal {
  const [diagonal, off, factors] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
  const product = new Float64Array(n);
  for (let k = 0; k + 2 < n; k++) {
    const row = k * n;
    let square = 0;
    for (let j = k + 1; j < n; j++) square += a[row + j]! ** 2;
    const first = a[row + k + 1]!;
    const length = first > 0 ? -Math.sqrt(square) : Math.sqrt(square);
    off[k] = length;
    if (square === 0) continue;
    a[row + k + 1] = first - length;
    // |v|^2 = 2 (square - first length), so 2 / |v|^2 is:
    const factor = 1 / (square - first * length);
    factors[k] = factor;
    reflect(a, n, k, { factor, product });
  }
  for (let k = 0; k < n; k++) diagonal[k] = a[k * n + k]!;
  if (n > 1) off[n - 2] = a[(n - 2) * n + n - 1]!;
  return { diagonal, off, rotation: accumulated(a, n, factors) };
}

interface Reflection {
  readonly factor: number;
  readonly product: Float64Array;
}

/** a <- H a H on the rows and columns behind k, H = 1 - factor v v'. */
function reflect(a: Float64Array, n: number, k: number, { factor, product }: Reflection): void {
  const v = a.subarray(k * n, (k + 1) * n);
  let overlap = 0;
  for (let i = k + 1; i < n; i++) {
    let sum = 0;
    for (let j = k + 1; j < n; j++) sum += a[i * n + j]! * v[j]!;
    product[i] = factor * sum;
    overlap += product[i]! * v[i]!;
  }
  const half = (factor * overlap) / 2;
  for (let i = k + 1; i < n; i++) product[i]! -= half * v[i]!;
  for (let i = k + 1; i < n; i++) {
    const [vi, pi] = [v[i]!, product[i]!];
    for (let j = k + 1; j < n; j++) a[i * n + j]! -= vi * product[j]! + pi * v[j]!;
  }
}

/** The transposed product of all reflections, last one first. */
function accumulated(a: Float64Array, n: number, factors: Float64Array): Float64Array {
  const q = new Float64Array(n * n);
  for (let i = 0; i < n; i++) q[i * n + i] = 1;
  for (let k = n - 3; k >= 0; k--) {
    const factor = factors[k]!;
    if (factor === 0) continue;
    for (let i = k + 1; i < n; i++) {
      let sum = 0;
      for (let j = k + 1; j < n; j++) sum += q[i * n + j]! * a[k * n + j]!;
      const scaled = factor * sum;
      for (let j = k + 1; j < n; j++) q[i * n + j]! -= scaled * a[k * n + j]!;
    }
  }
  return q;
}

interface Settling {
  readonly diagonal: Float64Array;
  readonly off: Float64Array;
  readonly rows: Float64Array;
  readonly n: number;
}

/** QL steps until the coupling behind l is lost in rounding. */
function settle(state: Settling, l: number): void {
  const { diagonal, off, n } = state;
  for (let step = 0; step <= MAX_STEPS; step++) {
    let m = l;
    while (m + 1 < n) {
      const size = Math.abs(diagonal[m]!) + Math.abs(diagonal[m + 1]!);
      if (Math.abs(off[m]!) <= Number.EPSILON * size) break;
      m++;
    }
    if (m === l) return;
    implicitStep(state, l, m);
  }
  throw new RangeError('eigenvalues do not settle');
}

/** One step with Wilkinson's shift on the rows l..m. */
function implicitStep({ diagonal, off, rows, n }: Settling, l: number, m: number): void {
  const slope = (diagonal[l + 1]! - diagonal[l]!) / (2 * off[l]!);
  const root = Math.sqrt(slope * slope + 1);
  let g = diagonal[m]! - diagonal[l]! + off[l]! / (slope + (slope < 0 ? -root : root));
  let [sine, cosine, shift] = [1, 1, 0];
  for (let i = m - 1; i >= l; i--) {
    const f = sine * off[i]!;
    const b = cosine * off[i]!;
    const r = Math.sqrt(f * f + g * g);
    off[i + 1] = r;
    if (r === 0) {
      diagonal[i + 1]! -= shift;
      off[m] = 0;
      return;
    }
    sine = f / r;
    cosine = g / r;
    g = diagonal[i + 1]! - shift;
    const t = (diagonal[i]! - g) * sine + 2 * cosine * b;
    shift = sine * t;
    diagonal[i + 1] = g + shift;
    g = cosine * t - b;
    rotateRows(rows, n, i, { sine, cosine });
  }
  diagonal[l]! -= shift;
  off[l] = g;
  off[m] = 0;
}

function rotateRows(rows: Float64Array, n: number, i: number, { sine, cosine }: { readonly sine: number; readonly cosine: number }): void {
  const [upper, lower] = [rows.subarray(i * n, (i + 1) * n), rows.subarray((i + 1) * n, (i + 2) * n)];
  for (let k = 0; k < n; k++) {
    const [a, b] = [upper[k]!, lower[k]!];
    lower[k] = sine * a + cosine * b;
    upper[k] = cosine * a - sine * b;
  }
}
