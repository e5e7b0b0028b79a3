import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LoopOrderLayer, LoopOrderMachine, LoopOrderRules } from '../../src/accelerator/timing/loop-order-search/machine.js';
import { loopOrderRulesSchema } from '../../src/accelerator/timing/loop-order-search/machine.js';
import { loopOrderMachine } from '../../src/accelerator/timing/loop-order-search/options.js';
import { orderText } from '../../src/accelerator/timing/loop-order-search/orders.js';
import { searchLoopOrder } from '../../src/accelerator/timing/loop-order-search/solve.js';
import { LowbitError } from '../../src/lowbit-error.js';
import { exhaustiveSearch } from './exhaustive-loop-order-search.js';
import { accelerator } from './hardware.js';

const machines = ['ANT-OS', 'ANT-WS', 'BitFusion', 'OLAccel', 'BiScaled', 'AdaFloat'];

function machineNamed(name: string, rules: Partial<LoopOrderRules> = {}): LoopOrderMachine {
  const config = accelerator(name.toLowerCase());
  const hardware = { ...config, timingOptions: { ...config.timingOptions, ...rules } };
  return loopOrderMachine(hardware, config.array, { energy_pJ: () => null });
}

const point = { o: 1, kernelHeight: 1, kernelWidth: 1, strideHeight: 1, strideWidth: 1 };
const cyclesOf = (machine: LoopOrderMachine, loops: LoopOrderLayer): number => {
  const { compute_cycles, overflow_cycles, fill_cycles, drain_cycles } = searchLoopOrder(machine, loops);
  return compute_cycles + overflow_cycles + fill_cycles + drain_cycles;
};

const [header = '', ...lines] = readFileSync(new URL('../fixtures/ant/simulator_layers.csv', import.meta.url), 'utf8')
  .trim()
  .split('\n');
const rows = lines.map((line) => {
  const fields = line.split(',');
  return Object.fromEntries(header.split(',').map((key, i) => [key, fields[i]!]));
});

describe("the released simulator's layers", () => {
  it('are 182 different ones on six machines', () => {
    expect(rows).toHaveLength(182);
    expect([...new Set(rows.map(({ arch }) => arch))].sort()).toEqual([...machines].sort());
  });

  it.each(machines)('come out with its loop order, tiles, cycles, stalls and DRAM bits on %s', (name) => {
    const machine = machineNamed(name);
    for (const row of rows.filter(({ arch }) => arch === name)) {
      const number = (key: string): number => Number(row[key]);
      const side = number('K');
      const kernel = { kernelHeight: side, kernelWidth: side, strideHeight: 1, strideWidth: 1 };
      const found = searchLoopOrder(machine, {
        b: number('B'),
        o: number('O'),
        ...kernel,
        ic: number('IC'),
        oc: number('OC'),
        p: number('bits'),
      });
      const stall_cycles = found.overflow_cycles + found.fill_cycles + found.drain_cycles;
      expect({
        order: orderText(found.order),
        tile: [found.tile_b, found.tile_o, found.tile_ic, found.tile_oc],
        cycles: found.compute_cycles + stall_cycles,
        stall_cycles,
        dram: [found.dramRead_bits, found.dramWrite_bits],
      }).toEqual({
        order: row['loop_order'],
        tile: [number('tile_b'), number('tile_o'), number('tile_ic'), number('tile_oc')],
        cycles: number('cycles'),
        stall_cycles: number('stall_cycles'),
        dram: [number('dram_read_bits'), number('dram_write_bits')],
      });
    }
  });
});

