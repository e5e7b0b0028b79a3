/**
 * Rows of a workload: one LayerTrace per unique layer, `repeat` for the identical ones.
 *   linear     m = tokens, n = features, k = inputs, one weight for all gemms
 *   QK         m = query rows x heads / kvHeads, n = keys, k = headDim, one GEMM per sequence and KV head
 *   PV         m the same, n = headDim, k = keys
 * Vector rows (softmax, norm, elementwise, and transform for a change of format) have m x n elements, k = 1 and no weight.
 */
import type { LayerKind, LayerTrace, Operand } from '../layer-trace.js';
import type { ResolvedScheme } from '../scheme-config.js';
import { layersOf, namesInLayer, type WeightMatrix } from '../model/weight-matrices.js';
import { equalLayers, layerNumbers } from './equal-layers.js';
import type { Refinement } from './request.js';

/** What every row of one phase has in common. */
export interface RowSetting {
  readonly scheme: ResolvedScheme;
  readonly options: Readonly<Record<Refinement, boolean>>;
  readonly batch: number;
  /** In front of every name. */
  readonly prefix: string;
  /** Times the whole phase runs (decode steps). */
  readonly steps: number;
}

/** How the tokens reach a linear layer: `gemms` products of m rows. */
export interface TokenRows {
  readonly m: number;
  readonly gemms: number;
}

const NOTHING: Operand = { format: 'none', payload_bitsPerElement: 0, metadata_bitsPerElement: 0 };
const ON_CHIP: Operand = { format: 'on-chip', payload_bitsPerElement: 0, metadata_bitsPerElement: 0 };

/** Tokens of a prefill: one product per sequence, or all sequences in one. */
export function prefillRows(setting: RowSetting, tokens: number): TokenRows {
  return setting.options.mergedPrefill ? { m: setting.batch * tokens, gemms: 1 } : { m: tokens, gemms: setting.batch };
}

/** A linear layer of every block: one row, or one for all blocks in which the scheme treats it alike. */
export function linearRows(setting: RowSetting, matrix: WeightMatrix, tokens: TokenRows): LayerTrace[] {
  const { scheme } = setting;
  const alike = equalLayers(matrix, scheme);
  return alike.map(({ operands, layers }) => ({
    name: `${setting.prefix}${matrix.name}${alike.length === 1 ? '' : `[layers ${layerNumbers(layers)}]`}`,
    kind: 'gemm',
    m: tokens.m,
    n: matrix.n,
    k: matrix.k,
    gemms: tokens.gemms,
    repeat: (matrix.count / layersOf(matrix)) * layers.length * setting.steps,
    sharedOperand: 'weight',
    activation: operands.activation,
    weight: operands.weight,
    output: scheme.output,
  }));
}

/** Projections to keys and values that stay in a cache: with `kvWrite` they are written in its format, else like any layer's output. */
export function cachedRows(setting: RowSetting, matrix: WeightMatrix, tokens: TokenRows): LayerTrace[] {
  const rows = linearRows(setting, matrix, tokens);
  return setting.options.kvWrite ? rows.map((row) => ({ ...row, output: setting.scheme.kv })) : rows;
}

/** Projections to queries (first), keys and values. */
export function projectionRows(setting: RowSetting, [query, ...cached]: readonly WeightMatrix[], tokens: TokenRows): LayerTrace[] {
  return [
    ...(query === undefined ? [] : linearRows(setting, query, tokens)),
    ...cached.flatMap((matrix) => cachedRows(setting, matrix, tokens)),
  ];
}

/** Attention of `repeat` identical blocks. */
export interface AttentionShape {
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly queryTokens: number;
  readonly keys: number;
  readonly repeat: number;
  /** Behind the name, e.g. `@257`. */
  readonly suffix?: string;
  /** In front of `attention`, e.g. `cross/`. */
  readonly prefix?: string;
  /** Self attention in which a query sees no later key. */
  readonly masked?: boolean;
}

/** QK, softmax when vector rows are asked for, PV. */
export function attentionRows(setting: RowSetting, shape: AttentionShape): LayerTrace[] {
  const { scheme, options } = setting;
  const { headDim, keys, repeat } = shape;
  const rows = (shape.queryTokens * shape.heads) / shape.kvHeads;
  const m = options.causal && shape.masked === true && shape.queryTokens > 1 ? Math.ceil(rows / 2) : rows;
  const name = (part: string): string => `${setting.prefix}${shape.prefix ?? ''}attention-${part}${shape.suffix ?? ''}`;
  const weight = scheme.cacheAt?.(keys, { kvHeads: shape.kvHeads, headDim }) ?? scheme.kv;
  const shared = { m, gemms: setting.batch * shape.kvHeads, repeat, sharedOperand: 'none', weight } as const;
  const scores = options.fusedAttention ? ON_CHIP : undefined;
  const qk: LayerTrace = {
    name: name('qk'),
    kind: 'attention-qk',
    n: keys,
    k: headDim,
    ...shared,
    activation: scheme.attention,
    output: scores ?? scheme.output,
  };
  const pv: LayerTrace = {
    name: name('pv'),
    kind: 'attention-pv',
    n: headDim,
    k: keys,
    ...shared,
    activation: scores ?? scheme.attention,
    output: scheme.output,
  };
  if (!options.vectorOps) return [qk, pv];
  const softmax: LayerTrace = {
    ...vectorRow(setting, { name: 'softmax', kind: 'softmax', m, n: keys, gemms: shared.gemms, repeat }),
    name: name('softmax'),
    activation: scores ?? scheme.output,
    output: scores ?? scheme.attention,
  };
  return [qk, softmax, pv];
}

