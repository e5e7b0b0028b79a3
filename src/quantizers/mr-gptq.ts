/**
 * MR-GPTQ: MXFP4 or NVFP4 weights in the basis of a block Hadamard transform, block scales by search, then GPTQ with static groups and act-order.
 * Formula: W' = W H, H' = H H_x H with H = diag(H_n, .., H_n) / sqrt(n); scale of a block: of s (1 - 0.8 i / 100), i = 0 .. 99, s = amax / 6, the one with
 * the least sum |w' - q|^2.4, each cast to its stored type first: E8M0 with the constant 4/3, or E4M3 under S = amax_tensor / (6 * 448);
 * codes: E2M1, half to even, by gptq-loop.ts. Reading back undoes the transform; a product in the stored basis needs H x, which the caller arranges.
 * Source: MR-GPTQ, arXiv 2509.23202, and its released code (values only); judging candidates after the cast is this project's choice.
 * Left out: the transform of the inputs (rewrite `block-hadamard`, beside which `hadamard` is 0 here).
 */
import { z } from 'zod';
import { formatNamed } from '../formats/index.js';
import { encodeRun, encodeTarget, type EncodeTarget } from '../formats/minifloat-run.js';
import { bitPatterns } from '../numeric/extremes.js';
import { hadamardInPlace } from '../numeric/hadamard.js';
import type { Matrix } from '../numeric/matrix.js';
import { blockRefusal } from './fixed-blocks.js';
import { factoredHessian, hessianNotes, hessianRefusal, withoutDead } from './gptq-hessian.js';
import { gptqLoop, type ColumnCoder } from './gptq-loop.js';
import { searchedScales, type BlockScales } from './mr-gptq-scales.js';
import { mx, type MxOptions } from './mx.js';
import { nvfp4 } from './nvfp4.js';
import type { QuantizedTensor, Quantizer } from './quantizer.js';

const element = formatNamed('e2m1');
/** Never written: a transform does not keep the sign of a zero. */
const NEGATIVE_ZERO = 8;

const options = z.strictObject({
  target: z.enum(['mxfp4', 'nvfp4']).default('mxfp4').describe('block format'),
  hadamard: z
    .union([z.literal(0), z.literal(16), z.literal(32), z.literal(64), z.literal(128)])
    .default(32)
    .describe('length of the transform; 0: none, for models that are transformed already'),
  damping: z.number().nonnegative().default(0.01).describe('share of the mean diagonal element that is added to the Hessian'),
});
export type MrGptqOptions = z.infer<typeof options>;

export const mrGptq: Quantizer<MrGptqOptions> = {
  name: 'mr-gptq',
  description: 'MXFP4 or NVFP4 in a block Hadamard basis, scales by search, rounded by GPTQ',
  source: 'MR-GPTQ, arXiv 2509.23202',
  modelVersion: 1,
  options,
  needs: ['hessian'],
  formatName: ({ target }) => target,
  rowsShare: ({ target }) => (target === 'nvfp4' ? 'a scale' : undefined),
  refusal: ({ cols }, { target, hadamard }) =>
    hessianRefusal(cols) ??
    blockRefusal(cols, target === 'mxfp4' ? 32 : 16, target) ??
    (hadamard === 0 ? undefined : blockRefusal(cols, hadamard, 'Hadamard')),
  storedBits: (shape, { target }) => (target === 'mxfp4' ? mx.storedBits(shape, MXFP4) : nvfp4.storedBits(shape, {})),
  quantize(tensor, chosen, calibration) {
    const { hadamard, damping, target } = chosen;
    const factored = factoredHessian(turnedBothWays(calibration!.hessian!, hadamard), damping, 'act-order');
    const weights = withoutDead(turned(tensor, hadamard), factored.dead);
    const scales = searchedScales(weights, target);
    const { codes } = gptqLoop(weights, factored, scales.block, (firstRow, rows) =>
      blockCoder(scales, { order: factored.order, firstRow, rows, cols: weights.cols }),
    );
    const base = target === 'mxfp4' ? mx.quantize(weights, MXFP4) : nvfp4.quantize(weights, {});
    return {
      ...base,
      quantizer: mrGptq.name,
      codes,
      side: { ...base.side, scales: scales.codes },
      choices: { ...base.choices, ...chosen, ...hessianNotes(factored, damping) },
    };
  },
  dequantize(quantized) {
    const values = baseOf(quantized).dequantize(quantized);
    turnInPlace(values, lengthOf(quantized));
    return values;
  },
  encode(values, quantized) {
    const { rows, cols } = quantized;
    return baseOf(quantized)
      .encode(turned({ rows, cols, data: values }, lengthOf(quantized)).data, quantized)
      .map((code) => (code === NEGATIVE_ZERO ? 0 : code));
  },
};

const MXFP4: MxOptions = { element: 'e2m1', scaleRule: 'mr-gptq' };

function baseOf({ format }: QuantizedTensor): Pick<Quantizer, 'dequantize' | 'encode'> {
  return format === 'mxfp4' ? mx : nvfp4;
}

function lengthOf({ choices }: QuantizedTensor): number {
  return Number(choices['hadamard']);
}

function turnInPlace(data: Float32Array, length: number): void {
  if (length > 0) hadamardInPlace(data, length);
}

function turned(tensor: Matrix, length: number): Matrix {
  if (length === 0) return tensor;
  const data = tensor.data.slice();
  hadamardInPlace(data, length);
  return { ...tensor, data };
}

/** H X H of a symmetric matrix. */
function turnedBothWays(symmetric: Matrix, length: number): Matrix {
  if (length === 0) return symmetric;
  const { cols: size, data } = turned(symmetric, length);
  const other = new Float32Array(data.length);
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) other[j * size + i] = data[i * size + j]!;
  return turned({ rows: size, cols: size, data: other }, length);
}

interface CodedRows {
  readonly order: Int32Array;
  readonly firstRow: number;
  readonly rows: number;
  readonly cols: number;
}

/** E2M1 codes under the scales of the blocks; a scale of 0 codes zeros. */
function blockCoder({ real, block }: BlockScales, { order, firstRow, rows, cols }: CodedRows): ColumnCoder {
  const blocks = cols / block;
  const tables = encodeTarget(new Float32Array(rows), element);
  return {
    code(place, weights, { values, codes }) {
      const target: EncodeTarget = { ...tables, values: weights, bits: bitPatterns(weights), codes };
      let index = firstRow * blocks + Math.floor(order[place]! / block);
      for (let row = 0; row < rows; row++, index += blocks) {
        const scale = real[index]!;
        if (scale > 0) encodeRun(target, row, row + 1, scale);
        if (scale === 0 || codes[row] === NEGATIVE_ZERO) codes[row] = 0;
        values[row] = element.values[codes[row]!]! * scale;
      }
    },
  };
}