const size = fc.integer({ min: 1, max: 14 });
const anyLayer: fc.Arbitrary<LoopOrderLayer> = fc.record({
  b: size,
  o: fc.integer({ min: 1, max: 7 }),
  kernelHeight: fc.constantFrom(1, 3),
  kernelWidth: fc.constantFrom(1, 3),
  strideHeight: fc.constantFrom(1, 2),
  strideWidth: fc.constantFrom(1, 2),
  ic: size,
  oc: size,
  p: fc.constantFrom(2, 4, 5, 8),
});
const anyMachine: fc.Arbitrary<LoopOrderMachine> = fc
  .record({
    rows: fc.constantFrom(1, 2, 4),
    columns: fc.constantFrom(1, 3, 4),
    dataflow: fc.constantFrom('os' as const, 'ws' as const),
    weightHalf_bits: fc.constantFrom(300, 1200, 8000),
    activationHalf_bits: fc.constantFrom(300, 1200, 8000),
    outputHalf_bits: fc.constantFrom(64, 600, 8000),
    dram_bitsPerCycle: fc.constantFrom(8, 64, 1024),
  })
  .map((numbers) => ({ ...machineNamed('ANT-OS'), ...numbers }));

describe('a pruned search', () => {
  it('finds what an exhaustive one over all tiles and 120 loop orders finds', () => {
    fc.assert(
      fc.property(anyMachine, anyLayer, (machine, loops) => {
        const exhaustive = exhaustiveSearch(machine, loops);
        if (exhaustive === null) {
          expect(() => searchLoopOrder(machine, loops)).toThrow(/no tile fits/);
          return;
        }
        const found = searchLoopOrder(machine, loops);
        expect([cyclesOf(machine, loops), orderText(found.order), [found.tile_b, found.tile_o, found.tile_ic, found.tile_oc]]).toEqual([
          exhaustive.cycles,
          exhaustive.orderText,
          exhaustive.tile,
        ]);
      }),
      { numRuns: 150 },
    );
  });

  it('never moves an operand less than once, and never takes less than its traffic', () => {
    fc.assert(
      fc.property(anyLayer, fc.constantFrom(...machines), (loops, name) => {
        const machine = machineNamed(name);
        const p = Math.min(loops.p, machine.highest_bits);
        const found = searchLoopOrder(machine, { ...loops, p });
        expect(Math.min(found.activationPasses, found.weightPasses, found.outputPasses)).toBeGreaterThanOrEqual(1);
        const moved = Math.ceil((found.dramRead_bits + found.dramWrite_bits) / machine.dram_bitsPerCycle);
        expect(cyclesOf(machine, { ...loops, p })).toBeGreaterThanOrEqual(moved);
      }),
      { numRuns: 60 },
    );
  });
});

describe('at the boundaries of loop-order-search', () => {
  const machine = machineNamed('ANT-OS');
  const gemm = (b: number, ic: number, oc: number, p = 4): LoopOrderLayer => ({ b, ...point, ic, oc, p });

  it.each([
    [64, 64, 512],
    [65, 64, 1024],
    [64, 65, 1024],
  ])('%i rows and %i columns on 64 lanes each way compute 512 deep in %i cycles', (b, oc, compute) => {
    expect(searchLoopOrder(machineNamed('ANT-OS', { edgeTiles: 'actual' }), gemm(b, 512, oc)).compute_cycles).toBe(compute);
  });

  it.each([
    [4, 1],
    [5, 4],
    [8, 4],
  ])('%i-bit operands take %i times the cycles of 4-bit ones', (p, times) => {
    expect(searchLoopOrder(machine, gemm(1024, 512, 1024, p)).compute_cycles).toBe(
      times * searchLoopOrder(machine, gemm(1024, 512, 1024)).compute_cycles,
    );
  });

  it('takes operands up to the width of a PE and refuses wider ones', () => {
    expect(searchLoopOrder(machine, gemm(4, 4, 4, 8)).compute_cycles).toBeGreaterThan(0);
    expect(() => searchLoopOrder(machine, gemm(4, 4, 4, 9))).toThrow(/operand wider than a lane of the PE, in bits: 9/);
  });

  it('fits the smallest tile into half a buffer to the bit, and else names buffer, demand and bound', () => {
    const demand = 64 * 4;
    expect(searchLoopOrder({ ...machine, weightHalf_bits: demand }, gemm(4, 4, 4)).weightFirst_bits).toBe(demand);
    const small = { ...machine, weightHalf_bits: demand - 1 };
    expect(() => searchLoopOrder(small, gemm(4, 4, 4))).toThrow(LowbitError);
    expect(() => searchLoopOrder(small, gemm(4, 4, 4))).toThrow(
      'no tile fits the weight buffer: the smallest takes 256 bits of the 255 of half of it; raise buffers.weight.size_KiB to 0.0625 or more',
    );
  });

  it('is bound by memory at batch 1 where weights stay, and leaves all but one row idle where outputs do', () => {
    const stationary = searchLoopOrder(machineNamed('ANT-WS'), gemm(1, 4096, 4096));
    expect(stationary.overflow_cycles).toBeGreaterThan(0);
    expect(cyclesOf(machineNamed('ANT-WS'), gemm(1, 4096, 4096))).toBeGreaterThanOrEqual((4096 * 4096 * 4) / 1024);
    expect(searchLoopOrder(machine, gemm(1, 4096, 4096)).compute_cycles).toBe((4096 / 64) * 4096);
  });
});

