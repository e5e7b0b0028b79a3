/**
 * Quantizes the tensors of a file one after the other: measured error and bits of each, and the operand a layer trace needs.
 * One tensor is in memory at a time; its values are handed on while they are there.
 */
import { operandFormat } from '../../formats/index.js';
import { LowbitError, unknownName } from '../../lowbit-error.js';
import { errorMetrics, sqnr_dB } from '../../numeric/error-metrics.js';
import type { Matrix } from '../../numeric/matrix.js';
import type { Calibration } from '../../quantizers/calibration.js';
import { histogramInStd, moments } from '../../numeric/moments.js';
import { quantize, quantizerNamed } from '../../quantizers/index.js';
import { idleOptions, parseOptions } from '../../quantizers/quantize-options.js';
import { bitsPerWeight, type QuantizedTensor } from '../../quantizers/quantizer.js';
import { tensorStatistics } from '../../quantizers/statistics.js';
import type { QuantizeDocument, QuantizedTensorRow } from '../../report/documents.js';
import type { TensorInfo, WeightSource } from '../../tensors/weight-source.js';
import type { Operand, TensorStatistics } from '../../trace/layer-trace.js';
import type { LowRank } from '../../trace/scheme-config.js';
import { keyValues, repeated, single } from '../arguments.js';
import type { Arguments } from '../command.js';
import { freeMemory } from './free-memory.js';

const HISTOGRAM_BINS = 48;
const HISTOGRAM_HALF_WIDTH_std = 12;

export interface QuantizeRequest {
  readonly quantizer: string;
  readonly options: Readonly<Record<string, string>>;
  /** Only these tensors; empty: every weight that can be quantized. */
  readonly only: readonly string[];
  readonly nanAsZero: boolean;
  /** What was seen of the inputs of the matrices, by the name of the tensor; absent: nothing. */
  readonly calibrations?: ReadonlyMap<string, Calibration>;
  /** Told before each tensor. */
  readonly progress: (name: string, index: number, count: number) => void;
}

/** What is known of one tensor after it was quantized. */
export interface QuantizedWeight {
  readonly info: TensorInfo;
  readonly row: QuantizedTensorRow;
  readonly operand: Operand;
  /** Factors stored beside it; absent: none. */
  readonly lowRank?: LowRank;
  /** Sum of squares of the original values. */
  readonly signal: number;
  /** Sum of squares of the errors. */
  readonly noise: number;
}

/** Values of one tensor, handed out while they are in memory. */
export interface QuantizedValues {
  readonly quantized: QuantizedTensor;
  readonly dequantized: Float32Array;
}

/** The request of `--quantizer`, `--option`, `--tensor` and `--nan-as-zero`. Throws LowbitError for an unknown quantizer. */
export function quantizeRequest(args: Arguments): QuantizeRequest {
  const quantizer = single('quantizer', args['quantizer']);
  if (quantizer === undefined)
    throw new LowbitError('no quantizer given', { remedy: 'add --quantizer NAME, see `lowbit list quantizers`' });
  quantizerNamed(quantizer);
  const shown = process.stderr.isTTY && args['quiet'] !== true;
  return {
    quantizer,
    options: keyValues('option', args['option']),
    only: repeated(args['tensor']),
    nanAsZero: args['nan-as-zero'] === true,
    progress: (name, index, count) => {
      if (shown) process.stderr.write(`\r\u001b[K${index + 1}/${count} ${name}${index + 1 === count ? '\n' : ''}`);
    },
  };
}

/** The tensors of these names, every weight for none. Throws LowbitError for a name that is not there or cannot be quantized, or when nothing is left. */
export function chosenTensors(source: WeightSource, only: readonly string[]): TensorInfo[] {
  const able = source.tensors.filter((tensor) => tensor.layout !== undefined);
  if (only.length === 0) {
    if (able.length > 0) return able;
    throw new LowbitError('no tensor to quantize', { value: source.path, remedy: 'it needs float tensors of two or more dimensions' });
  }
  return only.map((name) => {
    const found = source.tensors.find((tensor) => tensor.name === name);
    if (found === undefined)
      throw unknownName(
        'tensor',
        name,
        able.slice(0, 20).map((tensor) => tensor.name),
        source.path,
      );
    if (found.layout === undefined)
      throw new LowbitError('the tensor cannot be quantized', { value: name, place: source.path, remedy: found.reason ?? '' });
    return found;
  });
}

