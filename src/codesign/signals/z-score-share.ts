/**
 * ZD: share of the weights of a block whose z-score (w - mean) / deviation exceeds 1, over all its matrices together: smaller is more important.
 * For a Gaussian it is 0.159; heavy tails make the deviation large and the share small. Source: Layer-wise quantization, arXiv 2406.17415
 * (formula as recalled). Weights without spread have no z-score: NaN.
 */
import type { Matrix } from '../../numeric/matrix.js';

/** Share from 0 to 1 of the weights of all matrices; NaN without spread. */
export function zScoreShare(matrices: readonly Matrix[]): number {
  let [count, sum, squares] = [0, 0, 0];
  for (const { data } of matrices) {
    count += data.length;
    for (const weight of data) sum += weight;
  }
  const mean = sum / count;
  for (const { data } of matrices) for (const weight of data) squares += (weight - mean) ** 2;
  const bound = mean + Math.sqrt(squares / count);
  if (!(squares > 0)) return NaN;
  let above = 0;
  for (const { data } of matrices) for (const weight of data) if (weight > bound) above++;
  return above / count;
}
