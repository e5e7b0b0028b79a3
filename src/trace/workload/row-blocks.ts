/**
 * Products whose rows take several weights (trace/row-blocks.ts) as layers: one for each block, of its rows and its format, so that every block is timed
 * and charged as what it is. All read the same input, each by itself, as q, k and v do.
 * Left out: a kernel that multiplies several blocks in one pass over the input, the order of the outputs, the map of the rows (its bits stay resident,
 * as what is stored per channel does).
 */
import type { LayerTrace, Operand } from '../layer-trace.js';
import type { RowsOperand } from '../row-blocks.js';
import type { ResolvedScheme } from '../scheme-config.js';
import { weightIn } from './stored-operands.js';

/** The layers with a layer for each block of rows, e.g. `down_proj[26 rows of int8-g128]`. */
export function withRowBlocks(layers: readonly LayerTrace[], { rowBlocks }: Pick<ResolvedScheme, 'rowBlocks'>): LayerTrace[] {
  if (rowBlocks.size === 0) return [...layers];
  return layers.flatMap((layer) => {
    const blocks = layer.kind === 'gemm' ? rowBlocks.get(layer.weight) : undefined;
    if (blocks === undefined) return [layer];
    const { conv, ...plain } = layer;
    return blocks.map(({ n, weight }) => ({
      ...plain,
      ...(conv === undefined ? {} : { conv: { ...conv, outputChannels: n } }),
      name: `${layer.name}[${n} ${n === 1 ? 'row' : 'rows'} of ${weight.format}]`,
      n,
      weight,
    }));
  });
}

/** The rows of an n x k matrix by what they are stored in: one entry where all are alike. */
export function storedRows(
  scheme: Pick<ResolvedScheme, 'rowBlocks' | 'storedOperands'>,
  weight: Operand,
  { n, k }: { readonly n: number; readonly k: number },
): RowsOperand[] {
  const rows = scheme.rowBlocks.get(weight) ?? [{ n, weight }];
  return rows.map((part) => ({ n: part.n, weight: weightIn(scheme, part.weight, { n: part.n, k }) }));
}
