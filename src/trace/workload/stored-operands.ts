/** Weights and activations of a workload as their quantizers store them (stored-operand.ts), and what a report says where that is not known. */
import type { LayerTrace, Operand } from '../layer-trace.js';
import { namesText } from '../names-text.js';
import type { ResolvedScheme } from '../scheme-config.js';

type Stored = Pick<ResolvedScheme, 'storedOperands'>;

/** The weight of an n x k matrix: what it takes in that shape, or what its format says. */
export function weightIn(scheme: Stored, weight: Operand, { n, k }: Matrix): Operand {
  return operandIn(scheme, weight, n, k);
}

interface Matrix {
  readonly n: number;
  readonly k: number;
}

function operandIn({ storedOperands }: Stored, operand: Operand, rows: number, cols: number): Operand {
  return storedOperands.get(operand)?.({ rows, cols }) ?? operand;
}

/** The rows with the operands of their matrices; what a row writes for another to read is stored as that one reads it. */
export function withStoredOperands(layers: readonly LayerTrace[], scheme: Stored): LayerTrace[] {
  if (scheme.storedOperands.size === 0) return [...layers];
  return layers.map((layer) => {
    const { m, n, k } = layer;
    return {
      ...layer,
      activation: operandIn(scheme, layer.activation, m, k),
      weight: operandIn(scheme, layer.weight, n, k),
      output: operandIn(scheme, layer.output, m, n),
    };
  });
}

/** What the rows do not charge: parts that the values decide, and the ends of matrices that the quantizer refuses. */
export function storedOperandNotes(layers: readonly LayerTrace[], { storedOperands }: Stored): string[] {
  const gemms = layers.filter(({ kind }) => kind === 'gemm');
  return (['weight', 'activation'] as const).flatMap((role) => {
    const unknown = (part: 'outlier' | 'permutation'): LayerTrace[] => gemms.filter((layer) => layer[role].bits?.[part] === null);
    const refused = gemms.filter((layer) => storedOperands.has(layer[role]));
    const formats = (some: readonly LayerTrace[]): string => namesText(some.map((layer) => layer[role].format));
    const note = (some: readonly LayerTrace[], text: string): string[] => (some.length === 0 ? [] : [text]);
    const [outliers, permutation] = [unknown('outlier'), unknown('permutation')];
    return [
      ...note(
        outliers,
        `how many outliers ${formats(outliers)} ${role === 'weight' ? 'stores apart' : 'has in blocks of 8 bits'} follows from the values: their bits are not charged; ${role}.outliers of a scheme states a share`,
      ),
      ...note(permutation, `whether ${formats(permutation)} stores an order of columns follows from the values: it is not charged`),
      ...note(
        refused,
        `the quantizer of ${formats(refused)} takes no ${role === 'weight' ? 'matrix' : 'input'} of the shape of ${namesText(refused.map(({ name }) => name))}: whole groups are charged`,
      ),
    ];
  });
}
