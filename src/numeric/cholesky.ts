/**
 * Cholesky factor of a symmetric positive definite matrix, A = L L', and the two triangular solves; row-major float64, no pivoting.
 * Source: Golub and Van Loan, Matrix Computations, 4th edition, section 4.2 (rows in order, each from the rows before it).
 * Additions, multiplications, divisions and square roots only: the same bits on every machine.
 */

/** Replaces the lower triangle of the n x n matrix `a` by L and leaves the rest; false, with `a` spoilt, when it is not positive definite. */
export function choleskyInPlace(a: Float64Array, n: number): boolean {
  for (let i = 0; i < n; i++) {
    const row = i * n;
    for (let j = 0; j < i; j++) {
      const other = j * n;
      let sum = a[row + j]!;
      for (let k = 0; k < j; k++) sum -= a[row + k]! * a[other + k]!;
      a[row + j] = sum / a[other + j]!;
    }
    let diagonal = a[row + i]!;
    for (let k = 0; k < i; k++) diagonal -= a[row + k]! * a[row + k]!;
    if (!(diagonal > 0)) return false;
    a[row + i] = Math.sqrt(diagonal);
  }
  return true;
}

/** Solves L x = b in place. */
export function solveLower(l: Float64Array, n: number, x: Float64Array): void {
  for (let i = 0; i < n; i++) {
    let sum = x[i]!;
    for (let k = 0; k < i; k++) sum -= l[i * n + k]! * x[k]!;
    x[i] = sum / l[i * n + i]!;
  }
}

/** Solves L' x = b in place. */
export function solveLowerTransposed(l: Float64Array, n: number, x: Float64Array): void {
  for (let i = n - 1; i >= 0; i--) {
    const value = x[i]! / l[i * n + i]!;
    x[i] = value;
    for (let k = 0; k < i; k++) x[k]! -= l[i * n + k]! * value;
  }
}
