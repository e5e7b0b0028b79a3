/**
 * The quantizer that computes what an operand format names, for a matrix whose rows are tokens (activations, keys, values) or output channels:
 * without a group one scale per row [ours: a format says no more than its bits], with one a scale per group along the row.
 * 16 bits and more are left as they are: the forward pass computes in float32.
 */
import { LowbitError } from '../lowbit-error.js';
import type { QuantizerChoice } from './scheme-choice.js';

type Rule = readonly [pattern: RegExp, choice: (match: RegExpExecArray) => QuantizerChoice | undefined];

const number = (text: string | undefined): number => Number(text);

const rules: readonly Rule[] = [
  [/^(?:fp32|fp16|bf16|int32)$/, () => undefined],
  [
    /^int([2-8])(-asym)?-g(\d+)$/,
    ([, bits, asym, group]) => rtn({ bits: number(bits), granularity: 'group', group: number(group), symmetric: asym === undefined }),
  ],
  [
    /^int([2-8])(-asym)?(?:-channel)?$/,
    ([, bits, asym]) => rtn({ bits: number(bits), granularity: 'channel', symmetric: asym === undefined }),
  ],
  [/^fp8(?:-(e4m3|e5m2))?(?:-channel)?$/, ([, element = 'e4m3']) => cast(element)],
  [/^fp6-(e3m2|e2m3)$/, ([, element = 'e3m2']) => cast(element)],
  [/^(e[2345]m[123])(?:-channel)?$/, ([, element = '']) => cast(element)],
  [/^mxfp4$/, () => ({ quantizer: 'mx', options: { element: 'e2m1' } })],
  [/^mxfp6(?:-(e2m3|e3m2))?$/, ([, element = 'e2m3']) => ({ quantizer: 'mx', options: { element } })],
  [/^mxfp8(?:-(e4m3|e5m2))?$/, ([, element = 'e4m3']) => ({ quantizer: 'mx', options: { element } })],
  [/^mxint8$/, () => ({ quantizer: 'mx', options: { element: 'int8' } })],
  [/^mxint([2-8])-g(\d+)$/, ([, bits, group]) => ({ quantizer: 'mxint', options: { bits: number(bits), group: number(group) } })],
  [/^nvfp4$/, () => ({ quantizer: 'nvfp4', options: {} })],
  [/^nf4(-dq)?$/, ([, dq]) => ({ quantizer: 'nf4', options: { doubleQuantization: dq !== undefined } })],
  [
    /^nf([2348])-g(\d+)-s([2348])-(bf16|fp16|fp32)-g(\d+)$/,
    ([, bits, block, scaleBits, scaleType, scaleBlock]) => ({
      quantizer: 'lq-lora',
      options: {
        bits: number(bits),
        block: number(block),
        scaleBits: number(scaleBits),
        scaleType: scaleType!,
        scaleBlock: number(scaleBlock),
        rank: 0,
      },
    }),
  ],
  [/^(ant|olive)([3-8])$/, ([, quantizer = '', bits]) => ({ quantizer, options: { bits: number(bits), granularity: 'channel' } })],
];

function rtn(options: QuantizerChoice['options']): QuantizerChoice {
  return { quantizer: 'rtn', options };
}

function cast(element: string): QuantizerChoice {
  return { quantizer: 'float', options: { element, granularity: 'channel' } };
}

/** The choice for a format; undefined where numbers stay as they are. Throws LowbitError for a format no quantizer computes, naming the `entry`. */
export function formatChoice(format: string, entry: string): QuantizerChoice | undefined {
  for (const [pattern, choice] of rules) {
    const match = pattern.exec(format);
    if (match !== null) return choice(match);
  }
  throw new LowbitError('no quantizer computes this format: the scheme says only what it costs', {
    value: format,
    place: entry,
    remedy: `give the scheme ${entry}.quantizer with its options (lowbit list quantizers)`,
  });
}