describe('a mended defect', () => {
  const rules = Object.entries(loopOrderRulesSchema.shape).map(
    ([name, { def }]) => [name, Object.keys(def.innerType.def.entries).at(-1)!] as const,
  );
  const convolution: LoopOrderLayer = {
    b: 64,
    o: 28,
    kernelHeight: 7,
    kernelWidth: 3,
    strideHeight: 2,
    strideWidth: 2,
    ic: 100,
    oc: 300,
    p: 4,
  };

  it.each(rules)('%s: %s keeps cycles at or above traffic and work', (name, value) => {
    for (const machine of [machineNamed('ANT-OS', { [name]: value }), machineNamed('ANT-WS', { [name]: value })]) {
      const found = searchLoopOrder(machine, convolution);
      const columns = machine.rules.kernel === 'both-sides' ? 3 : 7;
      const macs = 64 * 28 * 28 * 7 * columns * 100 * 300;
      expect(found.compute_cycles).toBeGreaterThanOrEqual(macs / 4096);
      expect(cyclesOf(machine, convolution)).toBeGreaterThanOrEqual((found.dramRead_bits + found.dramWrite_bits) / 1024);
    }
  });

  const published = machineNamed('ANT-OS');
  const mended = (rule: Partial<LoopOrderRules>): LoopOrderMachine => machineNamed('ANT-OS', rule);

  it('moves the pixels of an image fewer times than im2col does where DRAM decides', () => {
    const starved = { dram_bitsPerCycle: 16 };
    const expanded = searchLoopOrder({ ...published, ...starved }, convolution).activationAll_bits;
    expect(searchLoopOrder({ ...mended({ inputTraffic: 'image' }), ...starved }, convolution).activationAll_bits).toBeLessThan(
      expanded / 4,
    );
  });

  it('charges a 1x7 kernel as seven positions and not as one', () => {
    const flat = { ...convolution, kernelHeight: 1, kernelWidth: 7 };
    expect(searchLoopOrder(mended({ kernel: 'both-sides' }), flat).compute_cycles).toBe(
      7 * searchLoopOrder(published, flat).compute_cycles,
    );
  });

  it('never counts more work for tiles as they are than for full ones', () => {
    expect(cyclesOf(mended({ edgeTiles: 'actual' }), convolution)).toBeLessThanOrEqual(cyclesOf(published, convolution));
  });

  it('keeps the output tile within its half buffer when that is checked', () => {
    const found = searchLoopOrder({ ...mended({ outputBuffer: 'checked' }), outputHalf_bits: 4096 }, convolution);
    expect(found.tile_b * found.tile_o ** 2 * found.tile_oc * 16).toBeLessThanOrEqual(4096);
  });
});
