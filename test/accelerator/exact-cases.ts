/** Random small machines, products and mappings for the cycle-exact reference, by seed. */
import type { ExactMachine, ExactMapping, ExactProduct } from '../../src/accelerator/timing/cycle-exact/exact-case.js';
import { seededRandom, type Random } from '../../src/numeric/random.js';

export interface ExactCase {
  readonly seed: number;
  readonly machine: ExactMachine;
  readonly product: ExactProduct;
  readonly mapping: ExactMapping;
  readonly weight_bits: number;
  readonly half_bits: { readonly weight: number; readonly activation: number; readonly output: number };
}

const ACCUMULATOR_bits = 32;
const LARGEST_DIMENSION = 96;
const LARGEST_ARRAY = 16;

/** Signed integers of so many bits. */
export function randomIntegers(random: Random, count: number, bits: number): Int32Array {
  return Int32Array.from({ length: count }, () => random.integer(2 ** bits) - 2 ** (bits - 1));
}

/**
 * A case: dimensions 1..96 uniform; arrays 1x1 to 16x16 uniform, those under 32 PEs drawn once more (they take most of the time and show least);
 * bandwidth from 4 to 1e6 bits per cycle and halves of buffers from 128 bytes to 32 KiB by octave.
 */
export function exactCase(seed: number): ExactCase {
  const random = seededRandom(seed);
  const from = (low: number, high: number): number => low + random.integer(high - low + 1);
  const among = <T>(values: readonly T[]): T => values[random.integer(values.length)]!;
  const [m, n, k] = [from(1, LARGEST_DIMENSION), from(1, LARGEST_DIMENSION), from(1, LARGEST_DIMENSION)];
  const products = among([1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 3]);
  const weight_bits = from(2, 16);
  const activation_bits = from(4, 16);
  const half_bits = { weight: 2 ** from(10, 18), activation: 2 ** from(10, 18), output: 2 ** from(10, 18) };
  const half = {
    weight: Math.floor(half_bits.weight / weight_bits),
    activation: Math.floor(half_bits.activation / activation_bits),
    output: half_bits.output / ACCUMULATOR_bits,
  };
  const placement = among(['none', 'before-mac', 'after-group', 'epilogue'] as const);
  const drawn = { rows: from(1, LARGEST_ARRAY), columns: from(1, LARGEST_ARRAY) };
  const array = drawn.rows * drawn.columns < 32 ? { rows: from(1, LARGEST_ARRAY), columns: from(1, LARGEST_ARRAY) } : drawn;
  const machine: ExactMachine = {
    ...array,
    dotSize: from(1, 4),
    termCycles: among([1, 1, 2, 2, 3, 4]),
    dataflow: among(['os', 'ws', 'is']),
    foldOverlap: random.integer(4) > 0,
    loadsInPlace: random.integer(4) === 0,
    bandwidth_bitsPerCycle: Math.min(1e6, 2 ** from(2, 20)),
    half,
    ...(placement === 'none' ? {} : { dequantization: { placement, perCycle: 2 ** from(1, 6), group: among([1, 16, 32, 128]) } }),
  };
  // An operand that fits its buffer as a whole stays there; of several products, one that fits half of it.
  const stays = (elements: number, bits: number, buffer_bits: number): boolean => elements * bits * (products > 1 ? 2 : 1) <= buffer_bits;
  const resident = {
    weight: stays(n * k, weight_bits, 2 * half_bits.weight),
    activation: stays(m * k, activation_bits, 2 * half_bits.activation),
  };
  const room = { ...half, ...(resident.weight ? { weight: Infinity } : {}), ...(resident.activation ? { activation: Infinity } : {}) };
  const drawnOrder = among(['mn', 'nm', 'nkm', 'mkn'] as const);
  const drawnTile = fitting({ tm: from(1, m), tn: from(1, n), tk: from(1, k) }, room);
  const mapping = { ...withPanel({ ...drawnTile, order: drawnOrder }, { m, n }, half.output), resident };
  const metadata = among([0, 0.125, 0.5]);
  return {
    seed,
    machine,
    mapping,
    weight_bits,
    half_bits,
    product: {
      m,
      n,
      k,
      products,
      bits: { weight: weight_bits + metadata, activation: activation_bits, output: among([8, 16, 32]) },
      activations: randomIntegers(random, products * m * k, activation_bits),
      weights: randomIntegers(random, products * n * k, weight_bits),
    },
  };
}

/** Narrows the panels of a mapping until they fit; where the narrowest does not, k goes inside. */
function withPanel<Ordered extends Omit<ExactMapping, 'resident'>>(
  mapping: Ordered,
  { m, n }: { readonly m: number; readonly n: number },
  half: number,
): Ordered {
  const { tm, tn, order } = mapping;
  if (order === 'nkm' && m * tn > half) return m > half ? { ...mapping, order: 'nm' } : { ...mapping, tn: Math.floor(half / m) };
  if (order === 'mkn' && tm * n > half) return n > half ? { ...mapping, order: 'mn' } : { ...mapping, tm: Math.floor(half / n) };
  return mapping;
}

type Tile = Pick<ExactMapping, 'tm' | 'tn' | 'tk'>;

/** Halves the longer side of whatever does not fit. */
function fitting(tile: Tile, half: ExactMachine['half']): Tile {
  const { tm, tn, tk } = tile;
  if (tm * tn > half.output) return fitting(tm > tn ? { tm: tm >> 1, tn, tk } : { tm, tn: tn >> 1, tk }, half);
  if (tn * tk > half.weight) return fitting(tn > tk ? { tm, tn: tn >> 1, tk } : { tm, tn, tk: tk >> 1 }, half);
  if (tm * tk > half.activation) return fitting(tm > tk ? { tm: tm >> 1, tn, tk } : { tm, tn, tk: tk >> 1 }, half);
  return tile;
}
