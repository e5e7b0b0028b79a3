/** Reads back the documents lowbit prints: what `--json` printed, or the `results.json` of an earlier report. */
import { z } from 'zod';
import { LowbitError } from '../lowbit-error.js';
import { evaluateDocumentSchema, type EvaluateDocument } from './evaluate-document.js';
import {
  codesignDocumentSchema,
  compareDocumentSchema,
  quantizeDocumentSchema,
  reproduceDocumentSchema,
  simulateDocumentSchema,
  sweepDocumentSchema,
  type CodesignDocument,
  type CompareDocument,
  type QuantizeDocument,
  type ReproduceDocument,
  type SimulateDocument,
  type SweepDocument,
} from './documents.js';

export type ReportDocument =
  SimulateDocument | CompareDocument | QuantizeDocument | ReproduceDocument | SweepDocument | EvaluateDocument | CodesignDocument;

const schemas = {
  simulate: simulateDocumentSchema,
  compare: compareDocumentSchema,
  quantize: quantizeDocumentSchema,
  reproduce: reproduceDocumentSchema,
  sweep: sweepDocumentSchema,
  evaluate: evaluateDocumentSchema,
  codesign: codesignDocumentSchema,
} as const;

/**
 * The documents in one parsed JSON value: a document, an array of them, or `{ documents: [...] }`.
 * Throws LowbitError when it is none of these, naming `place` and the first field that does not fit.
 */
export function readDocuments(value: unknown, place: string): ReportDocument[] {
  const bundle = z.object({ documents: z.array(z.unknown()) }).safeParse(value);
  const list: readonly unknown[] = bundle.success ? bundle.data.documents : Array.isArray(value) ? value : [value];
  return list.map((entry, i) => readDocument(entry, list.length === 1 ? place : `${place}, document ${i + 1}`));
}

function readDocument(value: unknown, place: string): ReportDocument {
  const commands = Object.keys(schemas);
  const head = z.object({ command: z.string() }).safeParse(value);
  if (!head.success)
    throw new LowbitError('not a result of lowbit', { place, remedy: `give a file written by one of: ${commands.join(', ')} --json` });
  const { command } = head.data;
  if (!isCommand(command)) throw new LowbitError('no report for this kind of result', { value: command, place, allowed: commands });
  const parsed = schemas[command].safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new LowbitError('result does not fit its schema', {
    value: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
    place,
    remedy: 'write it again with this version of lowbit',
  });
}

function isCommand(command: string): command is keyof typeof schemas {
  return Object.hasOwn(schemas, command);
}
