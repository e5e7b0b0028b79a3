/** Small documents of every kind, checked against their schemas: what the report tests are fed. Numbers are made up and add up. */
import {
  compareDocumentSchema,
  quantizeDocumentSchema,
  reproduceDocumentSchema,
  simulateDocumentSchema,
} from '../../src/report/documents.js';
import type { CompareDocument, QuantizeDocument, ReproduceDocument, SimulateDocument } from '../../src/report/documents.js';
import { cyclesOf } from '../../src/trace/layer-activity.js';
import type { LayerResult, SimulationResult } from '../../src/trace/simulation-result.js';

const envelope = { schemaVersion: 1, tool: { name: 'lowbit', version: '0.1.0' }, configHash: 'c0ffee' } as const;

export interface DesignSetting {
  readonly hardware: string;
  readonly scheme?: string;
  /** Cycles of compute and DRAM stall of each layer. */
  readonly layers: readonly (readonly [name: string, compute: number, dramStall: number])[];
  /** DRAM energy unknown: the part and the totals have no value. */
  readonly unknownDram?: boolean;
  readonly model?: string;
}

const operand = (format: string, bits: number) => ({ format, payload_bitsPerElement: bits, metadata_bitsPerElement: 0 });

function layerOf([name, compute, dramStall]: DesignSetting['layers'][number], unknownDram: boolean): LayerResult {
  const cycles = cyclesOf({ compute, dramStall });
  const trace = { name, kind: 'gemm', m: 16, n: 64, k: 64, gemms: 1, repeat: 2, sharedOperand: 'weight' } as const;
  const dram = unknownDram ? null : dramStall * 3 + 500;
  return {
    ...{ name, kind: 'gemm', m: 16, n: 64, k: 64, gemms: 1, count: 2 },
    latency_cycles: cycles.total,
    latency_s: cycles.total / 1e9,
    cycles,
    utilization: 0.5,
    activity: {
      cycles,
      macs: 131072,
      peSteps: compute * 1024,
      dequant_operations: 0,
      sram: {},
      dramRead_bytes: 9000,
      dramWrite_bytes: 1000,
      utilization: 0.5,
    },
    energy_pJ: {
      total: dram === null ? null : compute * 2 + 100 + dram,
      pe: compute * 2,
      sram: 100,
      dram,
      dequant: null,
      vector: null,
      static: null,
    },
    bottleneck: dramStall > compute ? 'dram' : 'compute',
    arithmeticIntensity_opsPerByte: 26.2144,
    trace: {
      ...trace,
      activation: operand('fp16', 16),
      weight: { ...operand('int4', 4), statistics: { origin: 'measured' } },
      output: operand('fp16', 16),
    },
  };
}

function simulationResult(setting: DesignSetting): SimulationResult {
  const layers = setting.layers.map((layer) => layerOf(layer, setting.unknownDram === true));
  const sum = (of: (layer: LayerResult) => number): number => layers.reduce((total, layer) => total + of(layer), 0);
  const cycles = cyclesOf({ compute: sum((l) => l.cycles.compute), dramStall: sum((l) => l.cycles.dramStall) });
  const latency_s = cycles.total / 1e9;
  const known = setting.unknownDram !== true;
  const energy_pJ = known ? sum((l) => l.energy_pJ.total ?? 0) : null;
  const dram = known ? sum((l) => l.energy_pJ.dram ?? 0) : null;
  return {
    hardware: { name: setting.hardware, clock_MHz: 1000, dram: { bandwidth_bitsPerCycle: 256 } },
    workload: { model: setting.model ?? 'toy', scheme: setting.scheme ?? setting.hardware, phase: 'prefill', batch: 1, context: 16 },
    totals: {
      latency_cycles: cycles.total,
      latency_s,
      cycles,
      macs: sum((l) => l.activity.macs),
      energy_pJ,
      energyParts_pJ: {
        total: energy_pJ,
        pe: sum((l) => l.energy_pJ.pe ?? 0),
        sram: sum((l) => l.energy_pJ.sram ?? 0),
        dram,
        dequant: null,
        vector: null,
        static: null,
      },
      area_mm2: null,
      areaParts_mm2: { pe: null },
      dram_bytes: sum((l) => l.activity.dramRead_bytes + l.activity.dramWrite_bytes),
      utilization: 0.5,
      TOPS: 0.25,
      TOPS_W: known ? 0.7 : null,
      TOPS_mm2: null,
      edp_Js: known ? 1.5e-12 : null,
      power_W: known ? 0.4 : null,
      model_bytes: 4096,
      fitsDram: true,
    },
    layers,
    constants: [{ name: 'PE energy', value: 0.56, unit: 'pJ', source: 'made up for tests' }],
    omissions: [
      { part: 'dequant', status: 'excluded', reason: 'hidden behind the dot products' },
      { part: 'vector', status: 'excluded', reason: 'no vector unit' },
      { part: 'static', status: 'excluded', reason: 'no leakage in this model' },
      ...(known ? [] : [{ part: 'dram', status: 'unknown' as const, reason: 'no source' }]),
    ],
    notes: ['softmax is left out'],
  };
}

