/**
 * Hardware of points without reading a description for each. An axis is plain where setting it changes the resolved accelerator in its own number
 * and in nothing else; points that agree in all other axes share a template, a resolved accelerator whose plain numbers are assigned.
 *
 * Whether axes are plain is found out for each template, by resolving in full and comparing: every plain axis alone at several of its values, and all
 * of them together at the corners of their product, which is where checks across keys (needs and reads of a timing model, cores) would refuse.
 * Every value was held against the schema of its key (axis-roles.ts). An axis that fails once is structural from then on for the whole sweep. Sources
 * of blocks are left out of the comparison: they tell of a setting, and no result holds them.
 *
 * The first points of a template are resolved in full one by one: a space with many structural axes never pays for the trial.
 */
import type { AcceleratorConfig } from '../../accelerator/accelerator-config.js';
import { axisKey } from './axis-memo.js';
import type { AxisRoles } from './axis-roles.js';

/** Points of a template that are resolved one by one before it is tried out. */
const DIRECT = 6;
/** Values of an axis that are tried alone. */
const TRIED = 7;
/** Templates kept. */
const MOST = 4096;

export interface Template<Stages> {
  /** Holds the numbers of the point last asked for. */
  readonly config: AcceleratorConfig;
  /** What its points share besides. */
  readonly stages: Stages;
}

interface Leaf {
  readonly axis: number;
  readonly block: Record<string, unknown>;
  readonly key: string;
  readonly values: readonly unknown[];
}

interface Assigned<Stages> extends Template<Stages> {
  readonly leaves: readonly Leaf[];
  /** Index of each leaf that stands in `config`. */
  readonly current: Int32Array;
}

export interface TemplateSource<Stages> {
  readonly roles: AxisRoles;
  /** Path below the accelerator and values of each axis. */
  readonly axes: readonly { readonly path: readonly string[]; readonly values: readonly unknown[] }[];
  /** The accelerator of a point, read in full. Throws LowbitError. */
  resolve(axisIndex: ArrayLike<number>): AcceleratorConfig;
  /** `plain`: axes whose numbers move between points of the template. */
  stages(config: AcceleratorConfig, plain: readonly number[]): Stages;
}

/** The template of a point, with its numbers assigned. Throws LowbitError for a point whose hardware cannot be. */
export function templatesOf<Stages>(source: TemplateSource<Stages>): (axisIndex: ArrayLike<number>) => Template<Stages> {
  const { roles } = source;
  let plain: readonly number[] = roles.candidates;
  let keyOf = templateKey(roles, plain);
  const known = new Map<number | string, Assigned<Stages> | number>();
  let last: { readonly key: number | string; readonly template: Assigned<Stages> } | undefined;
  const alone = (axisIndex: ArrayLike<number>): Template<Stages> => {
    const config = source.resolve(axisIndex);
    return { config, stages: source.stages(config, []) };
  };
  return (axisIndex) => {
    let key = keyOf(axisIndex);
    if (last?.key === key) return assigned(last.template, axisIndex);
    const found = known.get(key) ?? 0;
    if (typeof found === 'object') {
      last = { key, template: found };
      return assigned(found, axisIndex);
    }
    if (found < DIRECT) {
      if (known.size >= MOST) known.clear();
      known.set(key, found + 1);
      return alone(axisIndex);
    }
    const tried = triedOut(source, axisIndex, plain);
    if (tried.plain.length < plain.length) {
      plain = tried.plain;
      keyOf = templateKey(roles, plain);
      key = keyOf(axisIndex);
      known.clear();
    }
    known.set(key, tried.template);
    last = { key, template: tried.template };
    return assigned(tried.template, axisIndex);
  };
}

/** Structural axes by value, plain ones by whether they are there: an axis that is kept out may leave more behind than its number. */
function templateKey(roles: AxisRoles, plain: readonly number[]): (axisIndex: ArrayLike<number>) => number | string {
  const demoted = roles.candidates.filter((axis) => !plain.includes(axis));
  const ofStructural = axisKey([...roles.structural, ...demoted], roles.sizes);
  const count = 2 ** plain.length;
  return (axisIndex) => {
    let present = 0;
    for (const axis of plain) present = 2 * present + (axisIndex[axis]! < 0 ? 0 : 1);
    const key = ofStructural(axisIndex);
    return typeof key === 'number' && key < 2 ** 30 && plain.length < 22 ? key * count + present : `${key}/${present}`;
  };
}

