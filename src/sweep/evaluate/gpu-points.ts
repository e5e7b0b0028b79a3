/**
 * Points of a sweep whose hardware is a GPU: the card under the settings of the point with its kernels prepared, kept for all points that share them,
 * and totals as `lowbit simulate` gives them, to the last bit.
 */
import { gpuFrom } from '../../config/gpu-catalogue.js';
import type { Loaded } from '../../config/loaded.js';
import { isFileName } from '../../config/files.js';
import { isSet, type ConfigSetting } from '../../config/settings.js';
import type { GpuConfig } from '../../gpu/device/gpu-schema.js';
import { gpuMachine, type GpuMachine, type GpuSetup } from '../../gpu/gpu-machine.js';
import { gpuSetup, type GpuSources } from '../../gpu/gpu-setup.js';
import { simulatedTotals } from '../../gpu/simulate.js';
import { unknownName } from '../../lowbit-error.js';
import { cycleCauses } from '../../trace/layer-activity.js';
import type { Totals } from '../../trace/simulation-result.js';
import type { GpusPlan, SweepPlan } from '../plan/sweep-plan.js';
import { axisMemo, kept, memoSpace, valueOf, type Kept } from './axis-memo.js';
import type { AxisRoles } from './axis-roles.js';
import type { CompiledWorkload } from './compiled-workload.js';
import { settingsOf, type ChosenDesign } from './point-settings.js';
import type { PointTotals } from './totals-columns.js';

/** A card ready to charge layers. */
interface ReadyCard {
  readonly setup: GpuSetup;
  readonly machine: GpuMachine;
}

export interface GpuPoints {
  /** The card of a point; undefined: its hardware is no GPU. Throws LowbitError for settings that make no card. */
  cardOf(axisIndex: ArrayLike<number>): ReadyCard | undefined;
  /** Fills the totals of a point. Throws LowbitError for a workload that the card cannot run. */
  fill(totals: PointTotals, card: ReadyCard, workload: CompiledWorkload): void;
}

/** Weight of a card with its kernels in memory, in halves of a kilobyte. */
const CARD_WEIGHT = 64;

export function gpuPoints(plan: SweepPlan, { candidates, structural, sizes }: AxisRoles, rung: number): GpuPoints {
  const setups = gpuSetups(plan.designs.gpus);
  const memo = axisMemo<Kept<ReadyCard | undefined>>({
    axes: [...candidates, ...structural],
    sizes,
    space: memoSpace(),
    weigh: () => CARD_WEIGHT,
  });
  const ready = (axisIndex: ArrayLike<number>): ReadyCard | undefined => {
    const setup = setups(settingsOf(plan, axisIndex, rung).hardware);
    return setup === undefined ? undefined : { setup, machine: gpuMachine(setup) };
  };
  return {
    cardOf: (axisIndex) => valueOf(memo.at(axisIndex, () => kept(() => ready(axisIndex)))),
    fill(totals, { setup, machine }, workload) {
      fillTotals(totals, simulatedTotals(setup, machine, workload.segments, { modelBytes: workload.model_bytes }));
    },
  };
}

/** Setups of the cards of a plan; undefined for hardware that is none of them. */
export function gpuSetups(gpus: GpusPlan | undefined): (chosen: ChosenDesign) => GpuSetup | undefined {
  if (gpus === undefined) return () => undefined;
  const readers = new Map<string, (settings: readonly ConfigSetting[]) => Loaded<GpuConfig>>();
  const sources = sourcesOf(gpus);
  return ({ key, settings }) => {
    const card = Object.hasOwn(gpus.cards, key) ? gpus.cards[key] : undefined;
    if (card === undefined) return undefined;
    const reader = readers.get(key) ?? gpuFrom(card.text, card.file);
    readers.set(key, reader);
    return gpuSetup(reader(settings).config, sources, (name) => isFileName(key) || isSet(settings, `profiles.${name}`));
  };
}

function sourcesOf({ kernels, fits }: GpusPlan): GpuSources {
  return {
    kernels: kernels.filter(({ choice }) => choice !== 'by-name'),
    kernel: (name) => {
      const found = kernels.find((kernel) => kernel.name === name);
      if (found !== undefined) return found;
      throw unknownName(
        'kernel of this sweep',
        name,
        kernels.map((kernel) => kernel.name),
      );
    },
    fitted: (name) => (Object.hasOwn(fits, name) ? fits[name] : undefined),
  };
}

function fillTotals(point: PointTotals, totals: Totals): void {
  const { sums } = point;
  const known = (value: number | null): number => value ?? NaN;
  for (const cause of ['total', ...cycleCauses] as const) sums.cycles[cause] = totals.cycles[cause];
  sums.macs = totals.macs;
  sums.dram_bytes = totals.dram_bytes;
  sums.utilization = totals.utilization;
  sums.energy_pJ = known(totals.energy_pJ);
  sums.pe_pJ = known(totals.energyParts_pJ.pe);
  sums.sram_pJ = known(totals.energyParts_pJ.sram);
  sums.dram_pJ = known(totals.energyParts_pJ.dram);
  sums.dequant_pJ = known(totals.energyParts_pJ.dequant);
  sums.vector_pJ = known(totals.energyParts_pJ.vector);
  sums.static_pJ = known(totals.energyParts_pJ.static);
  point.hardware = undefined;
  point.physical = undefined;
  point.latency_s = totals.latency_s;
}
