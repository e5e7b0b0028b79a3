/**
 * Turns the residual stream of a decoder: hidden row h becomes h R, R = diag(signs) H orthonormal, H block-diagonal Walsh-Hadamard with the
 * largest power of two that divides the width as block. What reads the stream gets W R, what writes it R' W; an RMS norm keeps its factor,
 * for it only knows the length of a row.
 * Before that no norm may have a gain of its own: gains go into the columns of what reads the norm, biases into the biases of the products, and
 * a LayerNorm becomes an RMS norm of rows whose mean is taken out where they are written (rows of the embeddings, columns of o and down).
 * The final norm has no product bias behind it: its bias becomes (bias / gain) R, so a gain of 0 beside a bias is refused.
 * Source: QuaRot, arXiv:2404.00456; LayerNorm as SliceGPT, arXiv:2401.15024.
 */
import { hadamardInPlace } from '../../numeric/hadamard.js';
import { LowbitError } from '../../lowbit-error.js';
import type { Matrix } from '../../numeric/matrix.js';
import { seededRandom } from '../../numeric/random.js';
import type { DecoderLayer, DecoderModel, Norm, Product, ProductGroup } from '../decoder-model.js';
import { mapExperts } from './sites.js';
import { timesColumns, transposed, withWeight } from './weight-change.js';

/** The model in the turned basis, the same function. */
export function rotatedResidual(model: DecoderModel, seed: number): DecoderModel {
  const plain = withoutGains(model);
  const turn = turningRows(model.hidden, seed);
  const rows = (weight: Matrix): Matrix => turnedRows(weight, turn);
  const reads = (group: ProductGroup): ProductGroup => ({ ...group, products: group.products.map((product) => withWeight(product, rows)) });
  const writes = (group: ProductGroup): ProductGroup => ({
    ...group,
    products: group.products.map((product) => turnedOutputs(product, turn)),
  });
  return {
    ...plain,
    embedding: rows(plain.embedding),
    ...(plain.positions === undefined ? {} : { positions: { ...plain.positions, table: rows(plain.positions.table) } }),
    layers: plain.layers.map((layer) => changedLayer(layer, { reads, writes, router: rows })),
    finalNorm: turnedBias(plain.finalNorm, turn),
    head: rows(plain.head),
  };
}

/** h <- h R of rows of `width`, in place. */
type Turn = (row: Float32Array) => void;

function turningRows(width: number, seed: number): Turn {
  const random = seededRandom(seed);
  const signs = Float32Array.from({ length: width }, () => (random.uniform() < 0.5 ? -1 : 1));
  const block = largestBlock(width);
  return (row) => {
    for (let j = 0; j < width; j++) row[j]! *= signs[j]!;
    hadamardInPlace(row, block);
  };
}

/** The largest power of two that divides a width: the block of its transform. */
export function largestBlock(width: number): number {
  let block = 1;
  while (width % (2 * block) === 0) block *= 2;
  return block;
}

function turnedRows({ rows, cols, data }: Matrix, turn: Turn): Matrix {
  const turned = data.slice();
  for (let at = 0; at < turned.length; at += cols) turn(turned.subarray(at, at + cols));
  return { rows, cols, data: turned };
}

/** R' W, R' b: every column of W is a row of the stream. */
function turnedOutputs({ name, weight, bias }: Product, turn: Turn): Product {
  return {
    name,
    weight: transposed(turnedRows(transposed(weight), turn)),
    ...(bias === undefined ? {} : { bias: turnedRows({ rows: 1, cols: bias.length, data: bias }, turn).data }),
  };
}

function turnedBias(norm: Norm, turn: Turn): Norm {
  if (norm.bias === undefined) return norm;
  const bias = norm.bias.slice();
  turn(bias);
  return { ...norm, bias };
}

interface LayerChanges {
  readonly reads: (group: ProductGroup) => ProductGroup;
  readonly writes: (group: ProductGroup) => ProductGroup;
  readonly router: (weight: Matrix) => Matrix;
}

function changedLayer(layer: DecoderLayer, { reads, writes, router }: LayerChanges): DecoderLayer {
  const { attention, feedForward } = layer;
  const changed = mapExperts(layer, (expert) => ({ ...expert, input: reads(expert.input), output: writes(expert.output) }));
  return {
    ...changed,
    attention: { ...attention, input: reads(attention.input), output: writes(attention.output) },
    feedForward: { ...changed.feedForward, ...(feedForward.router === undefined ? {} : { router: router(feedForward.router) }) },
  };
}

