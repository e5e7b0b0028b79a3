/**
 * The reverse of a group of products y = W x that read one input: every product is told with its input and the gradient along its output, then
 *   dL/dx = steps' sum over products of W' dL/dy
 * Steps go back in reverse: a permutation by its inverse, the Walsh-Hadamard transform by itself (it is orthonormal and symmetric), a scale by the
 * same factors. Source: derivatives of the formulas in product-group.ts and decoder-model.ts.
 */
import { hadamardInPlace } from '../../numeric/hadamard.js';
import type { Rows } from '../../numeric/matmul.js';
import type { Matrix } from '../../numeric/matrix.js';
import type { InputStep, Product, ProductGroup } from '../decoder-model.js';
import { asMatrix } from '../workspace.js';
import { addTimesWeight, type GradientSpace } from './gradient-space.js';

/** What the loss says of one product, for one window. Views that hold until the next call. */
export interface ProductGradient {
  readonly product: Product;
  /** x [tokens, K], as the product reads it. */
  readonly input: Matrix;
  /** dL/dy [tokens, N]. */
  readonly output: Matrix;
}

/** Takes what is known of one product; its arrays are used again once it returns. */
export type Visit = (gradient: ProductGradient) => void;

/** Input of a group after its steps, gradients along what its products give, and the place for that along the input before the steps. */
export interface GroupCall {
  readonly input: Rows;
  readonly outputs: readonly Rows[];
  readonly along: Rows;
  readonly visit: Visit;
}

/** along = the steps back of sum (dL/dy) W; every product is told to `visit`. */
export function groupGradient(space: GradientSpace, group: ProductGroup, { input, outputs, along, visit }: GroupCall): void {
  along.data.fill(0, 0, along.rows * along.cols);
  for (const [i, product] of group.products.entries()) {
    const output = outputs[i]!;
    visit({ product, input: asMatrix(input), output: asMatrix(output) });
    addTimesWeight(space, output, product.weight, along);
  }
  for (const step of [...group.steps].reverse()) stepBack(along, step);
}

function stepBack({ data, rows, cols }: Rows, step: InputStep): void {
  const all = data.subarray(0, rows * cols);
  if (step.kind === 'hadamard') {
    hadamardInPlace(all, step.block);
    return;
  }
  for (let base = 0; base < all.length; base += cols) {
    if (step.kind === 'scale') for (let j = 0; j < cols; j++) all[base + j]! *= step.factors[j]!;
    else permuteBack(all.subarray(base, base + cols), step.order);
  }
}

function permuteBack(row: Float32Array, order: Int32Array): void {
  const turned = row.slice();
  for (const [j, from] of order.entries()) row[from] = turned[j]!;
}
