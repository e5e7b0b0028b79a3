/**
 * A cache whose keys and values go through a quantizer of matrices, one token a row: what a plain `kv: { format: int8 }` of a scheme means.
 * Keys are coded after the rotary embedding, every token when it is written. A scale of the whole tensor (NVFP4) sees later tokens of the window;
 * no other scale does. Source: the definition of the format. Left out: bytes, which the format states itself.
 */
import { z } from 'zod';
import type { CachePlan } from '../decoder/execution-plan.js';
import type { Matrix } from '../numeric/matrix.js';
import { quantize, quantizerNamed } from '../quantizers/index.js';
import type { CodedCache } from '../quantizers/kv/kv-quantizer.js';
import type { QuantizerChoice } from './scheme-choice.js';

export function rowCache({ quantizer: name, options }: QuantizerChoice, format: string): CachePlan {
  const quantizer = quantizerNamed(name);
  const side = (cache: Matrix): CodedCache => ({
    values: { ...cache, data: quantizer.dequantize(quantize(name, cache, options)) },
    exactFrom: (t) => t + 1,
  });
  return {
    quantizer: {
      name: format,
      description: `every token through ${name}`,
      source: 'the definition of the format',
      modelVersion: 1,
      options: z.strictObject({}),
      formatName: () => format,
      preRotaryKeys: () => false,
      keys: side,
      values: side,
      bytes: () => {
        throw new Error(`bytes of a cache in ${format} are those of the format`);
      },
    },
    options: {},
  };
}
