import { describe, expect, it } from 'vitest';
import type { ExactMachine, ExactMapping, ExactProduct } from '../../src/accelerator/timing/cycle-exact/exact-case.js';
import { runCycleExact } from '../../src/accelerator/timing/cycle-exact/simulator.js';
import { weightDigits } from '../../src/accelerator/timing/cycle-exact/weight-digits.js';
import { foldsOf, stallFreeCycles } from '../../src/accelerator/timing/systolic-folds/counts.js';
import { seededRandom } from '../../src/numeric/random.js';
import { exactCase, randomIntegers } from './exact-cases.js';

const BITS = 8;
const PLENTY = 1e9;

function machineOf(changes: Partial<ExactMachine> = {}): ExactMachine {
  return {
    rows: 2,
    columns: 2,
    dotSize: 1,
    termCycles: 1,
    dataflow: 'os',
    foldOverlap: true,
    bandwidth_bitsPerCycle: PLENTY,
    half: { weight: 10_000, activation: 10_000, output: 10_000 },
    ...changes,
  };
}

function productOf(m: number, n: number, k: number, products = 1): ExactProduct {
  const random = seededRandom(m * 10_000 + n * 100 + k);
  return {
    m,
    n,
    k,
    products,
    activations: randomIntegers(random, products * m * k, BITS),
    weights: randomIntegers(random, products * n * k, BITS),
    bits: { weight: BITS, activation: BITS, output: BITS },
  };
}

function whole({ m, n, k }: ExactProduct): ExactMapping {
  return { tm: m, tn: n, tk: k, order: 'mn', resident: { weight: false, activation: false } };
}

const run = (machine: ExactMachine, product: ExactProduct, mapping: Partial<ExactMapping> = {}) =>
  runCycleExact(machine, product, { ...whole(product), ...mapping }, BITS);
const total = (...given: Parameters<typeof run>): number => run(...given).cycles.total;

describe('one product worked by hand', () => {
  it('takes a load, k steps, the skew of its corner and a store', () => {
    // 1 (load) + 5 (steps) + 2 (PE 1, 1 is two behind) + 1 (store)
    const { cycles } = run(machineOf(), productOf(2, 2, 5));
    expect(cycles).toMatchObject({ total: 9, fill: 1, compute: 5, drain: 3 });
  });

  it('takes s cycles per step of a PE of s terms', () => {
    expect(total(machineOf({ termCycles: 3 }), productOf(2, 2, 5))).toBe(1 + 15 + 2 + 1);
  });

  it('takes a step per dotSize elements, the last one part empty', () => {
    expect(total(machineOf({ dotSize: 2 }), productOf(2, 2, 5))).toBe(1 + 3 + 2 + 1);
  });

  it('loads the rows of a stationary operand first, and lets sums run to the bottom edge', () => {
    // 1 (load) + 1 (one row in use) + 4 (rows of activations) + 4 (R + cu - 2) + 1 (store)
    expect(total(machineOf({ dataflow: 'ws', rows: 4 }), productOf(4, 2, 1))).toBe(1 + 1 + 4 + 4 + 1);
    expect(total(machineOf({ dataflow: 'ws', rows: 4, loadsInPlace: true }), productOf(4, 2, 1))).toBe(1 + 4 + 4 + 1);
  });

  it('lets the next fold wait for the ports of the columns: rows in use, where k is shorter', () => {
    // Two folds of 4 rows and 2 steps: the second starts 4 cycles after the first.
    expect(total(machineOf({ rows: 4 }), productOf(8, 2, 2))).toBe(1 + 4 + 2 + 4 + 1);
    // With 6 steps the ports are free in time.
    expect(total(machineOf({ rows: 4 }), productOf(8, 2, 6))).toBe(1 + 6 + 6 + 4 + 1);
  });

  it('moves a request in whole beats', () => {
    // 2 x 5 weights and activations of 8 bits: 160 bits; 4 outputs: 32 bits.
    const { cycles, dramBeats } = run(machineOf({ bandwidth_bitsPerCycle: 30 }), productOf(2, 2, 5));
    expect(dramBeats).toBe(6 + 2);
    expect(cycles.total).toBe(6 + 5 + 2 + 2);
  });

  it('multiplies scales where the machine says: before, beside or after the stream', () => {
    const dequantized = (placement: 'before-mac' | 'after-group' | 'epilogue', perCycle: number) =>
      run(machineOf({ dequantization: { placement, perCycle, group: 2 } }), productOf(2, 2, 5));
    expect(dequantized('before-mac', 2).cycles.total).toBe(1 + 5 + 5 + 2 + 1);
    expect(dequantized('before-mac', 2).dequant_operations).toBe(10);
    // Three groups of four outputs: 12 operations, beside 5 steps.
    expect(dequantized('after-group', 4).cycles.total).toBe(1 + 5 + 2 + 1);
    expect(dequantized('after-group', 1).cycles.total).toBe(1 + 12 + 2 + 1);
    expect(dequantized('epilogue', 3).cycles.total).toBe(1 + 5 + 2 + 2 + 1);
  });

  it('counts what passes the ports of the buffers', () => {
    const { sram, activePeCycles } = run(machineOf(), productOf(4, 2, 5));
    expect(sram).toEqual({ weight: { reads: 20, writes: 10 }, activation: { reads: 20, writes: 20 }, output: { reads: 8, writes: 8 } });
    expect(activePeCycles).toBe(40);
  });
});

