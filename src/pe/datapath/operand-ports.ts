/**
 * The operand ports PEs have in common, each a rule which formats enter it and the words for it in a refusal:
 * integers up to a width, and the FP16 port, into which everything that is an FP16 number enters unchanged.
 */
import type { ElementFormat } from '../../formats/element-format.js';
import { roundToFloat16 } from '../../numeric/rounding.js';
import { integerOperand } from './integer-operand.js';

/** One operand port. */
export interface Port {
  /** The formats it takes, in words. */
  readonly formats: string;
  readonly takes: (format: ElementFormat) => boolean;
}

/** Two's complement integers of at most that many bits, and unsigned ones up to `unsigned_bits`. */
export function integerPort(widest_bits: number, unsigned_bits: number): Port {
  return {
    formats: `int2 to int${widest_bits}${unsigned_bits < 2 ? '' : ` and uint2 to uint${unsigned_bits}`}`,
    takes: (format) => {
      const layout = integerOperand(format, Math.max(widest_bits, unsigned_bits));
      return layout !== null && layout.bits <= (layout.signed ? widest_bits : unsigned_bits);
    },
  };
}

/** fp16, and every format of at most 8 bits of which each number is an FP16 number. */
export const fp16Port: Port = {
  formats: 'fp16 and formats of at most 8 bits whose numbers are FP16 numbers',
  takes: (format) =>
    format.name === 'fp16' || (format.bits <= 8 && format.values.every((value) => !Number.isFinite(value) || isFp16(value))),
};

function isFp16(value: number): boolean {
  return roundToFloat16(value) === value;
}

/** Why these ports do not take these formats; null: they do. */
export function portRefusal(
  ports: { readonly weight: Port; readonly activation: Port },
  weight: ElementFormat,
  activation: ElementFormat,
): string | null {
  if (!ports.weight.takes(weight)) return `its weights are ${ports.weight.formats}, not ${weight.name}`;
  if (!ports.activation.takes(activation)) return `its activations are ${ports.activation.formats}, not ${activation.name}`;
  return null;
}
