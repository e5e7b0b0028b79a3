import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { simulateAccelerator } from '../../src/accelerator/simulate.js';
import type { AcceleratorConfig } from '../../src/accelerator/accelerator-config.js';
import { loadAccelerator, loadModel, loadScheme } from '../../src/config/catalogue.js';
import { catalogueNames } from '../../src/config/files.js';
import { loadSramTable } from '../../src/config/package-data.js';
import { operandFormat } from '../../src/formats/index.js';
import { pes } from '../../src/pe/index.js';
import { cycleCauses } from '../../src/trace/layer-activity.js';
import type { LayerTrace } from '../../src/trace/layer-trace.js';
import { energyParts } from '../../src/trace/simulation-result.js';
import { workload } from '../../src/trace/workload/workload.js';

/** A scheme whose operands the elements of each shipped accelerator take. */
const schemeOf: Readonly<Record<string, string>> = {
  adafloat: 'adaptivfloat-w8a8',
  'adaptivfloat-native': 'adaptivfloat-w8a8',
  ant: 'ant-hpca25',
  'ant-native': 'ant-w4a4kv4',
  'ant-os': 'ant-w4a4kv4',
  'ant-ws': 'ant-w4a4kv4',
  biscaled: 'w6a6',
  'biscaled-native': 'biscaled-w6a6',
  bitfusion: 'w8a8',
  'bitfusion-native': 'w8a8',
  bitmod: 'bitmod-4b',
  'bitmod-native': 'bitmod-4b',
  eyeriss: 'w16a16-int',
  figna: 'w4a16kv8-g128',
  fp16: 'fp16',
  'fp16-native': 'w4a16-g128',
  gobo: 'gobo-3b',
  'int8-systolic': 'w8a8',
  lqer: 'lqer-w4a8',
  'mixpe-w4a16': 'mixpe-w4a16',
  'mixpe-w4a8': 'mixpe-w4a8',
  olaccel: 'w4a4kv4',
  'olaccel-native': 'w4a4kv4',
  olive: 'olive-hpca25',
  'olive-native': 'olive-w4a4kv4',
  'olive-os': 'olive-w4a4kv4',
  pragmatic: 'w8a8',
  qfx: 'qfx-2hot',
  stripes: 'w8a8',
  systolic: 'w8a8',
  'zigzag-tpu-like': 'w8a8',
};
const accelerators = catalogueNames('accelerators').map((name) => ({ name, hardware: loadAccelerator(name).config }));
const sramTable = loadSramTable();
const documentation = readFileSync(new URL('../../docs/accelerators.md', import.meta.url), 'utf8');
const model = loadModel('opt-125m').config;

function simulated(name: string, hardware: AcceleratorConfig, phase: 'prefill' | 'decode') {
  const scheme = loadScheme(schemeOf[name] ?? 'fp16').config;
  const { segments } = workload(model, scheme, { phase, batch: 2, context: 24 });
  return simulateAccelerator(hardware, segments, { sramTable });
}

/** Every number of a value, by its path. */
function numbersOf(value: unknown, path = ''): [string, number][] {
  if (typeof value === 'number') return [[path, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => numbersOf(part, `${path}.${key}`));
}

describe('the shipped accelerators', () => {
  it('offer every processing element, and each has a scheme here that it takes', () => {
    expect(Object.keys(pes).filter((pe) => !accelerators.some(({ hardware }) => hardware.pe.model === pe))).toEqual([]);
    expect(accelerators.map(({ name }) => name).filter((name) => schemeOf[name] === undefined)).toEqual([]);
  });

  it.each(accelerators)('$name stands in docs/accelerators.md with its element, array and the scheme tried here', ({ name, hardware }) => {
    const { pe, array, clock_MHz, technology_nm } = hardware;
    const row = documentation.split('\n').find((line) => line.startsWith(`| \`${name}\` |`)) ?? '';
    expect(row).toContain(`[${pe.model}](pe/`);
    expect(row).toContain(`${array.rows} x ${array.columns}`);
    expect(row).toContain(`${clock_MHz} MHz, ${technology_nm} nm`);
    expect(row).toContain(`\`${schemeOf[name] ?? ''}\` |`);
    expect([row.includes('PE energy'), row.includes('PE area')]).toEqual([pe.energy_pJ === null, pe.area_um2 === null]);
  });

  it.each(accelerators)('$name says of every block where its numbers come from', ({ hardware }) => {
    const { source, pe, buffers, dram, decoders = [], dequantization, vectorUnit } = hardware;
    const parts = [pe, dram, ...Object.values(buffers), ...decoders, dequantization, vectorUnit].filter((part) => part !== undefined);
    expect([source, ...parts.map((part) => part.source)].filter((text) => text === undefined || text.length < 7)).toEqual([]);
  });

  describe.each(accelerators)('$name', ({ name, hardware }) => {
    it.each(['prefill', 'decode'] as const)('simulates a small transformer in %s, with sums that agree and nothing infinite', (phase) => {
      const { totals, layers, omissions } = simulated(name, hardware, phase);
      expect(numbersOf({ totals, layers }).filter(([, value]) => !Number.isFinite(value) || value < 0)).toEqual([]);
      expect(totals.latency_cycles).toBe(layers.reduce((sum, layer) => sum + layer.latency_cycles, 0));
      for (const { cycles } of layers)
        expect(cycles.total).toBeCloseTo(
          cycleCauses.reduce((sum, cause) => sum + cycles[cause], 0),
          6,
        );
      expect(totals.macs).toBe(layers.reduce((sum, { activity }) => sum + activity.macs, 0));
      expect(totals.utilization).toBeGreaterThan(0);
      expect(totals.dram_bytes).toBeGreaterThan(0);
      const parts = energyParts.map((part) => totals.energyParts_pJ[part]);
      const missing = energyParts.filter((part) => totals.energyParts_pJ[part] === null);
      const unknown = missing.filter((part) => omissions.some((each) => each.part === part && each.status === 'unknown'));
      expect(missing.filter((part) => !omissions.some((each) => each.part === part))).toEqual([]);
      expect(totals.energy_pJ === null).toBe(unknown.length > 0);
      if (totals.energy_pJ !== null) expect(totals.energy_pJ / parts.reduce<number>((sum, part) => sum + (part ?? 0), 0)).toBeCloseTo(1, 9);
    });

    it('takes a layer that names no formats', () => {
      const { activation = 'fp16', weight = 'fp16', output = 'fp16' } = hardware.defaults ?? {};
      const layer: LayerTrace = {
        name: 'layer',
        kind: 'gemm',
        m: 5,
        n: 300,
        k: 256,
        gemms: 1,
        repeat: 1,
        sharedOperand: 'weight',
        activation: operandFormat(activation),
        weight: operandFormat(weight),
        output: operandFormat(output),
      };
      expect(simulateAccelerator(hardware, [{ layers: [layer] }], { sramTable }).totals.latency_cycles).toBeGreaterThan(0);
    });
  });
});
