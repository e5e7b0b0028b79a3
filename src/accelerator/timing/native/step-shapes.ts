/**
 * What the steps of a layer ask of the machine: a row of numbers (step-row.ts) for each kind of step.
 * Every dimension has full tiles and a last one: a kind says of each whether it is at its last tile, a bit by dimension.
 * Formulas: docs/timing/native.md.
 */
import { foldShape } from './fold-shape.js';
import type { Extent, NativeProblem, Tilings } from './problem.js';
import {
  DEQUANT_AFTER,
  DEQUANT_BEFORE,
  DEQUANT_EPILOGUE,
  LOAD_ACTIVATION,
  LOAD_BOTH,
  LOAD_WEIGHT,
  SHAPE,
  STORE_OUTPUT,
  type StepShapes,
} from './step-row.js';

/** Bits of the dimensions in a kind of step. */
export const bitOf = Object.freeze({ m: 1, n: 2, k: 4 } as const);

const KINDS = 8;

/** Room for the rows of all kinds. */
export function emptyShapes(): StepShapes {
  return new Float64Array(KINDS * SHAPE);
}

/** Steps of a kind in a product. */
export function tilesOfKind({ m, n, k }: Tilings, kind: number): number {
  return (
    ((kind & bitOf.m) === 0 ? m.count - 1 : 1) * ((kind & bitOf.n) === 0 ? n.count - 1 : 1) * ((kind & bitOf.k) === 0 ? k.count - 1 : 1)
  );
}

/** Fills the rows of the kinds there is a step of. */
export function fillShapes(problem: NativeProblem, tilings: Tilings, shapes: StepShapes): StepShapes {
  const { m, n, k } = tilings;
  for (let kind = 0; kind < KINDS; kind++) {
    if (tilesOfKind(tilings, kind) === 0) continue;
    const tm = kind & bitOf.m ? m.last : m.full;
    const tn = kind & bitOf.n ? n.last : n.full;
    const tk = kind & bitOf.k ? k.last.size : k.full.size;
    const s = kind * SHAPE;
    foldShape(problem, shapes, s, { m: tm.size, n: tn.size, k: tk });
    requestShape(problem, shapes, s, { m: tm, n: tn, k: tk });
  }
  return shapes;
}

/** What a step moves and dequantizes. */
function requestShape(
  { dram_bits, dram_bitsPerCycle, dequantization }: NativeProblem,
  shapes: StepShapes,
  s: number,
  { m, n, k }: { readonly m: Extent; readonly n: Extent; readonly k: number },
): void {
  const weight_bits = n.all * k * dram_bits.weight;
  const activation_bits = m.all * k * dram_bits.activation;
  shapes[s + LOAD_BOTH] = Math.ceil((weight_bits + activation_bits) / dram_bitsPerCycle);
  shapes[s + LOAD_WEIGHT] = Math.ceil(weight_bits / dram_bitsPerCycle);
  shapes[s + LOAD_ACTIVATION] = Math.ceil(activation_bits / dram_bitsPerCycle);
  shapes[s + STORE_OUTPUT] = Math.ceil((m.all * n.all * dram_bits.output) / dram_bitsPerCycle);
  shapes.fill(0, s + DEQUANT_BEFORE, s + SHAPE);
  if (dequantization === null) return;
  const { placement, operationsPerCycle, group } = dequantization;
  const outputs = m.size * n.size;
  if (placement === 'before-mac') shapes[s + DEQUANT_BEFORE] = Math.ceil((n.size * k) / operationsPerCycle);
  else if (placement === 'after-group') shapes[s + DEQUANT_AFTER] = Math.ceil((outputs * Math.ceil(k / group)) / operationsPerCycle);
  else shapes[s + DEQUANT_EPILOGUE] = Math.ceil(outputs / operationsPerCycle);
}
