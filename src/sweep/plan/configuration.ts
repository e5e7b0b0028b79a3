/**
 * Everything a path of a sweep can lead to, as one schema: the accelerator or GPU file, the model, the scheme, the workload and the budget.
 * A value is checked by what the schema says of its place; whether a whole combination holds is only known when a point is simulated.
 */
import { z } from 'zod';
import { acceleratorFileSchema } from '../../config/accelerator-file.js';
import { checkValue } from '../../config/check-value.js';
import { gpuFileSchema } from '../../config/gpu-catalogue.js';
import { readDocument, type Path } from '../../config/document.js';
import { schemasAt, valueSchemasAt } from '../../config/schema-path.js';
import { unknownPath } from '../../config/settings.js';
import { operandFormat } from '../../formats/index.js';
import { LowbitError } from '../../lowbit-error.js';
import { quantizerNamed } from '../../quantizers/index.js';
import { modelSchema } from '../../trace/model/model-config.js';
import { schemeSchema } from '../../trace/scheme-config.js';
import { designKinds, type DesignKind, type Designs } from './designs.js';
import { workloadSchema } from './sweep-file.js';
import type { AxisValue } from './sweep-plan.js';

const schemaFor = (hardware: z.ZodType): z.ZodObject =>
  z.strictObject({
    hardware,
    model: modelSchema,
    scheme: schemeSchema,
    workload: workloadSchema,
    iso: z.strictObject({ value: z.number().positive() }),
  });

const schemas = { accelerator: schemaFor(acceleratorFileSchema), gpu: schemaFor(gpuFileSchema) };

/** The schema that paths are checked against: hardware is what the base has, an accelerator or a GPU. */
function configurationSchema({ hardware }: Configuration['base']): z.ZodObject {
  return (hardware as { readonly kind?: string } | undefined)?.kind === 'gpu' ? schemas.gpu : schemas.accelerator;
}

/** What paths are checked against: the designs of the base, which say which alternative of a schema counts. */
export interface Configuration {
  readonly designs: Designs;
  readonly base: { readonly hardware: unknown; readonly model: unknown; readonly scheme: unknown };
}

/** A value and where it stands; a function of the path inside it. */
export interface GivenValue {
  readonly value: AxisValue;
  place(inside: Path): string;
}

export function isDesign(path: string): path is DesignKind {
  return (designKinds as readonly string[]).includes(path);
}

/** Throws LowbitError for a path that leads nowhere, with the nearest ones. `first`: a value for it, for conversions of units. */
export function checkPath(path: string, at: { readonly first: AxisValue; readonly place: string }, { base }: Configuration): void {
  if (isDesign(path)) return;
  const segments = path.split('.');
  const value = { ...base, workload: { phase: 'prefill', batch: 1, context: 1, tokens: 1, refine: '' }, iso: { value: 1 } };
  if (segments.length === 1 && schemasAt(configurationSchema(base), segments, value).length > 0) {
    const keys = Object.keys(path === 'iso' ? value.iso : value.workload).map((key) => `${path}.${key}`);
    throw new LowbitError('this path is a block', { value: path, place: at.place, allowed: keys });
  }
  if (schemasAt(configurationSchema(base), segments, value).length > 0) return;
  const text = typeof at.first === 'object' ? '' : String(at.first);
  throw unknownPath(segments, { text, place: at.place }, { value, schema: configurationSchema(base) });
}

/** The value as the plan holds it. Throws LowbitError for a value that the schema refuses at that path, and for a design that is not there. */
export function checkedValue(path: string, given: GivenValue, { designs, base }: Configuration): AxisValue {
  const { value } = given;
  if (isDesign(path)) {
    if (typeof value !== 'string') throw new LowbitError(`${path} must be a name or a file`, { value, place: given.place([]) });
    designs.read[path](value, given.place([]));
    return value;
  }
  const schema = z.strictObject({ [path]: z.union(valueSchemas(path, base) as [z.ZodType, ...z.ZodType[]]) });
  const places = { file: 'values', place: (inside: Path) => given.place(inside.slice(1)) };
  checkValue({ [path]: value }, schema, places);
  if (typeof value === 'string') checkName(path, value, given.place([]));
  return path === 'workload.refine' && Array.isArray(value) ? value.join(' ') : value;
}

/** Whether the schema takes a value at that path. */
export function accepting(path: string, { base }: Configuration): (value: AxisValue) => boolean {
  const accepted = valueSchemas(path, base);
  return (value) => accepted.some((schema) => schema.safeParse(value).success);
}

/** The value of a `--set path=value`: as YAML, or the text itself where the schema wants text. */
export function valueOfText(path: string, text: string, configuration: Configuration): AxisValue {
  if (isDesign(path)) return text;
  const value = readDocument(text, '--set').value as AxisValue;
  const accepts = accepting(path, configuration);
  return !accepts(value) && accepts(text) ? text : value;
}

function valueSchemas(path: string, base: Configuration['base']): z.ZodType[] {
  return valueSchemasAt(configurationSchema(base), path.split('.'), base) as z.ZodType[];
}

/** Formats and quantizers are text to the schema of a scheme; which there are its own rules know. */
function checkName(path: string, value: string, place: string): void {
  if (!path.startsWith('scheme.')) return;
  try {
    if (path.endsWith('.format')) operandFormat(value);
    if (path === 'scheme.weight.quantizer') quantizerNamed(value);
  } catch (error) {
    if (!(error instanceof LowbitError)) throw error;
    throw new LowbitError(error.what, { ...error.details, place });
  }
}
