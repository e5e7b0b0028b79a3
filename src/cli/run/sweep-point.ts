/** A point of a sweep as the command that simulates it alone: `lowbit simulate` with every setting of the point, for the same totals to the last bit. */
import { isoValue } from '../../accelerator/iso.js';
import { isFileName } from '../../config/files.js';
import { loadSramTable } from '../../config/package-data.js';
import { axisValueText } from '../../report/axis-value-text.js';
import type { GivenSetting } from '../../config/settings.js';
import { acceleratorsOf } from '../../sweep/evaluate/designs.js';
import { settingsOf, type PointSettings } from '../../sweep/evaluate/point-settings.js';
import type { AxisValue, SweepPlan } from '../../sweep/plan/sweep-plan.js';

/** `axisIndex[a]`: index of the value of axis a, -1 where a condition keeps it out. */
export function simulateWords(plan: SweepPlan, axisIndex: ArrayLike<number>): string[] {
  const settings = settingsOf(plan, axisIndex);
  const { hardware, model, scheme } = settings;
  return [
    ...['lowbit', 'simulate', '--hw', hardwareName(plan, hardware.key), '--model', model.key, '--scheme', scheme.key],
    ...workloadWords(plan, settings),
    ...hardware.settings.flatMap((setting) => settingWords('', setting)),
    ...model.settings.flatMap((setting) => settingWords('model.', setting)),
    ...scheme.settings.flatMap((setting) => settingWords('scheme.', setting)),
    ...isoWords(plan, settings),
  ];
}

/** A name of the catalogue as it is; of a file the path it was read from. */
function hardwareName({ designs }: SweepPlan, key: string): string {
  return isFileName(key) ? (designs.hardware[key]?.file ?? designs.gpus?.cards[key]?.file ?? key) : key;
}

function settingWords(prefix: string, { path, value }: GivenSetting): string[] {
  return ['--set', `${prefix}${path}=${typeof value === 'string' ? value : JSON.stringify(value)}`];
}

/** Lengths that the network or the phase has no use for are left out, as the sweep leaves them out. */
function workloadWords({ designs }: SweepPlan, { workload, model }: PointSettings): string[] {
  const family = designs.models[model.key]?.family;
  const hasContext = family !== 'cnn' && family !== 'vit';
  const word = (name: string, value: AxisValue | undefined, applies: boolean): string[] =>
    value === undefined || value === null || !applies ? [] : [`--${name}`, axisValueText(value)];
  const refinements = axisValueText(workload['refine'] ?? '').split(/\s+/);
  return [
    ...word('phase', workload['phase'], true),
    ...word('batch', workload['batch'], true),
    ...word('context', workload['context'], hasContext),
    ...word('tokens', workload['tokens'], workload['phase'] === 'generate'),
    ...refinements.flatMap((name) => (name === '' ? [] : ['--refine', name])),
  ];
}

/** A budget that is not stated is that of the base. */
function isoWords(plan: SweepPlan, settings: PointSettings): string[] {
  if (plan.iso === null) return [];
  const { kind } = plan.iso;
  const base = settingsOf(
    plan,
    plan.axes.map(() => -1),
  );
  const value = settings.isoValue ?? isoValue(acceleratorsOf(plan.designs)(base.hardware), kind, loadSramTable());
  return ['--iso', `${kind}=${value}`];
}
