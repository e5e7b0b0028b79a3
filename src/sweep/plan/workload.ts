/** `workload` of a sweep file as the plan holds it, and what of it cannot go together. */
import type { ModelConfig } from '../../trace/model/model-config.js';
import { LowbitError } from '../../lowbit-error.js';
import type { Reading } from './reading.js';
import type { SweepFile } from './sweep-file.js';
import type { Axis, AxisValue } from './sweep-plan.js';

/** Networks whose input has one size. */
const fixedInput: readonly ModelConfig['family'][] = ['cnn', 'vit'];

/** Phase and batch with their defaults; the others where they are given. */
export function workloadOf({
  phase = 'prefill',
  batch = 1,
  context,
  tokens,
  refine,
}: SweepFile['workload']): Record<string, string | number> {
  const refined = typeof refine === 'string' ? refine : (refine ?? []).join(' ');
  return {
    phase,
    batch,
    ...(context === undefined ? {} : { context }),
    ...(tokens === undefined ? {} : { tokens }),
    ...(refined === '' ? {} : { refine: refined }),
  };
}

interface Rest {
  readonly axes: readonly Axis[];
  readonly set: readonly (readonly [path: string, value: AxisValue])[];
  readonly model: unknown;
}

/** Throws LowbitError: generate without tokens, tokens that no phase uses, a context for a network whose input has one size. */
export function checkWorkload(workload: Readonly<Record<string, string | number>>, { axes, set, model }: Rest, reading: Reading): void {
  const valuesOf = (key: string): readonly AxisValue[] => {
    const path = `workload.${key}`;
    const last = set.findLast(([candidate]) => candidate === path)?.[1] ?? workload[key];
    return axes.find((axis) => axis.path === path)?.values ?? (last === undefined ? [] : [last]);
  };
  const generates = valuesOf('phase').includes('generate');
  const place = reading.place(['workload'], 'key');
  if (generates && valuesOf('tokens').length === 0) {
    throw new LowbitError('generate needs the number of tokens', { place, remedy: 'add tokens, the decode steps after the prompt' });
  }
  if (!generates && valuesOf('tokens').length > 0) {
    throw new LowbitError('tokens go with phase generate only', {
      value: valuesOf('phase').map(String).join(', '),
      place,
      remedy: 'leave them out, or write phase: generate',
    });
  }
  const { name, family } = model as ModelConfig;
  const models = axes.some(({ path }) => path === 'model');
  if (!models && fixedInput.includes(family) && valuesOf('context').length > 0) {
    throw new LowbitError(`context does not go with ${name}`, { place, remedy: 'its input has one size; leave it out' });
  }
}
