/**
 * Block scales of MR-GPTQ by search: candidates s (1 - 0.8 i / 100), i = 0 .. 99, s = amax / 6, cast to the type they are stored in, judged by
 * sum |w - q|^2.4; the first of equal ones is taken, so none is worse than the start. Few candidates differ after the cast: three or four for E8M0.
 * Source: MR-GPTQ, arXiv 2509.23202, and its released code; x^2.4 to 4e-7 (numeric/power-table.ts).
 */
import { formatNamed } from '../formats/index.js';
import { encodeRun, encodeTarget } from '../formats/minifloat-run.js';
import { MX_BLOCK, mxScale, mxScaleCode } from '../formats/mx.js';
import { bitPatterns, maxAbs } from '../numeric/extremes.js';
import type { Matrix } from '../numeric/matrix.js';
import { powerTable, sumOfPowers } from '../numeric/power-table.js';
import { NVFP4_BLOCK, nvfp4TensorScale } from './nvfp4.js';

const CANDIDATES = 100;
const SEARCHED_RANGE = 0.8;
const ERROR_POWER = 2.4;
const ELEMENT_MAX = 6;

const element = formatNamed('e2m1');
const scaleFormat = formatNamed('e4m3');

/** Scales of all blocks, row by row. */
export interface BlockScales {
  /** Elements along K under one scale. */
  readonly block: number;
  readonly codes: Uint8Array;
  /** What element values are multiplied by; 0 where a block is stored as zeros. */
  readonly real: Float64Array;
}

/** How a block format stores its scales. */
interface ScaleCast {
  readonly block: number;
  /** Stored code of the scale of a block whose largest magnitude is `amax`. */
  readonly codeOf: (amax: number) => number;
  readonly realOf: (code: number) => number;
}

function castOf(weights: Matrix, format: 'mxfp4' | 'nvfp4'): ScaleCast {
  if (format === 'mxfp4') {
    return {
      block: MX_BLOCK,
      codeOf: (amax) => mxScaleCode(amax, 'e2m1', 'mr-gptq'),
      realOf: (code) => mxScale(code, 'e2m1', 'mr-gptq'),
    };
  }
  const tensorScale = nvfp4TensorScale(weights);
  return {
    block: NVFP4_BLOCK,
    codeOf: (amax) => scaleFormat.encode(amax / (ELEMENT_MAX * tensorScale)),
    realOf: (code) => scaleFormat.values[code]! * tensorScale,
  };
}

/** The best scale of every block of a matrix. */
export function searchedScales(weights: Matrix, format: 'mxfp4' | 'nvfp4'): BlockScales {
  const cast = castOf(weights, format);
  const { block } = cast;
  const count = weights.data.length / block;
  const found = { block, codes: new Uint8Array(count), real: new Float64Array(count) };
  const errorOf = blockErrors(weights.data, block);
  const patterns = bitPatterns(weights.data);
  for (let index = 0; index < count; index++) {
    const amax = maxAbs(patterns, index * block, (index + 1) * block);
    let best = Infinity;
    let last = -1;
    for (let i = 0; i < (amax === 0 ? 1 : CANDIDATES); i++) {
      const code = cast.codeOf(amax * (1 - (SEARCHED_RANGE * i) / CANDIDATES));
      if (code === last) continue;
      last = code;
      const real = cast.realOf(code);
      const error = errorOf(index, real);
      if (error >= best) continue;
      best = error;
      found.codes[index] = code;
      found.real[index] = real;
    }
  }
  return found;
}

/** Sum of |w - q|^2.4 of a block under a scale. */
function blockErrors(data: Float32Array, block: number): (index: number, scale: number) => number {
  const target = encodeTarget(data, element);
  const table = powerTable(ERROR_POWER);
  const missed = new Float32Array(block);
  const bits = bitPatterns(missed);
  return (index, scale) => {
    const start = index * block;
    if (scale > 0) encodeRun(target, start, start + block, scale);
    else target.codes.fill(0, start, start + block);
    for (let i = 0; i < block; i++) missed[i] = data[start + i]! - element.values[target.codes[start + i]!]! * scale;
    return sumOfPowers(bits, block, table);
  };
}
