/** Axes of a sweep file -> axes and dimensions of the plan: lists, ranges, zips with products in them, conditions. */
import { canonicalJson } from '../../config/canonical-json.js';
import type { Path } from '../../config/document.js';
import { LowbitError } from '../../lowbit-error.js';
import { nameAxes, type AxisDraft } from './axis-names.js';
import { valuesOf } from './axis-values.js';
import { accepting, checkPath, checkedValue, isDesign, type Configuration } from './configuration.js';
import { conditionsOf, refuseOverlaps } from './axis-conditions.js';
import type { Reading } from './reading.js';
import type { AxisEntry, DimensionEntry, ZipMemberEntry } from './sweep-file.js';
import type { Axis, AxisValue, Dimension } from './sweep-plan.js';

/** One entry of `axes`: axes that move together. */
export interface DimensionDraft {
  readonly at: Path;
  readonly size: number;
  readonly members: readonly { readonly axis: AxisDraft; readonly valueAt: readonly number[] }[];
  readonly when: DimensionEntry['when'];
}

/** Axes and dimensions; problems are noted in `reading`, which is asked to throw them before anything is built on a broken axis. */
export function axesOf(
  entries: readonly DimensionEntry[],
  reading: Reading,
  configuration: Configuration,
): { readonly axes: readonly Axis[]; readonly dimensions: readonly Dimension[] } {
  const drafts = entries.map((entry, i) => reading.attempt(() => dimensionDraft(entry, ['axes', i], { reading, configuration })));
  reading.finish();
  const dimensionDrafts = drafts.filter((draft) => draft !== undefined);
  const axisDrafts = dimensionDrafts.flatMap(({ members }) => members.map(({ axis }) => axis));
  const names = nameAxes(axisDrafts, reading);
  const axes = axisDrafts.map(({ path, values }, i) => ({ name: names[i]!, path, values }));
  let next = 0;
  const dimensions = dimensionDrafts.map(({ size, members, when, at }): Dimension => {
    const before = next;
    const own = members.map(({ valueAt }) => ({ axis: next++, valueAt }));
    const conditions = conditionsOf(when, { axes, before, at: [...at, 'when'], reading });
    return { size, members: own, ...(conditions.length === 0 ? {} : { when: conditions }) };
  });
  refuseOverlaps(axes, dimensions, (axis) => reading.place([...axisDrafts[axis]!.at, 'path']), reading);
  const rawSize = dimensions.reduce((product, { size }) => product * size, 1);
  if (rawSize > Number.MAX_SAFE_INTEGER) {
    const remedy = 'shorten the axes, or split the sweep: at most 2^53 points can be numbered';
    reading.note(new LowbitError('too many points', { value: rawSize.toPrecision(3), place: reading.place(['axes'], 'key'), remedy }));
  }
  reading.finish();
  return { axes, dimensions };
}

interface Context {
  readonly reading: Reading;
  readonly configuration: Configuration;
}

function dimensionDraft(entry: DimensionEntry, at: Path, context: Context): DimensionDraft {
  const { zip, when, ...leaf } = entry;
  if (zip === undefined) {
    const axis = axisDraft(leaf, at, { ...context, repeats: false });
    return { at, size: axis.positions.length, members: [{ axis, valueAt: axis.positions }], when };
  }
  const key = Object.keys(leaf).find((name) => leaf[name as keyof AxisEntry] !== undefined);
  if (key !== undefined) throw besides(key, 'zip', context.reading.place([...at, key], 'key'));
  const members = zip.map((member, i) => zipMember(member, [...at, 'zip', i], context));
  const [first] = members;
  for (const [i, { size }] of members.entries()) {
    if (size === first!.size) continue;
    throw new LowbitError('axes of a zip must be of equal length', {
      value: `${size} values, the first has ${first!.size}`,
      place: context.reading.place([...at, 'zip', i]),
      remedy: 'give as many values, or make axes of their own of them: then every combination is a point',
    });
  }
  const dimension = { at, size: first!.size, members: members.flatMap((member) => member.members), when };
  refuseRepeatedRows(dimension, context.reading);
  return dimension;
}

function zipMember(entry: ZipMemberEntry, at: Path, context: Context): Pick<DimensionDraft, 'size' | 'members'> {
  const { product, ...leaf } = entry;
  if (product === undefined) {
    const axis = axisDraft(leaf, at, { ...context, repeats: true });
    return { size: axis.positions.length, members: [{ axis, valueAt: axis.positions }] };
  }
  const key = Object.keys(leaf).find((name) => leaf[name as keyof AxisEntry] !== undefined);
  if (key !== undefined) throw besides(key, 'product', context.reading.place([...at, key], 'key'));
  const axes = product.map((inner, i) => axisDraft(inner, [...at, 'product', i], { ...context, repeats: false }));
  const size = axes.reduce((count, { positions }) => count * positions.length, 1);
  let stride = size;
  const members = axes.map((axis) => {
    stride /= axis.positions.length;
    const own = stride;
    const { positions } = axis;
    return { axis, valueAt: Array.from({ length: size }, (_, i) => positions[Math.floor(i / own) % positions.length]!) };
  });
  return { size, members };
}

function besides(key: string, block: string, place: string): LowbitError {
  return new LowbitError(`${key} beside ${block}`, { place, remedy: `the axes stand below ${block}, each with its own path and values` });
}

/** `repeats`: a value may come again, because another axis moves with this one. */
function axisDraft(entry: AxisEntry, at: Path, context: Context & { readonly repeats: boolean }): AxisDraft {
  const { reading, configuration } = context;
  const { path } = entry;
  if (path === undefined) {
    throw new LowbitError('axis without a path', { place: reading.place(at), remedy: 'add path, e.g. path: hardware.array.rows, or zip' });
  }
  const first = entry.values?.[0] ?? entry.range?.from ?? entry.logRange?.from ?? null;
  checkPath(path, { first, place: reading.place([...at, 'path']) }, configuration);
  const takes = isDesign(path) ? (): boolean => false : accepting(path, configuration);
  const { values, paths, listed } = valuesOf(entry, at, reading, takes);
  const distinct = new Map<string, number>();
  const found: AxisValue[] = [];
  const positions = values.map((value, i) => {
    const place = (inside: Path): string => reading.place([...paths[i]!, ...(listed ? inside : [])]);
    // Of a number there is no more to know than whether the schema takes it, and there may be a million of them.
    const good = typeof value === 'number' && takes(value);
    const checked = good ? value : (reading.attempt(() => checkedValue(path, { value, place }, configuration)) ?? value);
    const key = canonicalJson(checked);
    const known = distinct.get(key);
    if (known === undefined) {
      distinct.set(key, found.length);
      return found.push(checked) - 1;
    }
    if (!context.repeats)
      reading.note(new LowbitError('repeated value', { value: checked, place: place([]), remedy: `${path} takes it already: remove one` }));
    return known;
  });
  return { path, name: entry.name, at, values: found, positions };
}

function refuseRepeatedRows({ members, size, at }: DimensionDraft, reading: Reading): void {
  const seen = new Map<string, number>();
  for (let i = 0; i < size; i++) {
    const key = members.map(({ valueAt }) => valueAt[i]).join();
    const before = seen.get(key);
    if (before !== undefined) {
      const value = `values ${before + 1} and ${i + 1} of ${members.map(({ axis }) => axis.path).join(', ')}`;
      throw new LowbitError('repeated combination in a zip', { value, place: reading.place(at), remedy: 'remove one of the two' });
    }
    seen.set(key, i);
  }
}
