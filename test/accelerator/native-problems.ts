/** Random small machines and layers of native, as numbers. */
import fc from 'fast-check';
import { dataflows } from '../../src/accelerator/accelerator-config.js';
import type { MappingSpace } from '../../src/accelerator/timing/native/mapping-space.js';
import type { Mapping, NativeProblem } from '../../src/accelerator/timing/native/problem.js';
import { orders } from '../../src/accelerator/timing/native/problem.js';

const integer = (min: number, max: number) => fc.integer({ min, max });

const dequantizations = fc.option(
  fc.record({
    placement: fc.constantFrom('before-mac' as const, 'after-group' as const, 'epilogue' as const),
    operationsPerCycle: integer(1, 64),
    group: integer(1, 32),
  }),
  { nil: null },
);

/** Layers of up to `longest` in each dimension on one core. */
export const problems = (longest = 60): fc.Arbitrary<NativeProblem> =>
  fc
    .record({
      m: integer(1, longest),
      n: integer(1, longest),
      k: integer(1, longest),
      gemms: integer(1, 3),
      dataflow: fc.constantFrom(...dataflows),
      foldOverlap: fc.boolean(),
      loadsInPlace: fc.boolean(),
      rows: integer(1, 8),
      columns: integer(1, 8),
      dotSize: integer(1, 4),
      step: integer(1, 4).map((cycles) => ({ cycles, useful_cycles: cycles, group: 0, groupStall_cycles: 0 })),
      dram_bits: fc.record({
        weight: fc.constantFrom(4, 4.0625, 8),
        activation: fc.constantFrom(0, 8, 16),
        output: fc.constantFrom(0, 8, 32),
      }),
      held_bits: fc.constant({ weight: 8, activation: 16, output: 32 }),
      half_bits: fc.record({ weight: integer(2 ** 9, 2 ** 14), activation: integer(2 ** 9, 2 ** 14), output: integer(2 ** 11, 2 ** 15) }),
      dram_bitsPerCycle: fc.constantFrom(3, 16, 37.5, 64, 256, 4096),
      dequantization: dequantizations,
    })
    .map((problem) => ({ ...problem, cores: 1, step: { ...problem.step, useful_cycles: problem.step.cycles } }));

/** Every other size is small, so that there are many tiles. */
const tile = (length: number) => fc.oneof(integer(1, length), integer(1, Math.min(length, 6)));

/** Any tile sizes within the layer, whether they fit or not. */
export function mappingsOf({ m, n, k }: NativeProblem): fc.Arbitrary<Mapping> {
  return fc.record({
    tm: tile(m),
    tn: tile(n),
    tk: tile(k),
    order: fc.constantFrom(...orders),
    split: fc.constant('none' as const),
  });
}

/** All mappings of a space with their bounds, one record each. */
export function listed(space: MappingSpace) {
  return Array.from({ length: space.length }, (_, i) => ({
    mapping: space.mapping(i),
    atLeast_cycles: space.atLeast_cycles[i]!,
    loaded_bits: space.loaded_bits[i]!,
  }));
}