interface VectorShape extends TokenRows {
  readonly name: string;
  readonly kind: Extract<LayerKind, 'softmax' | 'norm' | 'elementwise' | 'transform'>;
  readonly n: number;
  readonly repeat: number;
}

/** An operation on m x n elements without a weight. */
function vectorRow(setting: RowSetting, shape: VectorShape): LayerTrace {
  return {
    name: `${setting.prefix}${shape.name}`,
    kind: shape.kind,
    m: shape.m,
    n: shape.n,
    k: 1,
    gemms: shape.gemms,
    repeat: shape.repeat,
    sharedOperand: 'none',
    activation: setting.scheme.output,
    weight: NOTHING,
    output: setting.scheme.output,
  };
}

/** What the vector rows of a block need to know. */
export interface BlockVectors {
  readonly hidden: number;
  readonly feedForward: number;
  readonly norms: number;
  /** Residual additions: one per attention and one for the feed-forward layers. */
  readonly additions: number;
  readonly blocks: number;
  readonly gated: boolean;
  /** Elements of a token's queries, and of its keys and values together. */
  readonly queries: number;
  readonly keyValue: number;
  /** A matrix behind every input of a block that is `hidden` wide, and one behind the input inside its feed-forward layers. */
  readonly readers: readonly WeightMatrix[];
  readonly innerReader: WeightMatrix;
  readonly prefix?: string;
}

/**
 * Norms, activation function (times the gate), residual additions and online quantization of `blocks` blocks; none unless asked for.
 * Quantized are the inputs of linear layers - two per attention, and those of the feed-forward layers -, queries, and keys and values, each where
 * its format is narrower than 16 bits.
 */
export function blockVectorRows(setting: RowSetting, tokens: TokenRows, block: BlockVectors): LayerTrace[] {
  if (!setting.options.vectorOps) return [];
  const prefix = block.prefix ?? '';
  const times = (perBlock: number): number => perBlock * block.blocks * setting.steps;
  const row = (name: string, kind: VectorShape['kind'], n: number, repeat: number): LayerTrace[] =>
    repeat === 0 ? [] : [vectorRow(setting, { name: `${prefix}${name}`, kind, n, repeat, ...tokens })];
  return [
    ...row('norm', 'norm', block.hidden, times(block.norms)),
    ...row(block.gated ? 'activation-gate' : 'activation', 'elementwise', block.feedForward, times(1)),
    ...row('residual', 'elementwise', block.hidden, times(block.additions)),
    ...quantizationRows(setting, tokens, block),
  ];
}

function quantizationRows(setting: RowSetting, tokens: TokenRows, block: BlockVectors): LayerTrace[] {
  const { attention, kv } = setting.scheme;
  const prefix = block.prefix ?? '';
  const attentions = block.additions - 1;
  const row = (name: string, output: Operand, n: number, perBlock: number): LayerTrace[] =>
    quantizationRow(setting, { name: `${prefix}${name}`, n, repeat: perBlock * block.blocks * setting.steps, ...tokens }, output);
  const cached = row('quantize-kv', kv, block.keyValue, 1);
  return [
    ...inputRows(setting, block.readers, { name: `${prefix}quantize-activations`, n: block.hidden, ...tokens }),
    ...inputRows(setting, [block.innerReader], { name: `${prefix}quantize-inner`, n: block.feedForward, ...tokens }),
    ...row('quantize-queries', attention, block.queries, attentions),
    ...(setting.options.kvWrite
      ? cached.map((each) => ({ ...each, activation: onChip(each.activation), output: onChip(each.output) }))
      : cached),
  ];
}

/** Quantization of the inputs of these matrices, one row for all that end in one format. */
function inputRows(setting: RowSetting, readers: readonly WeightMatrix[], shape: Omit<VectorShape, 'kind' | 'repeat'>): LayerTrace[] {
  const found = new Map<string, { readonly output: Operand; count: number }>();
  for (const matrix of readers) {
    for (let layer = 0; layer < layersOf(matrix); layer++) {
      const output = setting.scheme.productAt(namesInLayer(matrix, layer)[0] ?? '').activation;
      const text = JSON.stringify(output);
      const known = found.get(text);
      if (known === undefined) found.set(text, { output, count: 1 });
      else known.count++;
    }
  }
  return [...found.values()].flatMap(({ output, count }) => {
    const name = found.size === 1 ? shape.name : `${shape.name}[${output.format}]`;
    return quantizationRow(setting, { ...shape, name, repeat: count * setting.steps }, output);
  });
}

/** A change from the format layers write to the one the next reads, where that is narrower than 16 bits; none unless vector rows are asked for. */
function quantizationRow(setting: RowSetting, shape: Omit<VectorShape, 'kind'>, output: Operand): LayerTrace[] {
  if (!setting.options.vectorOps || output.payload_bitsPerElement >= 16) return [];
  return [{ ...vectorRow(setting, { ...shape, kind: 'transform' }), output }];
}

/** Quantization of what lm_head reads. */
export function headQuantization(setting: RowSetting, shape: Omit<VectorShape, 'kind'>): LayerTrace[] {
  return quantizationRow(setting, shape, setting.scheme.productAt('lm_head').activation);
}

/** An operand that another layer reads or writes in passing: its format without its bits. */
function onChip(operand: Operand): Operand {
  return { ...operand, payload_bitsPerElement: 0, metadata_bitsPerElement: 0 };
}
