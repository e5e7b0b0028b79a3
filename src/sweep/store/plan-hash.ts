/**
 * What makes two sweeps the same: a SHA-256 over the plan in canonical JSON (keys sorted). Places in files and names of files are left out: they
 * tell a reader where something stands and move no number, so a comment added to the sweep file does not make the finished part of it worthless.
 */
import { createHash } from 'node:crypto';
import type { SweepPlan } from '../plan/sweep-plan.js';

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export function planHash(plan: SweepPlan): string {
  return createHash('sha256')
    .update(JSON.stringify(identity(plan)))
    .digest('hex');
}

/** The first difference of two plans as `path: a in the first, b in the second`; undefined: they are the same sweep. */
export function firstDifference(a: SweepPlan, b: SweepPlan): { path: string; first: string; second: string } | undefined {
  return difference('', identity(a), identity(b));
}

/** The plan without what moves no number, keys sorted. */
function identity(plan: SweepPlan): Json {
  const hardware = Object.fromEntries(Object.entries(plan.designs.hardware).map(([name, { text }]) => [name, text]));
  const bare = {
    ...plan,
    designs: { ...plan.designs, hardware },
    constraints: plan.constraints.map(({ place: _place, ...constraint }) => constraint),
    objectives: plan.objectives.map(({ place: _place, ...objective }) => objective),
  };
  return sorted(JSON.parse(JSON.stringify(bare)) as Json);
}

function sorted(value: Json): Json {
  if (isList(value)) return value.map(sorted);
  if (!isBlock(value)) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key]!)]));
}

function difference(path: string, a: Json | undefined, b: Json | undefined): ReturnType<typeof firstDifference> {
  if (isList(a) && isList(b)) {
    for (let i = 0; i < Math.max(a.length, b.length); i++) {
      const found = difference(`${path}[${i}]`, a[i], b[i]);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (isBlock(a) && isBlock(b)) {
    for (const key of [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()) {
      const found = difference(path === '' ? key : `${path}.${key}`, a[key], b[key]);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  return a === b ? undefined : { path, first: shown(a), second: shown(b) };
}

function shown(value: Json | undefined): string {
  const text = value === undefined ? 'absent' : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function isBlock(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
