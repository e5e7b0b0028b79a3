import { describe, expect, it } from 'vitest';
import type { AcceleratorConfig } from '../../src/accelerator/accelerator-config.js';
import { energyTable, sramCosts } from '../../src/accelerator/array-design.js';
import { physicalDesign } from '../../src/accelerator/physical-design.js';
import { omissionsOf } from '../../src/accelerator/result-notes.js';
import { simulateAccelerator } from '../../src/accelerator/simulate.js';
import type { Segment } from '../../src/trace/segment.js';
import { timingNamed } from '../../src/accelerator/timing/index.js';
import { loadAccelerator } from '../../src/config/catalogue.js';
import { cycleCauses } from '../../src/trace/layer-activity.js';
import { energyParts, simulationResultSchema } from '../../src/trace/simulation-result.js';
import { accelerator, bits, layer, sramTable } from './hardware.js';

const bitmod = accelerator('bitmod');
const weight = bits(4, 0.078125);
const layers = [
  layer({ name: 'q', m: 256, n: 4096, k: 4096, repeat: 32, weight }),
  layer({ name: 'qk', kind: 'attention-qk', m: 1024, n: 256, k: 128, gemms: 8, repeat: 32, sharedOperand: 'none', weight: bits(8) }),
  layer({ name: 'lm_head', m: 1, n: 32000, k: 4096, weight }),
];
const prefill: Segment[] = [{ phase: 'prefill', layers }];
const run = (hardware: AcceleratorConfig, segments: readonly Segment[] = prefill, more: { modelBytes?: number } = {}) =>
  simulateAccelerator(hardware, segments, { sramTable, ...more });
const reasons = (result: ReturnType<typeof run>) =>
  result.omissions.map(({ part, status, reason }) => `${part} ${status} ${reason}`).join('\n');

describe('a simulation', () => {
  it('has the shape of the result document', () => {
    expect(() => simulationResultSchema.parse({ ...run(bitmod), workload: {} })).not.toThrow();
  });

  it.each(['fp16', 'ant', 'olive', 'bitmod'])('on %s has rows whose columns add up to the totals', (name) => {
    const { layers: rows, totals } = run(accelerator(name));
    for (const cause of [...cycleCauses, 'total'] as const)
      expect(rows.reduce((sum, row) => sum + row.cycles[cause], 0)).toBe(totals.cycles[cause]);
    expect(cycleCauses.reduce((sum, cause) => sum + totals.cycles[cause], 0)).toBe(totals.latency_cycles);
    for (const part of ['pe', 'sram', 'dram'] as const) {
      expect(rows.reduce((sum, row) => sum + (row.energy_pJ[part] ?? NaN), 0)).toBeCloseTo(totals.energyParts_pJ[part] ?? NaN, 0);
    }
    expect(energyParts.reduce((sum, part) => sum + (totals.energyParts_pJ[part] ?? 0), 0)).toBe(totals.energy_pJ);
    expect(rows.map((row) => row.name)).toEqual(['q', 'qk', 'lm_head']);
  });

  it('derives its ratios from latency, energy and area', () => {
    const { totals } = run(bitmod, prefill, { modelBytes: 2 ** 30 });
    const { macs, latency_s, energy_pJ, area_mm2 } = totals as { macs: number; latency_s: number; energy_pJ: number; area_mm2: number };
    expect(latency_s).toBe(totals.latency_cycles / 1e9);
    expect(totals.TOPS).toBeCloseTo((2 * macs) / latency_s / 1e12, 9);
    expect(totals.TOPS_W).toBeCloseTo((2 * macs) / energy_pJ, 9);
    expect(totals.TOPS_mm2).toBeCloseTo(totals.TOPS / area_mm2, 9);
    expect(totals.edp_Js).toBeCloseTo(energy_pJ * 1e-12 * latency_s, 12);
    expect(totals.power_W).toBeCloseTo((energy_pJ * 1e-12) / latency_s, 9);
    expect(totals.areaParts_mm2).toEqual({ pe: (1024 * 1507.7) / 1e6, weightBuffer: 1.570672, activationBuffer: 1.570672 });
    expect(totals.utilization).toBeGreaterThan(0.5);
    expect(totals.utilization).toBeLessThanOrEqual(1);
  });

  it.each([
    ['hbm3', /dram unknown bitmod has no energy per DRAM bit: .*figures in circulation range from 1\.1 to 9 pJ per bit/],
    ['lpddr5', /dram unknown bitmod has no energy per DRAM bit: .*commonly quoted without a primary source/],
  ])('with the memory %s says why its energy is unknown, in the words of the memory file', (memory, reason) => {
    const result = run(loadAccelerator('bitmod', [`dram.preset=${memory}`]).config);
    expect(result.totals.energyParts_pJ.dram).toBeNull();
    expect(reasons(result)).toMatch(reason);
  });

  it('judges whether the model fits the DRAM only when both sizes are known', () => {
    const small = { ...bitmod, dram: { ...bitmod.dram, capacity_GiB: 1 } };
    expect(run(small, prefill, { modelBytes: 2 ** 30 }).totals.fitsDram).toBe(true);
    expect(run(small, prefill, { modelBytes: 2 ** 30 + 1 }).totals.fitsDram).toBe(false);
    expect(run(small).totals.fitsDram).toBeNull();
  });
});

