/**
 * What a calibration knows of the inputs of product groups, gathered as they pass by: channel sums in float64, the Hessian 2/T sum x x'
 * (numeric/outer-product-sum.ts), and samples. Samples are every s-th token; s doubles whenever 512 of them are there, so that they lie evenly
 * however many tokens come (an expert sees those that are sent to it). Memory is that of the sums, not of the text.
 */
import type { ProductGroup } from '../decoder/decoder-model.js';
import type { Matrix } from '../numeric/matrix.js';
import { outerProductBytes, outerProductSum, type OuterProductSum } from '../numeric/outer-product-sum.js';
import type { Calibration, CalibrationPart } from '../quantizers/calibration.js';

const MAX_SAMPLES = 512;

/** Gathers one group. */
interface GroupSums {
  add(input: Matrix): void;
  tokens(): number;
  result(): Calibration;
}

export interface CalibrationCollector {
  readonly groupInput: (group: ProductGroup, input: Matrix) => void;
  /** By the names of the groups that saw a token. */
  results(): ReadonlyMap<string, Calibration>;
}

/** Gathers these parts; channels always. */
export function calibrationCollector(parts: ReadonlySet<CalibrationPart>): CalibrationCollector {
  const groups = new Map<string, GroupSums>();
  return {
    groupInput(group, input) {
      const sums = groups.get(group.name) ?? groupSums(input.cols, parts);
      groups.set(group.name, sums);
      sums.add(input);
    },
    results: () => new Map([...groups].map(([name, sums]) => [name, sums.result()])),
  };
}

/** Bytes that gathering takes for a group of that many input channels. */
export function collectorBytes(channels: number, parts: ReadonlySet<CalibrationPart>): number {
  return channels * 24 + (parts.has('hessian') ? outerProductBytes(channels) : 0) + (parts.has('samples') ? 4 * MAX_SAMPLES * channels : 0);
}

function groupSums(width: number, parts: ReadonlySet<CalibrationPart>): GroupSums {
  const absSum = new Float64Array(width);
  const squareSum = new Float64Array(width);
  const maxAbs = new Float32Array(width);
  const products: OuterProductSum | undefined = parts.has('hessian') ? outerProductSum(width) : undefined;
  const samples = parts.has('samples') ? evenSamples() : undefined;
  let tokens = 0;
  return {
    add({ rows, cols, data }) {
      for (let r = 0; r < rows; r++) addRow(data.subarray(r * cols, (r + 1) * cols), { absSum, squareSum, maxAbs });
      products?.add({ rows, cols, data });
      samples?.add({ rows, cols, data });
      tokens += rows;
    },
    tokens: () => tokens,
    result: () => ({
      tokens,
      channels: { meanAbs: Float32Array.from(absSum, (sum) => sum / tokens), maxAbs, squareSum },
      ...(products === undefined ? {} : { hessian: products.result(2 / tokens) }),
      ...(samples === undefined ? {} : { samples: samples.result(width) }),
    }),
  };
}

interface ChannelSums {
  readonly absSum: Float64Array;
  readonly squareSum: Float64Array;
  readonly maxAbs: Float32Array;
}

function addRow(row: Float32Array, { absSum, squareSum, maxAbs }: ChannelSums): void {
  for (let c = 0; c < row.length; c++) {
    const value = row[c]!;
    const magnitude = value < 0 ? -value : value;
    absSum[c]! += magnitude;
    squareSum[c]! += value * value;
    if (magnitude > maxAbs[c]!) maxAbs[c] = magnitude;
  }
}

function evenSamples(): { add(input: Matrix): void; result(width: number): Matrix } {
  let kept: Float32Array[] = [];
  let stride = 1;
  let seen = 0;
  return {
    add({ rows, cols, data }) {
      for (let r = 0; r < rows; r++, seen++) {
        if (seen % stride !== 0) continue;
        if (kept.length === MAX_SAMPLES) {
          kept = kept.filter((_, i) => i % 2 === 0);
          stride *= 2;
          if (seen % stride !== 0) continue;
        }
        kept.push(data.slice(r * cols, (r + 1) * cols));
      }
    },
    result(width) {
      const data = new Float32Array(kept.length * width);
      for (const [i, row] of kept.entries()) data.set(row, i * width);
      return { rows: kept.length, cols: width, data };
    },
  };
}
