/** One point after another at a rung of the sweep: hardware, layers, activities and costs of each, taken from what points share. */
import type { AcceleratorConfig, BufferName } from '../../accelerator/accelerator-config.js';
import { bufferNames, type ActivityColumns } from '../../accelerator/activity-columns.js';
import { arrayOf } from '../../accelerator/array-design.js';
import { columnSums, sumCauses, sumCounts, sumEnergy, sumUtilization } from '../../accelerator/column-sums.js';
import { isoValue } from '../../accelerator/iso.js';
import { requireCountable } from '../../accelerator/simulate.js';
import { loadSramTable } from '../../config/package-data.js';
import type { SchemeConfig } from '../../trace/scheme-config.js';
import type { EnergyTable } from '../../energy/breakdown.js';
import type { SweepPlan } from '../plan/sweep-plan.js';
import { axisMemo, kept, memoSpace, valueOf, type AxisMemo, type Kept } from './axis-memo.js';
import { axisRoles, type AxisRoles } from './axis-roles.js';
import type { gpuPoints } from './gpu-points.js';
import { compiledWorkload, type CompiledLayers, type CompiledWorkload } from './compiled-workload.js';
import { acceleratorsOf } from './designs.js';
import { fillBatches, foundActivities, type ActivityContext, type FoundActivities } from './layer-activities.js';
import type { ActivityCache } from './activity-cache/activity-cache.js';
import { isClocked, onlyCosts } from './machine-view.js';
import { pointCosts, type Budget, type PointCosts } from './point-costs.js';
import { settingsOf } from './point-settings.js';
import { workloadOf } from './point-workload.js';
import { weightSqnr_dB } from './scheme-sqnr.js';
import { templatesOf, type Template } from './templates.js';
import { setEnergy, setLatency, totalsColumns, type Need, type PointTotals } from './totals-columns.js';

/** The totals of a point, valid until the next is asked for. Throws LowbitError for a point that cannot be simulated. */
export type PointSimulator = (axisIndex: Int32Array) => PointTotals;

/** What the points of a template share. */
interface Stages {
  readonly costs: PointCosts;
  /** Activities by what machines read, and by everything once one of them asks for costs. */
  readonly activities: AxisMemo<Kept<FoundActivities>>;
  readonly costedActivities: AxisMemo<Kept<FoundActivities>>;
  costed: boolean;
}

/** What makes points on GPUs. */
export type GpuModel = typeof gpuPoints;

interface SimulatorOptions {
  readonly rung: number;
  /** Columns that something reads. */
  readonly names: readonly string[];
  readonly cache: ActivityCache;
  /** Absent: no point is one of a GPU. */
  readonly gpus: GpuModel | undefined;
}

export function pointSimulator(plan: SweepPlan, { rung, names, cache, gpus: gpuModel }: SimulatorOptions): PointSimulator {
  const roles = axisRoles(plan);
  const needs = new Set<Need>(names.flatMap((name) => totalsColumns[name]?.needs ?? []));
  const templateOf = hardwareOf(plan, roles, rung);
  const workloads = workloadsOf(plan, roles, rung);
  const gpus = gpuModel?.(plan, roles, rung);
  const sqnrOf = keptSqnr();
  const context: ActivityContext = { cache, versions: costVersions(plan), asking: new Set() };
  const totals: PointTotals = {
    sums: columnSums(),
    hardware: undefined,
    physical: undefined,
    latency_s: NaN,
    energy_J: NaN,
    model_bytes: NaN,
    weight_bits: NaN,
    weight_sqnr_dB: NaN,
  };
  const onAccelerator = (axisIndex: Int32Array): CompiledWorkload => {
    const template = templateOf(axisIndex);
    const hardware = template.stages.costs.sized(axisIndex);
    const workload = workloads(axisIndex, hardware.vectorUnit !== undefined);
    const layers = workload.layersFor(hardware);
    const columns = fillBatches(hardware, layers) ? layers.columns : activitiesOf(template, { hardware, layers, axisIndex, context });
    totals.hardware = hardware;
    addUp(totals, needs, { hardware, columns, layers, costs: template.stages.costs, axisIndex });
    return workload;
  };
  const onGpu = (axisIndex: Int32Array): CompiledWorkload | undefined => {
    const card = gpus?.cardOf(axisIndex);
    if (gpus === undefined || card === undefined) return undefined;
    const workload = workloads(axisIndex, true);
    gpus.fill(totals, card, workload);
    return workload;
  };
  return (axisIndex) => {
    const workload = onGpu(axisIndex) ?? onAccelerator(axisIndex);
    setEnergy(totals);
    totals.model_bytes = workload.model_bytes;
    totals.weight_bits = workload.weight_bits;
    if (needs.has('sqnr')) totals.weight_sqnr_dB = sqnrOf(workload.scheme);
    return totals;
  };
}

