/**
 * What `lowbit simulate` says of a point beside its numbers: the notes on rules that were taken beyond their source, and the parts of energy and area
 * without a value. Simulated the long way, so for a few points of a sweep only.
 * Left out: which array each phase ran on and what a budget made of it (columns array_rows, array_columns), and notes of reading a model file.
 */
import type { AcceleratorConfig } from '../../accelerator/accelerator-config.js';
import { isoValue, resizeToBudget } from '../../accelerator/iso.js';
import { arrayNotes, simulateAccelerator } from '../../accelerator/simulate.js';
import { loadSramTable } from '../../config/package-data.js';
import type { GpuSetup } from '../../gpu/gpu-machine.js';
import { simulateGpu } from '../../gpu/simulate.js';
import type { Omission } from '../../trace/simulation-result.js';
import { workload } from '../../trace/workload/workload.js';
import { spaceOf } from '../plan/space.js';
import type { SweepPlan } from '../plan/sweep-plan.js';
import { loadedAccelerators } from './designs.js';
import { gpuSetups } from './gpu-points.js';
import { settingsOf, type PointSettings } from './point-settings.js';
import { workloadOf } from './point-workload.js';

export interface PointRemarks {
  readonly notes: readonly string[];
  readonly omissions: readonly Omission[];
}

/** Throws LowbitError for a point that cannot be simulated. */
export function pointRemarks(plan: SweepPlan): (point: number) => PointRemarks {
  const loaded = loadedAccelerators(plan.designs);
  const gpus = gpuSetups(plan.designs.gpus);
  const space = spaceOf(plan);
  const digits = new Int32Array(space.sizes.length);
  const axes = new Int32Array(plan.axes.length);
  return (point) => {
    space.digitsOf(point, digits);
    space.axesOf(digits, axes);
    const settings = settingsOf(plan, axes);
    const setup = gpus(settings.hardware);
    if (setup !== undefined) return gpuRemarks(plan, settings, setup);
    const { config, notes } = loaded(settings.hardware);
    const hardware = resized(plan, config, settings.isoValue);
    const { model, scheme, request } = workloadOf(plan.designs, settings, hardware.vectorUnit !== undefined);
    const made = workload(model, scheme, request);
    const result = simulateAccelerator(hardware, made.segments, { sramTable: loadSramTable() });
    const arrays = arrayNotes(hardware, made.segments);
    const ofResult = result.notes.filter((note) => !arrays.includes(note));
    return { notes: [...notes, ...made.notes, ...ofResult], omissions: result.omissions };
  };
}

function gpuRemarks(plan: SweepPlan, settings: PointSettings, setup: GpuSetup): PointRemarks {
  const { model, scheme, request } = workloadOf(plan.designs, settings, true);
  const made = workload(model, scheme, request);
  const { notes, omissions } = simulateGpu(setup, made.segments, {});
  return { notes: [...made.notes, ...notes], omissions };
}

/** The accelerator at the budget of the point, or of the base. */
function resized(plan: SweepPlan, config: AcceleratorConfig, ownValue: number | null): AcceleratorConfig {
  if (plan.iso === null) return config;
  const { kind } = plan.iso;
  const sramTable = loadSramTable();
  const base = settingsOf(
    plan,
    plan.axes.map(() => -1),
  ).hardware;
  const value = ownValue ?? isoValue(loadedAccelerators(plan.designs)(base).config, kind, sramTable);
  return resizeToBudget(config, { kind, value, origin: 'the sweep' }, sramTable).config;
}