/** A tensor the quantizer takes no matrix of the shape of. */
export interface RefusedTensor {
  readonly info: TensorInfo;
  readonly reason: string;
}

/** The tensors of a file as one quantizer sees them. */
export interface Selection {
  readonly chosen: readonly TensorInfo[];
  /** They stay in 16 bits; empty where tensors were asked for by name. */
  readonly refused: readonly RefusedTensor[];
}

/**
 * The tensors to quantize. Throws LowbitError as `chosenTensors` does, for wrong options, for a tensor asked for whose shape the
 * quantizer refuses, and when it refuses all of them.
 */
export function selectTensors(source: WeightSource, { quantizer: name, options: raw, only, calibrations }: QuantizeRequest): Selection {
  const quantizer = quantizerNamed(name);
  const options = parseOptions(quantizer, raw);
  const chosen: TensorInfo[] = [];
  const refused: RefusedTensor[] = [];
  for (const info of chosenTensors(source, only)) {
    const { blocks, n, k } = info.layout ?? { blocks: 0, n: 0, k: 0 };
    const unseen = quantizer.needs !== undefined && calibrations?.has(info.name) !== true ? unseenInputs(name) : undefined;
    const refusal = unseen ?? quantizer.refusal?.({ rows: blocks * n, cols: k }, options);
    if (refusal === undefined) chosen.push(info);
    else if (only.length > 0) throw withTensor(refusal, info.name);
    else refused.push({ info, reason: refusal.message });
  }
  const [first] = refused;
  if (chosen.length > 0 || first === undefined) return { chosen, refused };
  throw new LowbitError(`no tensor has a shape that ${name} takes`, {
    value: source.path,
    remedy: `${first.info.name}: ${first.reason}`,
  });
}

function unseenInputs(name: string): LowbitError {
  return new LowbitError(`quantizer ${name} has not seen the inputs of this matrix`, {
    remedy: 'only the products of a decoder layer are calibrated',
  });
}

/** Weights of a workload in the order of the file: the quantized ones, and those that stay in 16 bits for their shape. */
export function withRefused<Weight extends { readonly info: TensorInfo }>(
  source: WeightSource,
  weights: readonly Weight[],
  refused: readonly Weight[],
): readonly Weight[] {
  if (refused.length === 0) return weights;
  const byName = new Map([...weights, ...refused].map((weight) => [weight.info.name, weight]));
  return source.tensors.flatMap(({ name }) => byName.get(name) ?? []);
}

/** What to tell the user of refused tensors; nothing for none. */
export function refusedNote(refused: readonly RefusedTensor[]): string[] {
  const [first] = refused;
  if (first === undefined) return [];
  const count = refused.length === 1 ? '1 tensor stays' : `${refused.length} tensors stay`;
  return [`${count} in 16 bits, ${refused.length === 1 ? '' : 'the first is '}${first.info.name}: ${first.reason}`];
}

/** What to tell the user of options that change nothing. */
export function idleNotes({ quantizer, options }: QuantizeRequest): string[] {
  return idleOptions(quantizerNamed(quantizer), options);
}

/** Quantizes the selected tensors in the order of the file and hands each over; what `take` does not keep is free before the next one is read. */
export async function quantizeWeights(
  source: WeightSource,
  request: QuantizeRequest,
  take: (weight: QuantizedWeight & QuantizedValues) => void,
): Promise<void> {
  const { chosen } = selectTensors(source, request);
  // A function of its own: its frame holds the values no longer than it runs.
  const handOver = async (info: TensorInfo): Promise<void> => take(await quantizeWeight(source, request, info));
  for (const [index, info] of chosen.entries()) {
    request.progress(info.name, index, chosen.length);
    await handOver(info);
  }
}