describe('operands that stay in their buffers', () => {
  it('are loaded once, where the step before or a place of their own keeps them', () => {
    const product = productOf(4, 4, 4);
    const loads = (mapping: Partial<ExactMapping>): number => run(machineOf(), product, mapping).dramRead_bits / BITS;
    expect(loads({ tm: 2 })).toBe(16 + 16);
    expect(loads({ tm: 2, tn: 2, order: 'mn' })).toBe(16 + 2 * 16);
    expect(loads({ tm: 2, tn: 2, order: 'mn', resident: { weight: true, activation: false } })).toBe(16 + 16);
    expect(loads({ tk: 2, tm: 2, tn: 2, resident: { weight: false, activation: true } })).toBe(16 + 2 * 16);
  });
});

describe('without overlap, in one tile and with all the bandwidth', () => {
  it.each(['os', 'ws', 'is'] as const)('%s takes the cycles of systolic-folds on whole folds, a load and a store', (dataflow) => {
    const [rows, columns] = [4, 3];
    const [m, n, k] = { os: [8, 6, 7], ws: [7, 6, 8], is: [6, 7, 8] }[dataflow] as [number, number, number];
    const folds = foldsOf({ rows, columns }, dataflow, { m, n, k, dotSize: 1 });
    expect(total(machineOf({ dataflow, rows, columns, foldOverlap: false }), productOf(m, n, k))).toBe(stallFreeCycles(folds) + 2);
  });
});

describe('the machine as a whole', () => {
  it('is the same for ws(m, n, k) and is(n, m, k)', () => {
    const turned = (dataflow: 'ws' | 'is', m: number, n: number): number =>
      total(machineOf({ dataflow, rows: 3 }), productOf(m, n, 10), {
        tm: Math.min(m, 4),
        tn: Math.min(n, 5),
        tk: 5,
        order: dataflow === 'ws' ? 'mn' : 'nm',
      });
    expect(total(machineOf({ dataflow: 'ws', rows: 3 }), productOf(9, 11, 10))).toBe(
      total(machineOf({ dataflow: 'is', rows: 3 }), productOf(11, 9, 10)),
    );
    expect(turned('ws', 4, 5)).toBe(turned('is', 5, 4));
  });

  it('refuses a tile larger than half a buffer, and takes one as large', () => {
    const machine = (weight: number) => machineOf({ half: { weight, activation: 100, output: 100 } });
    expect(() => run(machine(9), productOf(2, 2, 5))).toThrow('a weight tile of 10 elements does not fit half a buffer of 9');
    expect(total(machine(10), productOf(2, 2, 5))).toBe(9);
  });

  it('explains every cycle, moves every bit once per load, and multiplies every pair once', () => {
    for (let seed = 5001; seed <= 5040; seed++) {
      const { machine, product, mapping, weight_bits } = exactCase(seed);
      // More may stay than fits: room is not what is asked here.
      const resident = { weight: mapping.resident.weight || seed % 2 === 0, activation: mapping.resident.activation || seed % 3 === 0 };
      const { cycles, dramWrite_bits, dramBeats, dramRead_bits, activePeCycles } = runCycleExact(
        machine,
        product,
        { ...mapping, resident },
        weight_bits,
      );
      const { total: all, ...causes } = cycles;
      expect(Object.values(causes).reduce((sum, value) => sum + value, 0)).toBe(all);
      const { m, n, k, products, bits } = product;
      expect(dramWrite_bits).toBe(products * m * n * bits.output);
      expect(dramBeats * machine.bandwidth_bitsPerCycle).toBeGreaterThanOrEqual(dramRead_bits + dramWrite_bits);
      if (resident.weight && resident.activation) expect(dramRead_bits).toBe(products * k * (n * bits.weight + m * bits.activation));
      const pairs =
        products *
        m *
        n *
        [...Array(Math.ceil(k / mapping.tk)).keys()].reduce(
          (sum, tile) => sum + Math.ceil(Math.min(mapping.tk, k - tile * mapping.tk) / machine.dotSize),
          0,
        );
      expect(activePeCycles).toBe(pairs * machine.termCycles);
    }
  });
});

describe('digits of a weight', () => {
  it('add up to it for every width and number of digits', () => {
    for (let bits = 2; bits <= 16; bits++)
      for (let count = 1; count <= 20; count++) {
        const digits = weightDigits(bits, count);
        for (const weight of [-(2 ** (bits - 1)), -1, 0, 1, 2 ** (bits - 1) - 1, 5 % 2 ** (bits - 1)]) {
          const sum = Array.from({ length: count }, (_, p) => digits.digit(weight, p) * digits.place[p]!).reduce((a, b) => a + b);
          expect(sum, `${weight} as ${count} digits of ${bits} bits`).toBe(weight);
        }
      }
  });
});
