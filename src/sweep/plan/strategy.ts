/** `strategy` and `rungs` of a sweep file, checked against what the strategy takes, with its defaults filled in. */
import type { Path } from '../../config/document.js';
import { LowbitError, nearestNames, unknownName } from '../../lowbit-error.js';
import { strategies } from '../search/index.js';
import type { Strategy } from '../search/search.js';
import { checkPath, checkedValue, type Configuration } from './configuration.js';
import type { Reading } from './reading.js';
import type { SweepFile } from './sweep-file.js';
import { strategyNames, type Axis, type AxisValue, type RungPlan, type StrategyName, type StrategyPlan } from './sweep-plan.js';

type Takes = Pick<Strategy, 'objectives' | 'settings'>;

/** Strategies whose points are known beforehand look at no objective and have no settings. */
function takenBy(name: StrategyName): Takes {
  const searches: Readonly<Partial<Record<StrategyName, Takes>>> = strategies;
  return searches[name] ?? { objectives: { least: 0, most: Infinity }, settings: {} };
}

/** Throws LowbitError: unknown strategy or setting, a setting out of bounds, evaluations missing, a number of objectives the strategy does not take. */
export function strategyOf(given: SweepFile['strategy'], objectives: number, reading: Reading): StrategyPlan {
  const { name, evaluations, ...settings } = typeof given === 'string' ? { name: given } : given;
  const at: Path = typeof given === 'string' ? ['strategy'] : ['strategy', 'name'];
  if (!(strategyNames as readonly string[]).includes(name)) throw unknownName('strategy', name, strategyNames, reading.place(at));
  const known = name as StrategyName;
  const checked = settingsOf(known, settings, reading);
  if (known === 'grid') {
    if (evaluations === undefined) return { name: known, settings: checked };
    const remedy = 'remove evaluations, or take a sample: strategy.name random, latin-hypercube or sobol';
    throw new LowbitError('grid visits every point', { value: evaluations, place: reading.place(['strategy', 'evaluations']), remedy });
  }
  if (evaluations === undefined) {
    const remedy = `write strategy: { name: ${name}, evaluations: N }, the number of points to simulate`;
    throw new LowbitError(`${name} needs evaluations`, { place: reading.place(at), remedy });
  }
  checkObjectives(known, objectives, reading);
  return { name: known, evaluations: evaluations, settings: checked };
}

function checkObjectives(name: StrategyName, objectives: number, reading: Reading): void {
  const { least, most } = takenBy(name).objectives;
  if (objectives >= least && objectives <= most) return;
  const wanted = least === most ? `exactly ${least}` : objectives < least ? `at least ${least}` : `at most ${most}`;
  const others = strategyNames.filter((other) => {
    const takes = takenBy(other).objectives;
    return takes.least > 0 && objectives >= takes.least && objectives <= takes.most;
  });
  throw new LowbitError(`${name} takes ${wanted} objective${wanted.endsWith(' 1') ? '' : 's'}`, {
    value: objectives,
    place: reading.place(['objectives'], 'key'),
    remedy:
      objectives < least
        ? 'add what to minimize or maximize under objectives'
        : `join them into one expression, or use ${others.join(' or ')}`,
  });
}

function settingsOf(name: StrategyName, given: Readonly<Record<string, unknown>>, reading: Reading): Record<string, number> {
  const { settings } = takenBy(name);
  for (const [key, value] of Object.entries(given)) {
    const setting = Object.hasOwn(settings, key) ? settings[key] : undefined;
    if (setting === undefined) {
      const near = nearestNames(key, Object.keys(settings));
      throw new LowbitError(`unknown setting of ${name}`, {
        value: key,
        place: reading.place(['strategy', key], 'key'),
        allowed: ['evaluations', ...Object.keys(settings)],
        ...(near.length === 0 ? {} : { remedy: `did you mean ${near.join(' or ')}?` }),
      });
    }
    const fits =
      typeof value === 'number' && value >= setting.least && value <= setting.most && !(setting.whole && !Number.isInteger(value));
    if (!fits) {
      throw new LowbitError(`${key} must be a ${setting.whole ? 'whole ' : ''}number from ${setting.least} to ${setting.most}`, {
        value,
        place: reading.place(['strategy', key]),
        remedy: `${setting.describe}; default ${setting.value}`,
      });
    }
  }
  return Object.fromEntries(Object.entries(settings).map(([key, { value }]) => [key, (given[key] as number | undefined) ?? value]));
}

/** Throws LowbitError: rungs of another strategy, fewer than two, two of one name, a path or value that is refused, a path that is an axis. */
export function rungsOf(
  file: Pick<SweepFile, 'rungs'>,
  { strategy, axes }: { readonly strategy: StrategyName; readonly axes: readonly Axis[] },
  reading: Reading,
  configuration: Configuration,
): RungPlan[] {
  const { rungs } = file;
  if (strategy !== 'successive-halving') {
    if (rungs.length === 0) return [];
    const remedy = 'remove them, or write strategy: { name: successive-halving, evaluations: N }';
    throw new LowbitError(`rungs go with successive-halving only`, { value: strategy, place: reading.place(['rungs'], 'key'), remedy });
  }
  if (rungs.length < 2) {
    const remedy = 'e.g. rungs: [{ name: roofline, set: { hardware.timing: layer-roofline } }, { name: native }], cheapest first';
    throw new LowbitError('successive-halving needs at least two rungs', { place: reading.place(['rungs'], 'key'), remedy });
  }
  return rungs.map(({ name, set }, i) => {
    if (rungs.findIndex((rung) => rung.name === name) < i) {
      throw new LowbitError('two rungs of one name', { value: name, place: reading.place(['rungs', i, 'name']) });
    }
    return { name, set: settingsAt(set, ['rungs', i, 'set'], { axes, reading, configuration }) };
  });
}

/** Settings by path, each value checked. Throws LowbitError for a path that an axis moves. */
export function settingsAt(
  set: Readonly<Record<string, AxisValue>>,
  at: Path,
  { axes, reading, configuration }: { readonly axes: readonly Axis[]; readonly reading: Reading; readonly configuration: Configuration },
): (readonly [string, AxisValue])[] {
  return Object.entries(set).map(([path, value]) => {
    const key = reading.place([...at, path], 'key');
    checkPath(path, { first: value, place: key }, configuration);
    refuseAxis(path, axes, key);
    return [path, checkedValue(path, { value, place: (inside) => reading.place([...at, path, ...inside]) }, configuration)] as const;
  });
}

/** A fixed value under an axis would be overwritten by it. */
export function refuseAxis(path: string, axes: readonly Axis[], place: string): void {
  const axis = axes.find((candidate) => candidate.path === path || (path.startsWith(`${candidate.path}.`) && candidate.path.includes('.')));
  if (axis === undefined) return;
  throw new LowbitError('setting of what an axis moves', { value: path, place, remedy: `remove it, or the axis ${axis.name}` });
}
