/**
 * What a point of a sweep stands for: the designs it chooses, and the settings on top of them by what they change.
 * Settings apply in order - base, axes, rung - and a later one wins, as with `--set`.
 */
import type { GivenSetting } from '../../config/settings.js';
import { LowbitError } from '../../lowbit-error.js';
import type { AxisValue, SweepPlan } from '../plan/sweep-plan.js';

/** A configuration with what is set in it. */
export interface ChosenDesign {
  /** Key in `plan.designs`. */
  readonly key: string;
  readonly settings: readonly GivenSetting[];
}

export interface PointSettings {
  readonly hardware: ChosenDesign;
  readonly model: ChosenDesign;
  readonly scheme: ChosenDesign;
  /** `phase`, `batch`, `context`, `tokens`, `refine`; as in `plan.base.workload`. */
  readonly workload: Readonly<Record<string, AxisValue>>;
  /** Budget that arrays are resized to; null: that of the base, or no budget at all. */
  readonly isoValue: number | null;
}

/** `axisIndex[a]`: index of the value of axis a, -1 where a condition keeps it out. `rung`: the last one unless given. */
export function settingsOf(plan: SweepPlan, axisIndex: ArrayLike<number>, rung = plan.rungs.length - 1): PointSettings {
  const keys = { hardware: plan.base.hardware, model: plan.base.model, scheme: plan.base.scheme };
  const settings = { hardware: [] as GivenSetting[], model: [] as GivenSetting[], scheme: [] as GivenSetting[] };
  const workload: Record<string, AxisValue> = { ...plan.base.workload };
  let isoValue = plan.iso?.value ?? null;
  const set = (path: string, value: AxisValue): void => {
    const [kind = '', ...rest] = path.split('.');
    const inner = rest.join('.');
    if (kind === 'workload') workload[inner] = value;
    else if (path === 'iso.value') isoValue = Number(value);
    else if (!isDesign(kind)) throw new LowbitError('unknown path', { value: path });
    else if (inner === '') keys[kind] = textOf(value);
    else settings[kind].push({ path: inner, value, place: `${path}=${JSON.stringify(value)}` });
  };
  for (const [path, value] of plan.base.set) set(path, value);
  plan.axes.forEach(({ path, values }, a) => {
    const index = axisIndex[a]!;
    if (index >= 0) set(path, values[index]!);
  });
  for (const [path, value] of plan.rungs[rung]?.set ?? []) set(path, value);
  return {
    hardware: { key: keys.hardware, settings: settings.hardware },
    model: { key: keys.model, settings: settings.model },
    scheme: { key: keys.scheme, settings: settings.scheme },
    workload,
    isoValue,
  };
}

/** Names are texts; anything else is shown as it was written. */
export function textOf(value: AxisValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isDesign(kind: string): kind is 'hardware' | 'model' | 'scheme' {
  return kind === 'hardware' || kind === 'model' || kind === 'scheme';
}
