/** The products of a group on their common input: steps, observer, activation quantizer, y = W x + b. */
import type { Rows } from '../numeric/matmul.js';
import type { ProductGroup } from './decoder-model.js';
import type { ExecutionPlan } from './execution-plan.js';
import { applySteps } from './input-steps.js';
import { asMatrix, type Workspace } from './workspace.js';

/** Where and how a decoder runs. */
export interface Setting {
  readonly work: Workspace;
  readonly plan: ExecutionPlan;
}

/** Fills `outputs`, one for each product in order. `x` [tokens, K] lies without gaps and is changed. */
export function runGroup({ work, plan }: Setting, group: ProductGroup, x: Rows, outputs: readonly Rows[]): void {
  applySteps(x, group.steps);
  const input = asMatrix(x);
  plan.observer?.groupInput?.(group, input);
  const own = plan.products?.(input, group);
  if (own === undefined && plan.activation !== undefined) input.data.set(plan.activation(input, group));
  for (const [index, { weight, bias }] of group.products.entries()) {
    const y = outputs[index];
    if (y === undefined) throw new Error(`group ${group.name} has more products than places for them`);
    const given = own?.[index];
    if (given === undefined) work.product(x, weight, y);
    else y.data.set(given);
    if (bias !== undefined) addBias(y, bias);
  }
}

function addBias(y: Rows, bias: Float32Array): void {
  for (let r = 0; r < y.rows; r++) {
    const base = r * y.stride;
    for (let c = 0; c < y.cols; c++) y.data[base + c]! += bias[c]!;
  }
}