/** Quantizes one tensor of a file. Throws LowbitError for NaN and infinities (unless read as zero) and options the tensor does not fit. */
export async function quantizeWeight(
  source: WeightSource,
  request: QuantizeRequest,
  info: TensorInfo,
): Promise<QuantizedWeight & QuantizedValues> {
  freeMemory();
  const tensor = await source.readMatrix(info.name);
  if (request.nanAsZero) zeroNonFinite(tensor);
  const quantized = inTensor(info.name, tensor, () =>
    quantize(request.quantizer, tensor, request.options, request.calibrations?.get(info.name)),
  );
  const dequantized = quantizerNamed(request.quantizer).dequantize(quantized);
  const shape = moments(tensor.data);
  const statistics = tensorStatistics(tensor, quantized, dequantized, shape);
  const { signal, noise, ...errors } = errorMetrics(tensor.data, dequantized);
  const histogram = histogramInStd(tensor.data, shape, HISTOGRAM_BINS, HISTOGRAM_HALF_WIDTH_std);
  return {
    info,
    quantized,
    dequantized,
    signal,
    noise,
    row: rowOf(info.name, quantized, { ...errors, statistics, histogram }),
    operand: operandOf(quantized, statistics),
    ...lowRankOf(request, quantized),
  };
}

/** The totals of a document: every weight counts the same. */
export function quantizeTotals(all: readonly QuantizedWeight[]): QuantizeDocument['totals'] {
  const rows = all.map(({ row }) => row);
  const signal = all.reduce((sum, weight) => sum + weight.signal, 0);
  const noise = all.reduce((sum, weight) => sum + weight.noise, 0);
  const elements = (row: QuantizedTensorRow): number => row.rows * row.cols;
  const weights = rows.reduce((sum, row) => sum + elements(row), 0);
  const bits = rows.reduce((sum, row) => sum + row.bitsPerWeight * elements(row), 0);
  return { tensors: rows.length, weights, bitsPerWeight: bits / weights, mse: noise / weights, sqnr_dB: sqnr_dB(signal, noise) };
}

function zeroNonFinite({ data }: Matrix): void {
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) data[i] = 0;
}

/** Errors of a quantizer do not know the name of the tensor, nor the option that reads what is not a number as 0. */
function inTensor<T>(name: string, { data }: Matrix, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof LowbitError)) throw error;
    const remedy = data.every(Number.isFinite) ? {} : { remedy: 'replace it, or read such weights as 0 with --nan-as-zero' };
    throw withTensor(new LowbitError(error.what, { ...error.details, ...remedy }), name);
  }
}

function withTensor({ what, details }: LowbitError, name: string): LowbitError {
  return new LowbitError(what, { ...details, place: `tensor ${name}${details.place === undefined ? '' : `, ${details.place}`}` });
}

type Measured = Pick<QuantizedTensorRow, 'mse' | 'sqnr_dB' | 'maxAbsError' | 'statistics' | 'histogram'>;

function rowOf(name: string, quantized: QuantizedTensor, { statistics, histogram, ...errors }: Measured): QuantizedTensorRow {
  const { rows, cols, format, bits, choices } = quantized;
  return {
    name,
    rows,
    cols,
    format,
    bitsPerWeight: bitsPerWeight(bits),
    bits,
    ...errors,
    choices,
    statistics,
    histogram,
  };
}

/** Factors are products of their own, of which the rank is at most what the matrix has. */
function lowRankOf({ quantizer: name, options }: QuantizeRequest, { rows, cols }: QuantizedTensor): Pick<QuantizedWeight, 'lowRank'> {
  const quantizer = quantizerNamed(name);
  const factors = quantizer.lowRank?.(parseOptions(quantizer, options));
  if (factors === undefined) return {};
  return { lowRank: { rank: Math.min(factors.rank, rows, cols), factor: operandFormat(factors.format) } };
}

/** Bits that travel with the elements; per-channel and per-tensor parts stay resident, low-rank factors are layers of their own: they are listed in the parts only. */
function operandOf({ format, bits, group }: QuantizedTensor, statistics: TensorStatistics): Operand {
  return {
    format,
    payload_bitsPerElement: bits.payload,
    metadata_bitsPerElement: bits.group + bits.outlier + bits.permutation,
    group,
    bits,
    statistics,
  };
}