/** SQNR of schemes; those that weigh alike are quantized once. */
function keptSqnr(): (scheme: SchemeConfig) => number {
  const byScheme = new WeakMap<SchemeConfig, Kept<number>>();
  const byWeight = new Map<string, Kept<number>>();
  return (scheme) => {
    let found = byScheme.get(scheme);
    if (found === undefined) {
      const weight = JSON.stringify(scheme.weight);
      found = byWeight.get(weight) ?? kept(() => weightSqnr_dB(scheme));
      byWeight.set(weight, found);
      byScheme.set(scheme, found);
    }
    return valueOf(found);
  };
}

interface PointActivities {
  readonly hardware: AcceleratorConfig;
  readonly columns: ActivityColumns;
  readonly layers: CompiledLayers;
  readonly costs: PointCosts;
  readonly axisIndex: ArrayLike<number>;
}

/** Sums that some column needs, in the totals. */
function addUp(totals: PointTotals, needs: ReadonlySet<Need>, { hardware, columns, layers, costs, axisIndex }: PointActivities): void {
  const { sums } = totals;
  const { rows, segments } = layers;
  sumCounts(columns, rows, sums);
  requireCountable(sums.cycles.total);
  if (needs.has('causes')) sumCauses(columns, rows, sums);
  if (needs.has('utilization')) {
    const pes = Float64Array.from(segments, ({ phase }) => {
      const array = arrayOf(hardware, phase);
      return array.rows * array.columns;
    });
    sumUtilization(columns, rows, pes, sums);
  }
  if (needs.has('energy')) sumEnergy(columns, rows, { table: costs.table(axisIndex), price: costs.price(axisIndex) }, sums);
  if (needs.has('area')) totals.physical = costs.physical(axisIndex);
  setLatency(totals, hardware.clock_MHz);
}

interface ActivityRequest {
  readonly hardware: AcceleratorConfig;
  readonly layers: CompiledLayers;
  readonly axisIndex: ArrayLike<number>;
  readonly context: ActivityContext;
}

function activitiesOf({ stages }: Template<Stages>, { hardware, layers, axisIndex, context }: ActivityRequest): ActivityColumns {
  const { costs } = stages;
  // The table is kept longer than the numbers of this point: its buffers are asked for as they are now.
  const table = (): EnergyTable => {
    const price = costs.price(axisIndex);
    return { ...costs.table(axisIndex), sramCost: (buffer, bus_bits) => price(bufferNames.indexOf(buffer as BufferName), bus_bits) };
  };
  const find = (): Kept<FoundActivities> => kept(() => foundActivities(hardware, layers, table, context));
  if (!stages.costed) {
    let found: Kept<FoundActivities> | undefined;
    const memo = stages.activities.at(axisIndex, () => (found = find()));
    if (found === undefined || !('value' in found) || !found.value.costed) return valueOf(memo).columns;
    stages.costed = true;
    stages.activities.clear();
    return found.value.columns;
  }
  return valueOf(stages.costedActivities.at(axisIndex, find)).columns;
}

