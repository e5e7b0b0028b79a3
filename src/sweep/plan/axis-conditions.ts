/** `when` of an entry of `axes`: conditions on earlier axes; and axes that would overwrite each other. */
import { canonicalJson } from '../../config/canonical-json.js';
import type { Path } from '../../config/document.js';
import { LowbitError, unknownName } from '../../lowbit-error.js';
import type { Reading } from './reading.js';
import type { DimensionEntry } from './sweep-file.js';
import type { Axis, AxisValue, Condition, Dimension } from './sweep-plan.js';

interface Where {
  readonly axes: readonly Axis[];
  /** Axes of earlier entries: those before this index. */
  readonly before: number;
  readonly at: Path;
  readonly reading: Reading;
}

/** Conditions with the values as indexes. Problems are noted. */
export function conditionsOf(when: DimensionEntry['when'], where: Where): Condition[] {
  const { reading, at } = where;
  return Object.entries(when ?? {}).flatMap(([word, wanted]) => {
    const found = reading.attempt(() => conditionOf(word, Array.isArray(wanted) ? wanted : [wanted], { ...where, at: [...at, word] }));
    return found === undefined ? [] : [found];
  });
}

function conditionOf(word: string, wanted: readonly AxisValue[], { axes, before, at, reading }: Where): Condition {
  const place = reading.place(at, 'key');
  const named = axes.findIndex(({ name }) => name === word);
  const axis = named >= 0 ? named : axes.findIndex(({ path }) => path === word);
  const earlier = axes.slice(0, before).flatMap(({ name, path }) => (name === path ? [name] : [name, path]));
  if (axis < 0 && before === 0) {
    const remedy = 'it looks at axes above this one, and there are none';
    throw new LowbitError('condition of the first axis', { value: word, place, remedy });
  }
  if (axis < 0) throw unknownName('axis in a condition', word, earlier, place);
  if (axis >= before) {
    const remedy = 'move the axis of the condition above this one';
    throw new LowbitError('condition on an axis that does not stand before this one', { value: word, place, remedy });
  }
  if (wanted.length === 0)
    throw new LowbitError('condition without values', { value: word, place, remedy: 'name the values with which the axis is there' });
  const { values } = axes[axis]!;
  const keys = values.map(canonicalJson);
  const oneOf = wanted.map((value, i) => {
    const index = keys.indexOf(canonicalJson(value));
    if (index >= 0) return index;
    const listed = wanted.length > 1 ? reading.place([...at, i]) : reading.place(at);
    throw new LowbitError(`condition on a value that ${word} does not take`, {
      value,
      place: listed,
      allowed: values.map((known) => (typeof known === 'string' ? known : JSON.stringify(known))),
    });
  });
  return { axis, oneOf };
}

/** Notes axes that write the same place, or a part of what another writes, unless no point has both. */
export function refuseOverlaps(
  axes: readonly Axis[],
  dimensions: readonly Dimension[],
  place: (axis: number) => string,
  reading: Reading,
): void {
  const whenOf = axes.map((_, i) => dimensions.find(({ members }) => members.some(({ axis }) => axis === i))?.when ?? []);
  for (const [later, { path }] of axes.entries()) {
    const earlier = axes.findIndex((axis, i) => i < later && overlaps(axis.path, path) && !excludeEachOther(whenOf[i]!, whenOf[later]!));
    if (earlier < 0) continue;
    const same = axes[earlier]!.path === path;
    const what = same ? 'two axes for one path' : `axis that overwrites ${axes[earlier]!.path} or is overwritten by it`;
    const remedy = same ? 'put their values into one, or give both conditions that exclude each other' : 'keep one of the two';
    reading.note(new LowbitError(what, { value: path, place: place(later), remedy }));
  }
}

/** A design (`hardware`) is chosen before its keys are set, so that they do not overlap. */
function overlaps(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  return short === long || (short.includes('.') && long.startsWith(`${short}.`));
}

function excludeEachOther(a: readonly Condition[], b: readonly Condition[]): boolean {
  return a.some(({ axis, oneOf }) => b.some((other) => other.axis === axis && !other.oneOf.some((value) => oneOf.includes(value))));
}
