/** The workload of a point: model and scheme with their settings, and the request as `lowbit simulate` makes it of the same words. */
import { applySettings } from '../../config/settings.js';
import { LowbitError, unknownName } from '../../lowbit-error.js';
import { modelSchema, type ModelConfig } from '../../trace/model/model-config.js';
import { schemeSchema, type SchemeConfig } from '../../trace/scheme-config.js';
import { refinementNames, workloadPhases, type Refinement, type WorkloadRequest } from '../../trace/workload/request.js';
import { unknownDesign } from './designs.js';
import type { AxisValue, DesignsPlan } from '../plan/sweep-plan.js';
import { textOf, type ChosenDesign, type PointSettings } from './point-settings.js';

const DEFAULT_CONTEXT = 256;

/** Networks whose input has one size. */
const fixedInput: readonly ModelConfig['family'][] = ['cnn', 'vit'];

export interface PointWorkload {
  readonly model: ModelConfig;
  readonly scheme: SchemeConfig;
  readonly request: WorkloadRequest;
}

/** `vectorUnit`: the hardware has one, and rows for it are made unless the words say otherwise. */
export function workloadOf(designs: DesignsPlan, settings: Omit<PointSettings, 'hardware'>, vectorUnit: boolean): PointWorkload {
  const model = chosen('model', designs.models, settings.model, (value, set) => applySettings<ModelConfig>(value, set, modelSchema));
  const scheme = chosen('scheme', designs.schemes, settings.scheme, (value, set) => applySettings<SchemeConfig>(value, set, schemeSchema));
  return { model, scheme, request: requestOf(settings.workload, model, vectorUnit) };
}

function chosen<T>(
  kind: string,
  designs: Readonly<Record<string, T>>,
  { key, settings }: ChosenDesign,
  set: (value: T, settings: ChosenDesign['settings']) => T,
): T {
  const found = Object.hasOwn(designs, key) ? designs[key] : undefined;
  if (found === undefined) throw unknownDesign(kind, key, Object.keys(designs));
  return set(found, settings);
}

/** Lengths that a network or phase has no use for are left out: they may be there for other points of the sweep. */
function requestOf(words: PointSettings['workload'], model: ModelConfig, vectorUnit: boolean): WorkloadRequest {
  const { phase: word = 'prefill', batch, context, tokens, refine } = words;
  const phase = workloadPhases.find((name) => name === word);
  if (phase === undefined) throw unknownName('phase', textOf(word), workloadPhases, 'workload.phase');
  return {
    phase,
    batch: numberOf('batch', batch, 1),
    ...(fixedInput.includes(model.family) ? {} : { context: numberOf('context', context, DEFAULT_CONTEXT) }),
    ...(phase !== 'generate' || tokens === undefined || tokens === null ? {} : { tokens: numberOf('tokens', tokens, 0) }),
    options: refinementsOf(refine, vectorUnit),
  };
}

function numberOf(name: string, value: AxisValue | undefined, otherwise: number): number {
  if (value === undefined || value === null) return otherwise;
  // Which numbers are, the workload says.
  if (typeof value === 'number') return value;
  throw new LowbitError(`${name} must be a number`, { value, place: `workload.${name}` });
}

/** Refinements by name, joined by blanks; `no-` in front turns off one that is on by itself. */
function refinementsOf(refine: AxisValue | undefined, vectorUnit: boolean): Partial<Record<Refinement, boolean>> {
  const options: Partial<Record<Refinement, boolean>> = vectorUnit ? { vectorOps: true } : {};
  for (const name of textOf(refine ?? '').split(/\s+/)) {
    if (name === '') continue;
    const known = refinementNames.find((refinement) => refinement === name.replace(/^no-/, ''));
    if (known === undefined) throw unknownName('refinement', name, refinementNames, 'workload.refine');
    options[known] = known === name;
  }
  return options;
}