function assigned<Stages>(template: Assigned<Stages>, axisIndex: ArrayLike<number>): Template<Stages> {
  const { leaves, current } = template;
  for (let i = 0; i < leaves.length; i++) {
    const { axis, block, key, values } = leaves[i]!;
    const index = axisIndex[axis]!;
    if (current[i] === index) continue;
    block[key] = values[index];
    current[i] = index;
  }
  return template;
}

/** The template of a point, and the axes that turned out to be plain. Throws what resolving the point throws. */
function triedOut<Stages>(
  source: TemplateSource<Stages>,
  axisIndex: ArrayLike<number>,
  candidates: readonly number[],
): { readonly template: Assigned<Stages>; readonly plain: readonly number[] } {
  const config = structuredClone(source.resolve(axisIndex));
  // What is kept out at this point has no say here; the key of templates tells such points apart.
  const there = candidates.filter((axis) => axisIndex[axis]! >= 0);
  const leaves = there.flatMap((axis) => leafOf(config, axis, source) ?? []);
  const at = (changes: ReadonlyMap<number, number>): Int32Array =>
    Int32Array.from({ length: axisIndex.length }, (_, axis) => changes.get(axis) ?? axisIndex[axis]!);
  const same = (changes: ReadonlyMap<number, number>): boolean => {
    try {
      return sameButSources(config, source.resolve(at(changes)));
    } catch {
      return false;
    }
  };
  const holds = ({ axis, block, key, values }: Leaf): boolean => {
    const before = block[key];
    const passes = spread(values.length).every((index) => {
      block[key] = values[index];
      return same(new Map([[axis, index]]));
    });
    block[key] = before;
    return passes;
  };
  const holding = leaves.filter(holds);
  const before = holding.map(({ block, key }) => block[key]);
  const together = corners(holding).every((changes) => {
    for (const { axis, block, key, values } of holding) block[key] = values[changes.get(axis)!];
    return same(changes);
  });
  holding.forEach(({ block, key }, i) => (block[key] = before[i]));
  const left = together ? holding : [];
  const own = left.map(({ axis }) => axis);
  return {
    template: { config, leaves: left, current: Int32Array.from(left, () => -1), stages: source.stages(config, own) },
    plain: candidates.filter((axis) => !there.includes(axis) || own.includes(axis)),
  };
}

/** The place of an axis in a resolved accelerator; undefined where there is none. */
function leafOf(config: AcceleratorConfig, axis: number, { axes }: Pick<TemplateSource<unknown>, 'axes'>): Leaf | undefined {
  const { path, values } = axes[axis]!;
  let block: unknown = config;
  for (const key of path.slice(0, -1))
    block = typeof block === 'object' && block !== null ? (block as Record<string, unknown>)[key] : undefined;
  const key = path.at(-1)!;
  if (typeof block !== 'object' || block === null || typeof (block as Record<string, unknown>)[key] !== 'number') return undefined;
  return { axis, block: block as Record<string, unknown>, key, values };
}

/** First, last and some between. */
function spread(length: number): number[] {
  const step = Math.max(1, (length - 1) / (TRIED - 1));
  return [...new Set(Array.from({ length: Math.min(length, TRIED) }, (_, i) => Math.round(i * step)))];
}

/** Corners of the product of axes: all of them for a few axes, else each axis at an end against all others at the other. */
function corners(axes: readonly Pick<Leaf, 'axis' | 'values'>[]): Map<number, number>[] {
  const corner = (isLast: (i: number) => boolean): Map<number, number> =>
    new Map(axes.map(({ axis, values }, i) => [axis, isLast(i) ? values.length - 1 : 0]));
  if (axes.length <= 4) return Array.from({ length: 2 ** axes.length }, (_, bits) => corner((i) => ((bits >> i) & 1) === 1));
  const ends = axes.flatMap((_, own) => [corner((i) => i === own), corner((i) => i !== own)]);
  return [corner(() => false), corner(() => true), ...ends];
}

function sameButSources(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every(
    (key) =>
      Object.hasOwn(b, key) &&
      (key === 'source' || sameButSources((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key])),
  );
}