export function simulateDocument(setting: DesignSetting): SimulateDocument {
  return simulateDocumentSchema.parse({ ...envelope, command: 'simulate', ...simulationResult(setting) });
}

export function compareDocument(settings: readonly DesignSetting[]): CompareDocument {
  const results = settings.map(simulationResult);
  const base = results[0]?.totals;
  const rows = results.map(({ hardware, workload, totals }) => ({
    hardware: hardware['name'],
    scheme: workload['scheme'],
    latency_cycles: totals.latency_cycles,
    latency_s: totals.latency_s,
    speedup: (base?.latency_s ?? 0) / totals.latency_s,
    energy_pJ: totals.energy_pJ,
    energyEfficiency: totals.energy_pJ === null ? null : (base?.energy_pJ ?? 0) / totals.energy_pJ,
    area_mm2: null,
    TOPS: totals.TOPS,
    TOPS_W: totals.TOPS_W,
    TOPS_mm2: null,
    edp_Js: totals.edp_Js,
    utilization: totals.utilization,
    fitsDram: true,
  }));
  return compareDocumentSchema.parse({ ...envelope, command: 'compare', rows, results });
}

export function quantizeDocument(quantizer: string, sqnr_dB: number | null, input = 'weights/net.onnx'): QuantizeDocument {
  const bits = { payload: 4, group: 0.125, channel: 0, tensor: 0, outlier: 0, lowRank: 0, permutation: 0 };
  const tensor = (name: string, shift: number) => ({
    ...{ name, rows: 32, cols: 64, format: 'int4-g128', bitsPerWeight: 4.125, bits, mse: 1e-3, maxAbsError: 0.05, choices: {} },
    sqnr_dB: sqnr_dB === null ? null : sqnr_dB + shift,
    statistics: { origin: 'measured', kurtosis: 4.5, maxOverStd: 4 + shift, datatypeHistogram: { int4: 0.25, flint4: 0.75 } },
    histogram: { low: -4, high: 4, counts: [1, 20, 300, 703, 703, 300, 20, 1] },
  });
  return quantizeDocumentSchema.parse({
    ...envelope,
    ...{ command: 'quantize', input, quantizer, options: { bits: 4 } },
    tensors: [tensor('block.0.q', 1), tensor('block.0.k', -2)],
    totals: { tensors: 2, weights: 4096, bitsPerWeight: 4.125, mse: 1e-3, sqnr_dB },
    skipped: [{ name: 'bias', reason: 'a vector' }],
  });
}

export function reproduceDocument(): ReproduceDocument {
  const cell = (row: string, column: string, published: number | null, simulated: number) => ({
    ...{ row, column, metric: 'prefill.cycles', published, simulated, unit: 'cycles', note: '' },
    relativeError: published === null ? null : (simulated - published) / published,
  });
  return reproduceDocumentSchema.parse({
    ...envelope,
    ...{ command: 'reproduce', id: 'paper', title: 'A paper, figure 1', source: 'made up for tests', notes: ['batch 1'] },
    cells: [cell('toy', 'fp16', 1000, 1000), cell('toy', 'bitmod', 400, 404), cell('toy', 'new', null, 300)],
    summary: { cells: 2, exact: 1, within1pct: 2, within10pct: 2, maxRelativeError: 0.01 },
  });
}

/** One of each, with two designs whose first is slower and bound by DRAM. */
export const everyKind = [
  compareDocument([
    {
      hardware: 'fp16',
      layers: [
        ['q_proj', 4000, 6000],
        ['down_proj', 9000, 1000],
      ],
    },
    {
      hardware: 'bitmod',
      layers: [
        ['q_proj', 1000, 1500],
        ['down_proj', 2000, 500],
      ],
    },
  ]),
  quantizeDocument('rtn', 16.1),
  quantizeDocument('bitmod', 18.6),
  reproduceDocument(),
] as const;
