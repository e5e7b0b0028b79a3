/**
 * NAME.trace.json: layers as another tool or a later run reads them. Text <-> record only; files are opened elsewhere.
 * The document is versioned; a reader refuses versions, keys and values it does not know. Described for authors in docs/trace-format.md.
 * Left out: values of tensors, which go into a safetensors file beside the trace when they are kept.
 */
import { z } from 'zod';
import { LowbitError, nearestNames } from '../lowbit-error.js';
import { layerTraceSchema, type LayerTrace } from './layer-trace.js';
import { jsonFault } from './strict-json.js';

const TRACE_SCHEMA_VERSION = 1;

/** A convolution and the product it was lowered to describe the same work; a grouped one has n = output channels of a group. */
const checkedLayerSchema = layerTraceSchema.superRefine((layer, context) => {
  const { conv } = layer;
  if (conv === undefined) return;
  const fail = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message });
  if (conv.outputChannels % layer.n !== 0) {
    fail('n', `must divide outputChannels of conv, ${conv.outputChannels}`);
    return;
  }
  const groups = conv.outputChannels / layer.n;
  const reduction = (conv.inputChannels * conv.kernelHeight * conv.kernelWidth) / groups;
  if (layer.k !== reduction) fail('k', `must equal inputChannels x kernelHeight x kernelWidth of conv over its groups, ${reduction}`);
  const rows = conv.batch * conv.outputHeight * conv.outputWidth * groups;
  if (layer.m * layer.gemms !== rows) fail('m', `m x gemms must equal batch x outputHeight x outputWidth x groups of conv, ${rows}`);
});

export const traceFileSchema = z.strictObject({
  schemaVersion: z.literal(TRACE_SCHEMA_VERSION),
  kind: z.literal('lowbit-trace'),
  tool: z
    .strictObject({ name: z.string().min(1), version: z.string().min(1) })
    .optional()
    .describe('what wrote the file'),
  source: z.string().optional().describe('where the layers come from: model, weights file, quantizer and options'),
  notes: z.array(z.string()).optional(),
  tensors: z
    .string()
    .regex(/^[^/\\]+\.safetensors$/, 'a .safetensors file name without a folder')
    .optional()
    .describe('file with codes and scales, in the folder of the trace'),
  layers: z.array(checkedLayerSchema).min(1),
});
/** A checked trace document. */
export type TraceFile = z.infer<typeof traceFileSchema>;

/** What goes into a trace besides its version. */
export type TraceContent = Omit<TraceFile, 'schemaVersion' | 'kind'>;

/**
 * Reads a trace document; `file` names it in errors. Defaults are filled in (gemms 1, repeat 1, sharedOperand weight).
 * Throws LowbitError with file:line:column for broken JSON and duplicate keys, else with the path inside the document.
 */
export function parseTrace(text: string, file: string): TraceFile {
  const document = parseJson(text, file);
  refuseOtherDocuments(document, file);
  const result = traceFileSchema.safeParse(document);
  if (result.success) return result.data;
  const [first, ...others] = result.error.issues;
  if (first === undefined) throw new LowbitError('not a valid trace', { place: file });
  throw issueError(first, { document, file, others: others.length });
}

/** A trace document as text: one layer a line, a line feed at the end, the same bytes for the same content. */
export function traceText(content: TraceContent): string {
  const { layers, ...head } = content;
  const opening = JSON.stringify({ schemaVersion: TRACE_SCHEMA_VERSION, kind: 'lowbit-trace', ...head }, undefined, 2);
  const rows = layers.map((layer: LayerTrace) => `    ${JSON.stringify(layer)}`);
  return `${opening.slice(0, opening.lastIndexOf('\n}'))},\n  "layers": [\n${rows.join(',\n')}\n  ]\n}\n`;
}

function parseJson(marked: string, file: string): unknown {
  const text = marked.startsWith('\uFEFF') ? marked.slice(1) : marked;
  const fault = jsonFault(text);
  if (fault === undefined) return JSON.parse(text) as unknown;
  const before = text.slice(0, fault.offset).split('\n');
  const place = `${file}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
  if (fault.duplicateKey !== undefined)
    throw new LowbitError('duplicate key', { value: fault.duplicateKey, place, remedy: 'keep one of the two' });
  throw new LowbitError('not valid JSON', {
    place,
    remedy: text.trim() === '' ? 'the file is empty' : 'the file is cut off or damaged here',
  });
}

/** Two mistakes with an answer of their own: another kind of document, another version. */
function refuseOtherDocuments(document: unknown, file: string): void {
  const fields = typeof document === 'object' && document !== null ? (document as Readonly<Record<string, unknown>>) : {};
  if (fields['kind'] !== 'lowbit-trace') {
    throw new LowbitError('not a trace', { place: file, remedy: 'a trace is a JSON object with "kind": "lowbit-trace"' });
  }
  if (fields['schemaVersion'] !== TRACE_SCHEMA_VERSION) {
    throw new LowbitError('trace of another version', {
      value: shown(fields['schemaVersion']),
      place: `${file}: schemaVersion`,
      allowed: [TRACE_SCHEMA_VERSION],
    });
  }
}

interface IssuePlace {
  readonly document: unknown;
  readonly file: string;
  /** Further issues of the document. */
  readonly others: number;
}

function issueError(issue: z.core.$ZodIssue, place: IssuePlace): LowbitError {
  const more = place.others === 0 ? '' : `; ${place.others} more after it`;
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    const near = nearestNames(key, knownKeys);
    const remedy = near.length === 0 ? `remove it${more}` : `did you mean ${near.join(' or ')}?${more}`;
    return new LowbitError('unknown key', { value: key, place: placeOf(place.file, issue.path), remedy });
  }
  const value = valueAt(place.document, issue.path);
  const details = { value: shown(value), place: placeOf(place.file, issue.path) };
  if (value === undefined) return new LowbitError('a value is missing', { place: details.place, remedy: `${requirement(issue)}${more}` });
  if (issue.code === 'invalid_value') {
    return new LowbitError('a value is not one of those known', {
      ...details,
      allowed: issue.values.map(String),
      ...(more === '' ? {} : { remedy: more.slice(2) }),
    });
  }
  return new LowbitError('a value is not valid', { ...details, remedy: `${requirement(issue)}${more}` });
}

const knownKeys = [
  ...Object.keys(traceFileSchema.shape),
  ...Object.keys(layerTraceSchema.shape),
  ...Object.keys(layerTraceSchema.shape.weight.shape),
  ...Object.keys(layerTraceSchema.shape.weight.shape.statistics.unwrap().shape),
  ...Object.keys(layerTraceSchema.shape.conv.unwrap().shape),
];

function requirement(issue: z.core.$ZodIssue): string {
  if (issue.code === 'too_small') return `it must be ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`;
  if (issue.code === 'too_big') return `it must be ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}`;
  if (issue.code === 'invalid_type') return `it must be ${issue.expected === 'int' ? 'a whole number' : `of type ${issue.expected}`}`;
  return issue.message;
}

/** `file: layers[3].weight.format`. */
function placeOf(file: string, path: readonly PropertyKey[]): string {
  const inside = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return inside === '' ? file : `${file}: ${inside.replace(/^\./, '')}`;
}

function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  let value = document;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Readonly<Record<PropertyKey, unknown>>)[part];
  }
  return value;
}

/** A value as the user wrote it, cut to what fits a line. */
function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
