/**
 * What each axis of a sweep moves. Numbers of the hardware are candidates for `plain`: their value may be assigned to the resolved accelerator
 * without reading it anew. Whether one is plain is tried out (templates.ts); here only what is known without trying.
 */
import { acceleratorFileSchema } from '../../config/accelerator-file.js';
import { schemasAt } from '../../config/schema-path.js';
import type { Axis, SweepPlan } from '../plan/sweep-plan.js';

export interface AxisRoles {
  /** Values of each axis. */
  readonly sizes: readonly number[];
  /** Hardware axes whose every value is a number that the schema of its key takes. */
  readonly candidates: readonly number[];
  /** Other hardware axes. */
  readonly structural: readonly number[];
  /** Axes of model, scheme and workload. */
  readonly workload: readonly number[];
  /** Axes of the budget. */
  readonly iso: readonly number[];
}

export function axisRoles(plan: SweepPlan): AxisRoles {
  const candidates: number[] = [];
  const structural: number[] = [];
  const workload: number[] = [];
  const iso: number[] = [];
  plan.axes.forEach((axis, a) => {
    const kind = axis.path.split('.', 1)[0];
    if (kind === 'iso') iso.push(a);
    else if (kind !== 'hardware') workload.push(a);
    else (isCandidate(axis) ? candidates : structural).push(a);
  });
  return { sizes: plan.axes.map(({ values }) => values.length), candidates, structural, workload, iso };
}

/** Options of timing models are checked by the model itself, as a whole. */
function isCandidate({ path, values }: Axis): boolean {
  const [, ...inner] = path.split('.');
  if (inner.length === 0 || inner[0] === 'timingOptions') return false;
  const schemas = schemasAt(acceleratorFileSchema, inner, undefined) as unknown as readonly {
    safeParse(value: unknown): { success: boolean };
  }[];
  const taken = (value: unknown): boolean => schemas.length > 0 && schemas.every((schema) => schema.safeParse(value).success);
  return values.every((value) => typeof value === 'number' && taken(value));
}