function hardwareOf(plan: SweepPlan, roles: AxisRoles, rung: number): (axisIndex: ArrayLike<number>) => Template<Stages> {
  const accelerators = acceleratorsOf(plan.designs);
  const sramTable = loadSramTable();
  const space = memoSpace();
  const axes = plan.axes.map(({ path, values }) => ({ path: path.split('.').slice(1), values }));
  const resolve = (axisIndex: ArrayLike<number>): AcceleratorConfig => accelerators(settingsOf(plan, axisIndex, rung).hardware);
  const budget = budgetOf(plan, { rung, resolve });
  return templatesOf<Stages>({
    roles,
    axes,
    resolve,
    stages(config, plain) {
      const { sizes, workload, iso } = roles;
      const own = plain.map((axis) => ({ axis, path: axes[axis]!.path }));
      const clocked = isClocked(config);
      const reading = own.flatMap(({ axis, path }) => (onlyCosts(path, clocked) ? [] : [axis]));
      // An array resized to a budget follows from costs as well.
      const machine = budget === null ? reading : plain;
      return {
        costs: pointCosts(config, sramTable, { sizes, plain: own, iso, space }, budget),
        activities: axisMemo({ axes: [...machine, ...iso, ...workload], sizes, space, weigh: rowsFound }),
        costedActivities: axisMemo({ axes: [...plain, ...iso, ...workload], sizes, space, weigh: rowsFound }),
        costed: false,
      };
    },
  });
}

/** Memos are bounded by the layers they hold. */
function rowsFound(found: Kept<FoundActivities>): number {
  return 'value' in found ? found.value.columns.macs.length : 1;
}

/** The budget of arrays: that of the plan, of an axis, or what the base of the sweep takes. */
function budgetOf(
  plan: SweepPlan,
  { rung, resolve }: { rung: number; resolve: (axisIndex: ArrayLike<number>) => AcceleratorConfig },
): Budget | null {
  if (plan.iso === null) return null;
  const { kind } = plan.iso;
  let ofBase: Kept<number> | undefined;
  return {
    kind,
    value(axisIndex) {
      const own = settingsOf(plan, axisIndex, rung).isoValue;
      if (own !== null) return own;
      ofBase ??= kept(() => isoValue(resolve(plan.axes.map(() => -1)), kind, loadSramTable()));
      return valueOf(ofBase);
    },
  };
}

type WorkloadSource = (axisIndex: ArrayLike<number>, hasVectorUnit: boolean) => CompiledWorkload;

/** Workloads by their axes; hardware matters to them only by whether it charges softmax, norms and the like. */
function workloadsOf(plan: SweepPlan, { workload: axes, sizes }: AxisRoles, rung: number): WorkloadSource {
  const space = memoSpace();
  // A layer as it was made and as it is compiled takes a few kilobytes.
  const weigh = (made: Kept<CompiledWorkload>): number => ('value' in made ? 4 * made.value.layerCount : 1);
  const memoOf = (): AxisMemo<Kept<CompiledWorkload>> => axisMemo({ axes, sizes, space, weigh });
  const memos = { with: memoOf(), without: memoOf() };
  return (axisIndex, hasVectorUnit) => {
    const memo = hasVectorUnit ? memos.with : memos.without;
    const make = (): Kept<CompiledWorkload> =>
      kept(() => compiledWorkload(workloadOf(plan.designs, settingsOf(plan, axisIndex, rung), hasVectorUnit)));
    return valueOf(memo.at(axisIndex, make));
  };
}

/** Versions that activities depend on where machines ask for costs. */
function costVersions({ versions }: SweepPlan): Readonly<Record<string, number | string>> {
  return Object.fromEntries(
    ['rule cost', 'SRAM table'].flatMap((name) => (Object.hasOwn(versions, name) ? [[name, versions[name]!]] : [])),
  );
}
