/** The weights of a workload as their quantizers store them (stored-weight.ts), and what a report says where that is not known. */
import type { LayerTrace, Operand } from '../layer-trace.js';
import { namesText } from '../names-text.js';
import type { ResolvedScheme } from '../scheme-config.js';

/** The weight of an n x k matrix: what it takes in that shape, or what its format says. */
export function weightIn({ storedWeights }: Pick<ResolvedScheme, 'storedWeights'>, weight: Operand, { n, k }: Matrix): Operand {
  return storedWeights.get(weight)?.({ rows: n, cols: k }) ?? weight;
}

interface Matrix {
  readonly n: number;
  readonly k: number;
}

/** The rows with the weights of their matrices. */
export function withStoredWeights(layers: readonly LayerTrace[], scheme: Pick<ResolvedScheme, 'storedWeights'>): LayerTrace[] {
  if (scheme.storedWeights.size === 0) return [...layers];
  return layers.map((layer) => (layer.kind === 'gemm' ? { ...layer, weight: weightIn(scheme, layer.weight, layer) } : layer));
}

/** What the rows do not charge: parts that the values decide, and the ends of matrices that the quantizer refuses. */
export function storedWeightNotes(layers: readonly LayerTrace[], { storedWeights }: Pick<ResolvedScheme, 'storedWeights'>): string[] {
  const gemms = layers.filter(({ kind }) => kind === 'gemm');
  const unknown = (part: 'outlier' | 'permutation'): LayerTrace[] => gemms.filter(({ weight }) => weight.bits?.[part] === null);
  const refused = gemms.filter(({ weight }) => storedWeights.has(weight));
  const [outliers, permutation] = [unknown('outlier'), unknown('permutation')];
  return [
    ...(outliers.length === 0
      ? []
      : [
          `how many outliers ${formatsText(outliers)} stores apart follows from the values: their bits are not charged; weight.outliers of a scheme states a share`,
        ]),
    ...(permutation.length === 0
      ? []
      : [`whether ${formatsText(permutation)} stores an order of columns follows from the values: it is not charged`]),
    ...(refused.length === 0
      ? []
      : [
          `the quantizer of ${formatsText(refused)} takes no matrix of the shape of ${namesText(refused.map(({ name }) => name))}: whole groups are charged`,
        ]),
  ];
}

function formatsText(layers: readonly LayerTrace[]): string {
  return namesText(layers.map(({ weight }) => weight.format));
}
