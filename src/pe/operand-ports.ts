/**
 * What the two operand ports of a PE take, and the refusal of everything else: formats by a rule, side data (outliers, group scales,
 * zero point) only where the PE has a path for it. Errors name the PE, what was given and what is allowed.
 */
import type { ElementFormat } from '../formats/element-format.js';
import { LowbitError } from '../lowbit-error.js';
import { roundToFloat16 } from '../numeric/rounding.js';
import type { CodeVector } from './processing-element.js';

type SideData = 'outliers' | 'groupScales' | 'zeroPoint';

const sideDataNames: Readonly<Record<SideData, string>> = { outliers: 'outliers', groupScales: 'group scales', zeroPoint: 'zero point' };

/** One operand port. */
export interface Port {
  /** The formats it takes, as errors list them. */
  readonly allowed: readonly string[];
  readonly takes: (format: ElementFormat) => boolean;
  /** Side data it has a path for. */
  readonly sideData?: readonly SideData[];
}

/** The ports of a PE. */
export interface Ports {
  /** Name of the PE. */
  readonly pe: string;
  readonly weight: Port;
  readonly activation: Port;
}

/** Two's complement integers of at most that many bits, and unsigned ones up to `unsigned_bits` (0: none). Known by their names, intB and uintB. */
export function integerPort(widest_bits: number, unsigned_bits: number): Port {
  const allowed = [`int2 .. int${widest_bits}`, ...(unsigned_bits < 2 ? [] : [`uint2 .. uint${unsigned_bits}`])];
  const takes = ({ name, bits }: ElementFormat) =>
    (name === `int${bits}` && bits <= widest_bits) || (name === `uint${bits}` && bits <= unsigned_bits);
  return { allowed, takes };
}

/** Every format of which each number is an FP16 number as well, so that it enters an FP16 port unchanged: fp16, integers, small floats. */
export const fp16Port: Port = {
  allowed: ['fp16', 'int2 .. int8', 'uint2 .. uint8', 'another format of at most 8 bits whose numbers are FP16 numbers'],
  takes: (format) =>
    format.name === 'fp16' || (format.bits <= 8 && format.values.every((value) => !Number.isFinite(value) || isFp16(value))),
};

function isFp16(value: number): boolean {
  return roundToFloat16(value) === value;
}

/** Why the ports do not take these formats; null: they do. */
export function portRefusal(ports: Ports, weight: ElementFormat, activation: ElementFormat): string | null {
  for (const [side, format] of [
    ['weight', weight],
    ['activation', activation],
  ] as const) {
    const port = ports[side];
    if (!port.takes(format)) return `${ports.pe} takes no ${side}s in ${format.name}, only in ${port.allowed.join(', ')}`;
  }
  return null;
}

/** The numbers of both vectors. Throws LowbitError for formats, side data or code words (NaN, infinities) the ports do not take. */
export function readOperands(
  ports: Ports,
  weight: CodeVector,
  activation: CodeVector,
): { weights: Float64Array; activations: Float64Array } {
  if (weight.codes.length !== activation.codes.length) throw new Error(`vectors of ${weight.codes.length} and ${activation.codes.length}`);
  return { weights: readPort(ports, 'weight', weight), activations: readPort(ports, 'activation', activation) };
}

function readPort(ports: Ports, side: 'weight' | 'activation', vector: CodeVector): Float64Array {
  const port = ports[side];
  const { format, codes } = vector;
  if (!port.takes(format))
    throw new LowbitError(`${ports.pe} takes no ${side}s in this format`, { value: format.name, allowed: port.allowed });
  for (const data of Object.keys(sideDataNames) as SideData[]) {
    if (vector[data] === undefined || port.sideData?.includes(data) === true) continue;
    const allowed = port.sideData?.map((known) => sideDataNames[known]) ?? ['code words only'];
    throw new LowbitError(`${ports.pe} has no path for this side data of ${side}s`, { value: sideDataNames[data], allowed });
  }
  return Float64Array.from(codes, (code, index) => {
    const value = format.decode(code);
    if (!Number.isFinite(value))
      throw new LowbitError(`${ports.pe} multiplies finite numbers only`, {
        value,
        place: `${side} ${index}`,
        allowed: ['finite numbers'],
      });
    return value;
  });
}