describe('the array in force', () => {
  it('follows the phase, and is the base array without one', () => {
    const decode = run(bitmod, [{ phase: 'decode', layers }]);
    const same = run({ ...bitmod, array: { rows: 64, columns: 16 } }, [{ layers }]);
    expect(decode.totals.cycles).toEqual(same.totals.cycles);
    expect(decode.layers[0]?.phase).toBe('decode');
    expect(same.layers[0]).not.toHaveProperty('phase');
  });

  it('may change between the segments of one run', () => {
    const both = run(bitmod, [{ phase: 'prefill', layers }, { phase: 'decode', layers }]); // prettier-ignore
    expect(both.totals.latency_cycles).toBe(
      run(bitmod).totals.latency_cycles + run(bitmod, [{ phase: 'decode', layers }]).totals.latency_cycles,
    );
  });
});

describe('what a simulation leaves out', () => {
  it('is listed: dequantization, leakage, other area, and layers that are not charged', () => {
    const softmax = layer({ name: 'softmax', kind: 'softmax', m: 256, n: 256, k: 1 });
    const result = run(bitmod, [{ phase: 'prefill', layers: [...layers, softmax] }]);
    expect(result.totals.cycles).toEqual(run(bitmod).totals.cycles);
    expect(reasons(result)).toMatch(/dequant excluded/);
    expect(reasons(result)).toMatch(/static excluded/);
    expect(reasons(result)).toMatch(/area.other unknown/);
    expect(reasons(result)).toMatch(/layers.softmax excluded layer-roofline does not charge softmax layers: softmax/);
    expect(result.totals.energyParts_pJ).toMatchObject({ dequant: null, static: null });
  });

  it('is an error when nothing is left', () => {
    expect(() => run(bitmod, [{ layers: [layer({ kind: 'norm', m: 1, n: 1, k: 1 })] }])).toThrow(/no layer that this timing model charges/);
  });

  it('makes energy unknown, never 0, when the PE energy is: of every layer, and of the whole', () => {
    const result = run({ ...bitmod, pe: { ...bitmod.pe, energy_pJ: null, area_um2: null } });
    for (const { energy_pJ } of [...result.layers, { energy_pJ: result.totals.energyParts_pJ }]) {
      expect(energy_pJ).toMatchObject({ total: null, pe: null });
      expect(energy_pJ.sram).toBeGreaterThan(0);
    }
    expect(result.totals).toMatchObject({ energy_pJ: null, TOPS_W: null, edp_Js: null, power_W: null, area_mm2: null, TOPS_mm2: null });
    expect(result.totals.energyParts_pJ.pe).toBeNull();
    expect(result.totals.energyParts_pJ.dram).toBeGreaterThan(0);
    expect(reasons(result)).toMatch(/pe unknown bitmod gives no pe.energy_pJ/);
  });

  it('has a reason for dequantization too: nothing described costs nothing, and an energy that is not given is unknown', () => {
    const timing = { ...timingNamed('layer-roofline'), excludedEnergy: [] };
    const sram = sramCosts(bitmod, sramTable);
    const dequantization = { placement: 'epilogue', operationsPerCycle: 1, energy_pJPerOperation: null, source: 'x' } as const;
    const physical = physicalDesign(bitmod, sramTable);
    for (const [hardware, status] of [[bitmod, 'excluded'], [{ ...bitmod, dequantization }, 'unknown']] as const) {
      expect(energyTable(hardware, { sram, timing, leakage_mW: 1 })).toMatchObject({ dequant_pJPerOperation: status, standing: [] });
      const omissions = omissionsOf(hardware, timing, { physical, sram, uncharged: [] });
      expect(omissions).toContainEqual(expect.objectContaining({ part: 'dequant', status }));
    } // prettier-ignore
  });

  it('says why SRAM energy is unknown outside the CACTI table, and still gives cycles', () => {
    const weight = { ...bitmod.buffers.weight, size_KiB: 8192, banks: 1 };
    const result = run({ ...bitmod, buffers: { ...bitmod.buffers, weight } });
    expect(result.totals.latency_cycles).toBe(run(bitmod).totals.latency_cycles);
    expect(result.totals).toMatchObject({ energy_pJ: null, area_mm2: null });
    expect(reasons(result)).toMatch(
      /sram unknown weight buffer at a bus of 512 bits: SRAM bank size outside the table: 8388608 bytes per bank/,
    );
  });
});

