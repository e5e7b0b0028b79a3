/** Plans of small sweeps, and a row as `lowbit simulate` would give it: what rows are held against. */
import { isoValue, resizeToBudget } from '../../../src/accelerator/iso.js';
import { peCount } from '../../../src/accelerator/array-design.js';
import { simulateAccelerator } from '../../../src/accelerator/simulate.js';
import { acceleratorFrom, loadModel, loadScheme } from '../../../src/config/catalogue.js';
import { catalogueFile, readText } from '../../../src/config/files.js';
import { loadSramTable } from '../../../src/config/package-data.js';
import { applySettings } from '../../../src/config/settings.js';
import { LowbitError } from '../../../src/lowbit-error.js';
import { settingsOf } from '../../../src/sweep/evaluate/point-settings.js';
import { spaceOf } from '../../../src/sweep/plan/space.js';
import type { Axis, AxisValue, DesignsPlan, SweepPlan } from '../../../src/sweep/plan/sweep-plan.js';
import { resultColumns } from '../../../src/sweep/rows/result-columns.js';
import { modelSchema, type ModelConfig } from '../../../src/trace/model/model-config.js';
import { resolveScheme, schemeSchema, type SchemeConfig } from '../../../src/trace/scheme-config.js';
import { meanWeightBits } from '../../../src/trace/workload/model-bytes.js';
import type { Refinement, WorkloadPhase } from '../../../src/trace/workload/request.js';
import { workload } from '../../../src/trace/workload/workload.js';

export const everyColumn = resultColumns.map(({ name }) => name).filter((name) => name !== 'weight_sqnr_dB');

export const axis = (path: string, values: readonly AxisValue[], name = path): Axis => ({ name, path, values });

export interface Sketch extends Partial<Omit<SweepPlan, 'axes' | 'base' | 'designs'>> {
  /** The first is the base. */
  readonly hardware: readonly string[];
  readonly models?: readonly string[];
  readonly schemes?: readonly string[];
  readonly workload?: SweepPlan['base']['workload'];
  readonly set?: SweepPlan['base']['set'];
  readonly axes: readonly Axis[];
  /** Text in place of a shipped file. */
  readonly texts?: Readonly<Record<string, string>>;
}

export function sketch(of: Sketch): SweepPlan {
  const { hardware, models = ['opt-125m'], schemes = ['bitmod-4b'], workload = {}, set = [], axes, texts = {}, ...rest } = of;
  const designs: DesignsPlan = {
    hardware: Object.fromEntries(
      hardware.map((name) => [name, { file: `${name}.yaml`, text: texts[name] ?? readText(catalogueFile('accelerators', name)) }]),
    ),
    models: Object.fromEntries(models.map((name) => [name, loadModel(name).config])),
    schemes: Object.fromEntries(schemes.map((name) => [name, loadScheme(name).config])),
  };
  return {
    name: 'sketch',
    description: '',
    source: 'a test',
    seed: 0,
    designs,
    base: { hardware: hardware[0]!, model: models[0]!, scheme: schemes[0]!, workload, set },
    axes,
    dimensions: axes.map(({ values }, a) => ({ size: values.length, members: [{ axis: a, valueAt: values.map((_, i) => i) }] })),
    iso: null,
    columns: everyColumn,
    constraints: [],
    objectives: [],
    strategy: { name: 'grid', settings: {} },
    errorBars: false,
    rungs: [],
    versions: {},
    ...rest,
  };
}

/** Every result column of a point the long way round, or the message it fails with. */
export function simulated(plan: SweepPlan, point: number, rung?: number): Readonly<Record<string, number>> | string {
  const space = spaceOf(plan);
  const digits = new Int32Array(space.sizes.length);
  const axes = new Int32Array(plan.axes.length);
  space.digitsOf(point, digits);
  space.axesOf(digits, axes);
  try {
    return columnsOf(plan, axes, rung);
  } catch (error) {
    if (error instanceof LowbitError) return error.message;
    throw error;
  }
}

function columnsOf(plan: SweepPlan, axes: Int32Array, rung?: number): Record<string, number> {
  const settings = settingsOf(plan, axes, rung);
  const sramTable = loadSramTable();
  const loaded = ({ key, settings: set }: typeof settings.hardware) =>
    acceleratorFrom(plan.designs.hardware[key]!.text, plan.designs.hardware[key]!.file)(set).config;
  let hardware = loaded(settings.hardware);
  if (plan.iso !== null) {
    const { kind } = plan.iso;
    const base = settingsOf(
      plan,
      plan.axes.map(() => -1),
      rung,
    ).hardware;
    const value = settings.isoValue ?? isoValue(loaded(base), kind, sramTable);
    hardware = resizeToBudget(hardware, { kind, value, origin: 'the sweep' }, sramTable).config;
  }
  const model = applySettings<ModelConfig>(plan.designs.models[settings.model.key]!, settings.model.settings, modelSchema);
  const scheme = applySettings<SchemeConfig>(plan.designs.schemes[settings.scheme.key]!, settings.scheme.settings, schemeSchema);
  const words = settings.workload as { phase?: WorkloadPhase; batch?: number; context?: number; tokens?: number; refine?: string };
  const { phase = 'prefill', batch = 1, context = 256, tokens = 0, refine = '' } = words;
  const options: Partial<Record<Refinement, boolean>> = hardware.vectorUnit === undefined ? {} : { vectorOps: true };
  for (const word of refine.split(' ').filter(Boolean)) options[word as Refinement] = true;
  const request = { phase, batch, options, ...(model.family === 'cnn' || model.family === 'vit' ? {} : { context }) };
  const { segments, modelBytes } = workload(model, scheme, phase === 'generate' ? { ...request, tokens } : request);
  const { totals } = simulateAccelerator(hardware, segments, { sramTable, modelBytes: modelBytes.weights + modelBytes.kv });
  const { cycles, energyParts_pJ: energy, areaParts_mm2: area } = totals;
  const buffers = Object.entries(area).filter(([name]) => name.endsWith('Buffer'));
  const values: Record<string, number | null | undefined> = {
    ...Object.fromEntries(everyColumn.flatMap((name) => (name in totals ? [[name, totals[name as 'macs']]] : []))),
    ...Object.fromEntries(Object.entries(cycles).map(([cause, value]) => [`${cause}_cycles`, value])),
    energy_J: totals.energy_pJ === null ? null : totals.energy_pJ * 1e-12,
    pe_pJ: energy.pe,
    sram_pJ: energy.sram,
    memory_pJ: energy.dram,
    dequantization_pJ: energy.dequant,
    vector_pJ: energy.vector,
    static_pJ: energy.static,
    pe_mm2: area['pe'],
    decoders_mm2: area['decoders'],
    vectorUnit_mm2: area['vectorUnit'],
    buffers_mm2: buffers.reduce<number | null>((sum, [, value]) => (sum === null || value === null ? null : sum + value), 0),
    pes: peCount(hardware),
    array_rows: hardware.array.rows,
    array_columns: hardware.array.columns,
    weight_bits: meanWeightBits(model, resolveScheme(scheme, model.name)),
  };
  return Object.fromEntries(everyColumn.map((name) => [name, values[name] ?? NaN]));
}
