/**
 * Which layers of a network a scheme treats alike: rows stand for as many layers as they can, and are cut only where the entries of single products
 * differ. Experts of one layer share a row whatever their number, so a scheme gives all of them one entry: which of them work is not known.
 */
import { LowbitError } from '../../lowbit-error.js';
import { layersOf, namesInLayer, type WeightMatrix } from '../model/weight-matrices.js';
import type { ProductOperands, ResolvedScheme } from '../scheme-config.js';

/** Layers in which a matrix has the same operands. */
export interface EqualLayers {
  readonly operands: ProductOperands;
  readonly layers: readonly number[];
}

/** In the order of the first layer of each. Throws LowbitError for experts of a layer that differ. */
export function equalLayers(matrix: WeightMatrix, scheme: ResolvedScheme): EqualLayers[] {
  const all = Array.from({ length: layersOf(matrix) }, (_, layer) => layer);
  if (!scheme.layered) return [{ operands: scheme, layers: all }];
  const found = new Map<ProductOperands, number[]>();
  for (const layer of all) {
    const operands = operandsIn(matrix, layer, scheme);
    const layers = found.get(operands);
    if (layers === undefined) found.set(operands, [layer]);
    else layers.push(layer);
  }
  return [...found].map(([operands, layers]) => ({ operands, layers }));
}

function operandsIn(matrix: WeightMatrix, layer: number, scheme: ResolvedScheme): ProductOperands {
  const names = namesInLayer(matrix, layer);
  const [first, ...rest] = names.map((name) => scheme.productAt(name));
  const other = rest.findIndex((operands) => operands !== first);
  if (first !== undefined && other < 0) return first;
  throw new LowbitError('experts of one layer are quantized differently', {
    value: `${names[0] ?? ''}, ${names[other + 1] ?? ''}`,
    place: 'layers of the scheme',
    remedy: 'which experts work is not known: give all experts of a layer one entry, e.g. layers.0.mlp.experts.*.down_proj',
  });
}

/** 0-1, 3: runs of layers in a row of text. */
export function layerNumbers(layers: readonly number[]): string {
  const runs: [from: number, to: number][] = [];
  for (const layer of layers) {
    const last = runs.at(-1);
    if (last?.[1] === layer - 1) last[1] = layer;
    else runs.push([layer, layer]);
  }
  return runs.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(', ');
}