describe('a bus narrower than the banks of its buffer', () => {
  it('has an energy: that of 8 bits per bank', () => {
    const narrow = layer({ m: 1, n: 64, k: 64, weight: bits(16), activation: bits(4), output: bits(4) });
    const twelve = { ...accelerator('fp16'), arrayByPhase: { decode: { rows: 64, columns: 12 } } };
    const { layers: rows } = run(twelve, [{ phase: 'decode', layers: [narrow] }]);
    expect(rows[0]?.activity.sram['activation']?.access_bits).toBe(48);
    const wide = run({ ...twelve, arrayByPhase: { decode: { rows: 64, columns: 16 } } }, [{ phase: 'decode', layers: [narrow] }]);
    expect(wide.layers[0]?.activity.sram['activation']?.access_bits).toBe(64);
    expect(rows[0]?.energy_pJ.sram).toBe(wide.layers[0]?.energy_pJ.sram);
    expect(rows[0]?.energy_pJ.total).toBeGreaterThan(0);
  });
});

describe('static energy', () => {
  it('is the leakage of the buffers over the latency when the accelerator asks for it', () => {
    const { totals, constants, omissions } = run({ ...bitmod, staticEnergy: 'sram-leakage' });
    const leakage_mW = constants.find(({ name }) => name === 'sram.leakage')?.value ?? NaN;
    expect(totals.energyParts_pJ.static).toBeCloseTo(leakage_mW * totals.latency_s * 1e9, -3);
    expect(omissions.map(({ part }) => part)).not.toContain('static');
    expect(totals.energy_pJ).toBeCloseTo((run(bitmod).totals.energy_pJ ?? NaN) + (totals.energyParts_pJ.static ?? NaN), -3);
  });
});

describe('weights wider than the PE is published for', () => {
  const note =
    /^16-bit weights on a PE for at most 8 bits: charged as 8 terms by the rule ceil\(floor\(bits\)\/2\); the published design does not do this/;
  const notes = (weight_bits: number, name = 'bitmod') =>
    run(accelerator(name), [{ layers: [layer({ name: 'q', m: 1, n: 64, k: 64, weight: bits(weight_bits, 0.5) })] }]).notes;

  it('are charged by its rule, with a note that names the layers', () => {
    const [wide] = notes(16).filter((text) => text.includes('published design'));
    expect(wide).toMatch(note);
    expect(wide).toMatch(/\(q\)$/);
    expect(run(bitmod, [{ layers: [layer({ m: 1, n: 64, k: 64, weight: bits(16) })] }]).layers[0]?.cycles.compute).toBe(16 * 2 * 8);
  });

  it('begin above 8 bits of code on bitmod, whatever the scales add, and above 16 elsewhere', () => {
    const noted = (weight_bits: number, name?: string) => notes(weight_bits, name).some((text) => text.includes('published design'));
    expect([noted(8), noted(8.5), noted(16, 'ant'), noted(32, 'ant')]).toEqual([false, true, false, true]);
  });
});

describe('the constants of a result', () => {
  it('each name a unit and a source', () => {
    const { constants } = run(bitmod);
    expect(constants.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['clock', 'pe.energy', 'dram.energy', 'sram.leakage', 'sram.weight.read at 512 bits']),
    );
    for (const { source, value } of constants) expect([source !== '', Number.isFinite(value)]).toEqual([true, true]);
  });
});
