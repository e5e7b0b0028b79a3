/**
 * Activities of the layers of a workload on one machine. A timing model that takes layers in batches fills columns in one pass; the others
 * charge each unique layer once, and what a model that searches has found is kept by content, for all points, workers and later sweeps.
 */
import type { AcceleratorConfig, ArrayShape } from '../../accelerator/accelerator-config.js';
import { activityColumns, setActivity, type ActivityColumns } from '../../accelerator/activity-columns.js';
import { arrayOf } from '../../accelerator/array-design.js';
import { timingNamed } from '../../accelerator/timing/index.js';
import type { TimedMachine, TimingModel } from '../../accelerator/timing/timing-model.js';
import { vectorMachine } from '../../accelerator/vector-unit.js';
import { energyOf, type EnergyTable } from '../../energy/breakdown.js';
import type { LayerActivity } from '../../trace/layer-activity.js';
import type { ActivityCache } from './activity-cache/activity-cache.js';
import type { CompiledLayers, CompiledSegment, UniqueLayer } from './compiled-workload.js';
import { costedText, machineText, watchedView } from './machine-view.js';

/** What finding activities needs besides the accelerator and its layers. */
export interface ActivityContext {
  readonly cache: ActivityCache;
  /** Versions of the rules of costs. */
  readonly versions: Readonly<Record<string, number | string>>;
  /** Timing models, with their options, that were found to ask for costs. */
  readonly asking: Set<string>;
}

export interface FoundActivities {
  readonly columns: ActivityColumns;
  /** They are true of the costs of this accelerator only. */
  readonly costed: boolean;
}

/** Fills the columns of the layers for this accelerator, when its timing model takes them in batches; false: it does not. */
export function fillBatches(hardware: AcceleratorConfig, { segments, columns }: CompiledLayers): boolean {
  for (const segment of segments) {
    if (segment.batch === undefined) return false;
    const array = arrayOf(hardware, segment.phase);
    segment.batch.fill(hardware, array, columns, segment.from);
    if (segment.onVectorUnit.length > 0) {
      const machine = timingNamed(hardware.timing).machine(hardware, array, { energy_pJ: () => null });
      setVector(hardware, machine, segment, columns);
    }
  }
  return true;
}

/** Activities layer by layer. `table` is asked for when a machine weighs mappings by energy. */
export function foundActivities(
  hardware: AcceleratorConfig,
  { segments, unique }: CompiledLayers,
  table: () => EnergyTable,
  context: ActivityContext,
): FoundActivities {
  const columns = activityColumns(unique);
  let costed = false;
  for (const segment of segments) {
    const array = arrayOf(hardware, segment.phase);
    const machine = watchedMachine(hardware, array, table);
    const activityOf = machine.timing.searches === true ? keptActivity(hardware, array, machine, context) : machine.activity;
    segment.onArray.forEach((layer, i) => {
      const { activity, asked } = activityOf(layer);
      costed ||= asked;
      setActivity(columns, segment.from + i, activity);
    });
    if (segment.onVectorUnit.length > 0) setVector(hardware, machine.timed(), segment, columns);
  }
  return { columns, costed };
}

function setVector(hardware: AcceleratorConfig, { ports }: TimedMachine, segment: CompiledSegment, columns: ActivityColumns): void {
  const machine = vectorMachine(hardware, ports);
  segment.onVectorUnit.forEach(({ layer }, i) => setActivity(columns, segment.from + segment.onArray.length + i, machine.activity(layer)));
}

/** An activity, and whether the machine asked for costs on the way. */
interface Charged {
  readonly activity: LayerActivity;
  readonly asked: boolean;
}

interface WatchedMachine {
  readonly timing: TimingModel;
  /** Made when it is first needed. */
  timed(): TimedMachine;
  readonly activity: (layer: UniqueLayer) => Charged;
}

function watchedMachine(hardware: AcceleratorConfig, array: ArrayShape, table: () => EnergyTable): WatchedMachine {
  const timing = timingNamed(hardware.timing, `${hardware.name}: timing`);
  let asked = false;
  let made: { readonly machine: TimedMachine; readonly asked: boolean } | undefined;
  const ask = (): void => {
    asked = true;
  };
  const energy_pJ = (activity: LayerActivity): number | null => {
    ask();
    return energyOf(activity, table()).total;
  };
  const timed = (): NonNullable<typeof made> => {
    if (made === undefined) {
      asked = false;
      const machine = timing.machine(watchedView(hardware, ask), array, { energy_pJ });
      made = { machine, asked };
    }
    return made;
  };
  return {
    timing,
    timed: () => timed().machine,
    activity: ({ layer }) => {
      const { machine, asked: askedBefore } = timed();
      asked = askedBefore;
      const activity = machine.activity(layer);
      return { activity, asked };
    },
  };
}

/** Looks activities up by content: by what the machine reads, and where it asks for costs by those too. */
function keptActivity(
  hardware: AcceleratorConfig,
  array: ArrayShape,
  machine: WatchedMachine,
  { cache, versions, asking }: ActivityContext,
): (layer: UniqueLayer) => Charged {
  const { timing } = machine;
  const rules = `${timing.name} ${JSON.stringify(hardware.timingOptions)}`;
  const plain = cache.machine(machineText(hardware, array, timing));
  let costed: ReturnType<ActivityCache['machine']> | undefined;
  const withCosts = (layer: UniqueLayer, compute: () => LayerActivity): Charged => {
    costed ??= cache.machine(`${machineText(hardware, array, timing)} ${costedText(hardware, array, versions)}`);
    return { activity: costed.activity(layer.text, compute), asked: true };
  };
  return (layer) => {
    if (asking.has(rules)) return withCosts(layer, () => machine.activity(layer).activity);
    let found: LayerActivity | undefined;
    try {
      const activity = plain.activity(layer.text, () => {
        const charged = machine.activity(layer);
        if (!charged.asked) return charged.activity;
        found = charged.activity;
        throw costsAsked;
      });
      return { activity, asked: false };
    } catch (error) {
      if (error !== costsAsked || found === undefined) throw error;
      asking.add(rules);
      const asked = found;
      return withCosts(layer, () => asked);
    }
  };
}

/** Leaves the cache without an entry; never seen outside. */
const costsAsked = new Error('costs were asked for');
