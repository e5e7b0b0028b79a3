/** Relative error of a product on inputs it really gets: ||X (W' - W)'|| / ||X W'||, Frobenius norms, without bias. */
import { workspace } from '../decoder/workspace.js';
import { rowsOf } from '../numeric/matmul.js';
import { matrix, type Matrix } from '../numeric/matrix.js';

/** `inputs` [tokens, K], `weight` [N, K], `approximation` the values that stand in for it; null when the exact output is all zeros. */
export function outputError(inputs: Matrix, weight: Matrix, approximation: Float32Array): number | null {
  const work = workspace({ inputs: [inputs.rows, inputs.cols], outputs: [inputs.rows, weight.rows] }, weight.cols);
  const x = work.array('inputs', inputs.rows);
  x.data.set(inputs.data);
  const y = work.array('outputs', inputs.rows);
  const energyOf = (data: Float32Array): number => {
    work.product(x, matrix(weight.rows, weight.cols, data), rowsOf(y.data, y.rows, y.cols));
    return y.data.reduce((sum, value) => sum + value * value, 0);
  };
  const signal = energyOf(weight.data);
  const noise = energyOf(approximation.map((value, i) => value - weight.data[i]!));
  return signal > 0 ? Math.sqrt(noise / signal) : null;
}
