import { all, create } from 'mathjs';
import { describe, expect, it } from 'vitest';
import { simulateAccelerator } from '../../src/accelerator/simulate.js';
import { loopOrderSearchTiming } from '../../src/accelerator/timing/loop-order-search/loop-order-search.js';
import { accelerator, bits, layer, sramTable } from './hardware.js';

const math = create(all as NonNullable<typeof all>);

describe('loop-order-search as the timing model of an accelerator', () => {
  const hardware = accelerator('ant-os');
  const conv = {
    batch: 2,
    outputHeight: 14,
    outputWidth: 14,
    kernelHeight: 3,
    kernelWidth: 3,
    strideHeight: 1,
    strideWidth: 1,
    inputChannels: 64,
    outputChannels: 96,
  };
  const layers = [
    layer({ m: 196, n: 96, k: 576, gemms: 2, conv, activation: bits(4), weight: bits(4) }),
    layer({ m: 98, n: 96, k: 576, gemms: 2, conv: { ...conv, outputHeight: 7 }, activation: bits(4), weight: bits(4) }),
    layer({ m: 128, n: 300, k: 77, gemms: 3, activation: bits(8), weight: bits(4) }),
    layer({ m: 128, n: 64, k: 128, gemms: 24, sharedOperand: 'none', kind: 'attention-qk', activation: bits(8), weight: bits(8) }),
  ];
  const machine = loopOrderSearchTiming.machine(hardware, hardware.array, { energy_pJ: () => null });

  it.each(layers.map((each) => [`${each.kind} ${each.m} x ${each.n} x ${each.k}`, each] as const))(
    'explains every term of %s, and its terms add up to its cycles',
    (_, each) => {
      const terms = machine.explain(each);
      for (const term of terms) {
        const value = Number(math.evaluate(term.numbers));
        expect(Math.abs(value - term.value), `${term.name}: ${term.numbers}`).toBeLessThanOrEqual(1e-12 * Math.abs(value));
      }
      const value = (name: string): number => terms.find((term) => term.name === name)?.value ?? NaN;
      const { cycles, dramRead_bytes } = machine.activity(each);
      expect(value('layer cycles')).toBe(cycles.total);
      expect([value('compute'), value('dramStall'), value('fill'), value('drain')]).toEqual([
        cycles.compute,
        cycles.dramStall,
        cycles.fill,
        cycles.drain,
      ]);
      expect(value('DRAM reads')).toBe(dramRead_bytes * 8);
    },
  );

  it('takes the images of a convolution as products of their own or as rows of one, alike', () => {
    const images = machine.activity(layers[0]!);
    const rows = machine.activity(layer({ m: 392, n: 96, k: 576, conv, activation: bits(4), weight: bits(4) }));
    expect(rows).toEqual(images);
  });

  it('names the layer whose operands it cannot take', () => {
    expect(() => machine.activity(layer({ name: 'fc7', m: 4, n: 4, k: 4 }))).toThrow(
      /operand wider than a lane of the PE, in bits: 16 \(fc7\)/,
    );
  });

  it('refuses a dataflow it does not have', () => {
    expect(() => loopOrderSearchTiming.machine({ ...hardware, dataflow: 'is' }, hardware.array, { energy_pJ: () => null })).toThrow(
      /no such dataflow: is .*expected one of: os, ws/,
    );
  });

  it('charges the energies of its description', () => {
    const { totals } = simulateAccelerator(hardware, [{ layers }], { sramTable });
    const { pe, static: standing, dram } = totals.energyParts_pJ;
    expect(pe).toBeCloseTo(1024 * 0.55992 * totals.cycles.compute, 3);
    expect(standing).toBeCloseTo((969.23 + 1024 * 0.128628) * totals.latency_cycles, 3);
    expect(dram).toBeGreaterThan(totals.dram_bytes * 8 * 0.629);
  });
});