/** The same function with gains of 1, without biases before products, and with RMS norms only. */
function withoutGains(model: DecoderModel): DecoderModel {
  const layers = model.layers.map((layer) => {
    const { attention, attentionNorm, feedForwardNorm } = layer;
    checkNoSteps(attention.input);
    const folded = { ...layer, attention: { ...attention, input: behindNorm(attention.input, attentionNorm) } };
    const experts = mapExperts(folded, (expert) => {
      checkNoSteps(expert.input);
      return { ...expert, input: behindNorm(expert.input, feedForwardNorm) };
    });
    const { router } = layer.feedForward;
    if (router !== undefined && feedForwardNorm.bias !== undefined) throw withoutRouterBias();
    return {
      ...experts,
      attentionNorm: bareNorm(attentionNorm),
      feedForwardNorm: bareNorm(feedForwardNorm),
      feedForward: { ...experts.feedForward, ...(router === undefined ? {} : { router: timesColumns(router, feedForwardNorm.gain) }) },
    };
  });
  const folded = { ...model, layers, finalNorm: finalNormOf(model.finalNorm), head: timesColumns(model.head, model.finalNorm.gain) };
  return normsOf(model).some(({ kind }) => kind === 'layer') ? withoutMeans(folded, normsOf(model)) : folded;
}

function normsOf({ layers, finalNorm }: DecoderModel): Norm[] {
  return [...layers.flatMap(({ attentionNorm, feedForwardNorm }) => [attentionNorm, feedForwardNorm]), finalNorm];
}

/** W diag(gain), b + W bias. */
function behindNorm(group: ProductGroup, { gain, bias: shift }: Norm): ProductGroup {
  const products = group.products.map((product): Product => {
    const scaled = withWeight(product, (weight) => timesColumns(weight, gain));
    return shift === undefined ? scaled : { ...scaled, bias: shiftedBias(product, shift) };
  });
  return { ...group, products };
}

function shiftedBias({ weight, bias }: Product, shift: Float32Array): Float32Array {
  return Float32Array.from({ length: weight.rows }, (_, row) => {
    let sum = bias?.[row] ?? 0;
    for (let j = 0; j < weight.cols; j++) sum += weight.data[row * weight.cols + j]! * shift[j]!;
    return sum;
  });
}

function bareNorm({ gain, epsilon }: Norm): Norm {
  return { kind: 'rms', gain: gain.map(() => 1), epsilon };
}

function finalNormOf(norm: Norm): Norm {
  const { bias, gain } = norm;
  if (bias === undefined) return bareNorm(norm);
  const lost = gain.findIndex((value, j) => value === 0 && bias[j] !== 0);
  if (lost !== -1)
    throw new LowbitError('the final norm cannot be folded into the head', {
      value: `gain 0 beside bias ${bias[lost]} in channel ${lost}`,
    });
  return { ...bareNorm(norm), bias: bias.map((value, j) => (value === 0 ? 0 : value / gain[j]!)) };
}

/** The mean over channels taken out of every row that is written to the stream. */
function withoutMeans(model: DecoderModel, norms: readonly Norm[]): DecoderModel {
  if (norms.some(({ kind }) => kind === 'rms')) {
    throw new LowbitError('a decoder with both LayerNorm and RMSNorm cannot be rotated', {
      value: model.name,
      remedy: 'taking means out of the stream changes what an RMSNorm gives',
    });
  }
  const centre: Turn = (row) => {
    const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
    for (let j = 0; j < row.length; j++) row[j]! -= mean;
  };
  const writes = (group: ProductGroup): ProductGroup => ({
    ...group,
    products: group.products.map((product) => turnedOutputs(product, centre)),
  });
  return {
    ...model,
    embedding: turnedRows(model.embedding, centre),
    ...(model.positions === undefined ? {} : { positions: { ...model.positions, table: turnedRows(model.positions.table, centre) } }),
    layers: model.layers.map((layer) => changedLayer(layer, { reads: (group) => group, writes, router: (weight) => weight })),
  };
}

function checkNoSteps({ name, steps }: ProductGroup): void {
  if (steps.length === 0) return;
  throw new LowbitError('the residual stream can only be rotated before steps are put on inputs that read it', {
    value: `${name} has ${steps.map(({ kind }) => kind).join(', ')}`,
    remedy: 'name hadamard before block-hadamard and outlier-permutation',
  });
}

function withoutRouterBias(): LowbitError {
  return new LowbitError('a router behind a norm with a bias cannot be rotated', {
    remedy: 'its scores would need a bias, which a router has not',
  });
}
