/**
 * What makes two sweeps the same: a SHA-256 over the plan in canonical JSON (keys sorted). Places in files and names of files are left out: they
 * tell a reader where something stands and move no number, so a comment added to the sweep file does not make the finished part of it worthless.
 */
import { canonicalJson, hashOf } from '../../config/canonical-json.js';
import type { SweepPlan } from './sweep-plan.js';

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export const planHash = (plan: SweepPlan): string => hashOf(identity(plan));

/** The first difference of two plans as `path: a in the first, b in the second`; undefined: they are the same sweep. */
export function firstDifference(a: SweepPlan, b: SweepPlan): { path: string; first: string; second: string } | undefined {
  const plain = (plan: SweepPlan): Json => JSON.parse(canonicalJson(identity(plan))) as Json;
  return difference('', plain(a), plain(b));
}

/** The plan without what moves no number. */
function identity(plan: SweepPlan): object {
  const hardware = Object.fromEntries(Object.entries(plan.designs.hardware).map(([name, { text }]) => [name, text]));
  const { gpus } = plan.designs;
  const cards = Object.fromEntries(Object.entries(gpus?.cards ?? {}).map(([name, { text }]) => [name, text]));
  return {
    ...plan,
    designs: { ...plan.designs, hardware, ...(gpus === undefined ? {} : { gpus: { ...gpus, cards } }) },
    constraints: plan.constraints.map(({ place: _place, ...constraint }) => constraint),
    objectives: plan.objectives.map(({ place: _place, ...objective }) => objective),
  };
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
