/**
 * GOBO: weights that are unlikely under the Gaussian of their tensor are stored apart as float32, the others as b-bit indices into a
 * table of 2^b float32 centroids per tensor (gobo-centroids.ts).
 * Outlier: ln p(w) = -(w - mean)^2 / (2 std^2) - ln(std sqrt(2 pi)) < threshold, threshold = -4. Others: nearest centroid, a tie to the lower.
 * Bits: b + r (32 + 16) + 32 per 65,536 weights for outliers, 32 * 2^b per tensor; the code slot of an outlier is kept and holds 0.
 * Source: GOBO, MICRO 2020, arXiv 2005.03842. This project's choice: std over N - 1; positions of 16 bits inside runs of 65,536 weights with a
 * count per run. Left out: packing of codes and outliers into the memory lines of the paper.
 */
import { z } from 'zod';
import { tensorBits } from '../formats/bit-accounting.js';
import { portableLn } from '../numeric/logarithm.js';
import { moments } from '../numeric/moments.js';
import { cutPoints, goboCentroids, type CentroidTable } from './gobo-centroids.js';
import { NO_BITS, type BitParts, type MatrixShape, type QuantizedTensor, type Quantizer } from './quantizer.js';

const CENTROID_bits = 32;
const OUTLIER_bits = 32;
const POSITION_bits = 16;
const COUNT_bits = 32;
/** Weights whose positions 16 bits tell apart. */
const RUN = 2 ** POSITION_bits;

const options = z.strictObject({
  bits: z.int().min(2).max(8).default(3).describe('index width: a table of 2^bits centroids'),
  threshold: z.number().default(-4).describe('natural logarithm of the Gaussian density below which a weight is an outlier'),
});
export type GoboOptions = z.infer<typeof options>;

export const gobo: Quantizer<GoboOptions> = {
  name: 'gobo',
  description: 'indices into a table of centroids per tensor, improbable weights apart in single precision',
  source: 'GOBO, MICRO 2020, arXiv 2005.03842',
  modelVersion: 1,
  options,
  formatName: ({ bits }) => `gobo${bits}`,
  rowsShare: () => 'a table of centroids',
  storedBits,
  quantize(tensor, chosen) {
    const { bits, threshold } = chosen;
    const apart = outlierIndices(tensor.data, threshold);
    const centroids = goboCentroids(withoutOutliers(tensor.data, apart), bits);
    return {
      quantizer: gobo.name,
      format: gobo.formatName(chosen),
      rows: tensor.rows,
      cols: tensor.cols,
      codes: codesOf(tensor.data, centroids, apart),
      codeBits: bits,
      group: 0,
      side: { centroids, ...storedOutliers(tensor.data, apart) },
      bits: storedBits(tensor, chosen, apart.length),
      choices: { ...chosen, outliers: apart.length },
      outlierShare: apart.length / tensor.data.length,
    };
  },
  dequantize(quantized) {
    const { codes, side } = quantized;
    const centroids = side['centroids'] as CentroidTable;
    const values = new Float32Array(codes.length);
    for (let i = 0; i < codes.length; i++) values[i] = centroids[codes[i]!]!;
    const outliers = side['outliers'] as Float32Array;
    storedIndices(side).forEach((index, i) => (values[index] = outliers[i]!));
    return values;
  },
  encode: (values, { side }) => codesOf(values, side['centroids'] as CentroidTable, storedIndices(side)),
};

/** Indices of the weights whose log-density is below the threshold, rising. Equal weights have no density and no outliers. */
function outlierIndices(data: Float32Array, threshold: number): number[] {
  const { mean, std } = moments(data);
  if (std === 0) return [];
  const farthest = -2 * std * std * (threshold + portableLn(std * Math.sqrt(2 * Math.PI)));
  const indices: number[] = [];
  for (let i = 0; i < data.length; i++) if ((data[i]! - mean) ** 2 > farthest) indices.push(i);
  return indices;
}

function withoutOutliers(data: Float32Array, apart: readonly number[]): Float32Array {
  const dense = new Float32Array(data.length - apart.length);
  let next = 0;
  let filled = 0;
  for (let i = 0; i < data.length; i++) {
    if (i === apart[next]) next++;
    else dense[filled++] = data[i]!;
  }
  return dense;
}

/** Code of the nearest centroid for every value, 0 in the slots of outliers. */
function codesOf(values: Float32Array, centroids: CentroidTable, apart: readonly number[]): Uint8Array {
  const cuts = cutPoints(centroids);
  const codes = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) codes[i] = lowerCuts(cuts, values[i]!);
  for (const index of apart) codes[index] = 0;
  return codes;
}

/** Cut points below the value, by bisection: they rise. */
function lowerCuts(cuts: Float64Array, value: number): number {
  let low = 0;
  let high = cuts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (cuts[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Values, positions inside their run, and outliers of each run. */
function storedOutliers(data: Float32Array, apart: readonly number[]): Record<string, Float32Array | Uint16Array | Int32Array> {
  const outlierCounts = new Int32Array(Math.ceil(data.length / RUN));
  for (const index of apart) outlierCounts[Math.floor(index / RUN)]!++;
  return {
    outliers: Float32Array.from(apart, (index) => data[index]!),
    outlierPositions: Uint16Array.from(apart, (index) => index % RUN),
    outlierCounts,
  };
}

/** Indices of the outliers as a reader of the stored tensor finds them. */
function storedIndices(side: QuantizedTensor['side']): number[] {
  const positions = side['outlierPositions'] as Uint16Array;
  const counts = side['outlierCounts'] as Int32Array;
  const indices: number[] = [];
  counts.forEach((count, run) => {
    for (let i = 0; i < count; i++) indices.push(run * RUN + positions[indices.length]!);
  });
  return indices;
}

/** How many weights are improbable follows from their values. */
function storedBits({ rows, cols }: MatrixShape, { bits }: GoboOptions, outliers = NaN): BitParts {
  const runs = Math.ceil((rows * cols) / RUN);
  return {
    ...NO_BITS,
    payload: bits,
    tensor: tensorBits(rows, cols, CENTROID_bits * 2 ** bits),
    outlier: tensorBits(rows, cols, outliers * (OUTLIER_bits + POSITION_bits) + runs * COUNT_bits),
  };
}
