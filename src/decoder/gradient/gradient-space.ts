/**
 * The memory of a reverse pass: the arrays of one layer with the gradients along them, and x W beside x W'.
 * Rows of W pass through a panel and their parts of the sum over N are added in float32, in order: the same bits on every machine.
 */
import type { Rows } from '../../numeric/matmul.js';
import { rowsOf } from '../../numeric/matmul.js';
import type { Matrix } from '../../numeric/matrix.js';
import { QUERY_BLOCK } from '../attention.js';
import { groupsOfLayer, type DecoderLayer, type DecoderModel } from '../decoder-model.js';
import { LOGIT_BLOCK } from '../decoder-pass.js';
import { rotaryTable, type RotaryTable } from '../rotary.js';
import { workspace, type Workspace } from '../workspace.js';

/** Numbers of a weight that are in the panel at a time, unless a single row is longer. */
const PANEL = 2 ** 18;

export interface GradientSpace extends Workspace {
  /** Angles of a layer, for as many tokens as the space holds. */
  rotaryOf(layer: DecoderLayer): RotaryTable | undefined;
}

/** For windows of at most `capacity` tokens. Throws RangeError when it does not fit into 4 GiB. */
export function gradientSpace(model: DecoderModel, capacity: number): GradientSpace {
  const groups = model.layers.flatMap(groupsOfLayer);
  const widest = (of: (layer: DecoderLayer) => number): number => Math.max(0, ...model.layers.map(of));
  const queries = widest(({ attention: { heads, headDim } }) => heads * headDim);
  const keys = widest(({ attention: { kvHeads, headDim } }) => kvHeads * headDim);
  const inner = widest(({ feedForward: { experts } }) => experts[0]?.input.products[0]?.weight.rows ?? 0);
  const longest = Math.max(model.hidden, ...groups.flatMap(({ products }) => products.map(({ weight }) => weight.cols)));
  const block = Math.min(QUERY_BLOCK, capacity);
  const each = (width: number, names: readonly string[]) => Object.fromEntries(names.map((name) => [name, [capacity, width] as const]));
  const work = workspace(
    {
      ...each(model.hidden, ['hidden', 'middle', 'normed', 'feedIn', 'down', 'along', 'gradient']),
      ...each(queries, ['queries', 'mixed', 'queryGradient', 'mixedGradient']),
      ...each(keys, ['keys', 'values', 'keyGradient', 'valueGradient']),
      ...each(inner, ['gate', 'up', 'inner', 'innerGradient']),
      logits: [Math.min(LOGIT_BLOCK, capacity), model.vocabulary],
      scores: [block, capacity],
      scoreGradient: [block, capacity],
      turned: [capacity, block],
      headPart: [capacity, widest(({ attention }) => attention.headDim)],
      panel: [1, Math.max(PANEL, longest)],
      part: [capacity, longest],
    },
    longest,
  );
  const tables = new Map(
    model.layers.map(({ attention: { rotary, headDim } }) => [JSON.stringify([headDim, rotary]), { rotary, headDim }]),
  );
  const angles = new Map(
    [...tables].map(([key, { rotary, headDim }]) => [key, rotary === undefined ? undefined : rotaryTable(capacity, headDim, rotary)]),
  );
  return { ...work, rotaryOf: ({ attention: { headDim, rotary } }) => angles.get(JSON.stringify([headDim, rotary])) };
}

/** y += x W, x [tokens, N] and W [N, K]. */
export function addTimesWeight(space: GradientSpace, x: Rows, { rows, cols, data }: Matrix, y: Rows): void {
  const panel = space.array('panel', 1).data;
  const part = rowsOf(space.array('part', x.rows).data, x.rows, cols);
  const rowsAtATime = Math.floor(panel.length / cols);
  for (let from = 0; from < rows; from += rowsAtATime) {
    const count = Math.min(rowsAtATime, rows - from);
    panel.set(data.subarray(from * cols, (from + count) * cols));
    space.space.times({ ...x, data: x.data.subarray(from), cols: count }, rowsOf(panel, count, cols), part);
    for (let r = 0; r < y.rows; r++) {
      for (let c = 0; c < cols; c++) y.data[r * y.stride + c]! += part.data[r * cols + c]!;
    }
  }
}
