/** JSON Schemas of the files lowbit reads and the documents it prints, by name; hw-configs/schema/ holds them as files. */
import type { z } from 'zod';
import { jsonSchemaText } from '../config/json-schema.js';
import { unknownName } from '../lowbit-error.js';
import { calibrateDocumentSchema } from '../report/calibrate-document.js';
import {
  codesignDocumentSchema,
  compareDocumentSchema,
  diffDocumentSchema,
  explainDocumentSchema,
  quantizeDocumentSchema,
  reproduceDocumentSchema,
  simulateDocumentSchema,
  sweepDocumentSchema,
  sweepExplainDocumentSchema,
} from '../report/documents.js';
import { evaluateDocumentSchema } from '../report/evaluate-document.js';
import { gpuErrorsDocumentSchema } from '../report/gpu-errors-document.js';
import { fileKinds } from './file-kinds.js';

/** Documents that are printed. */
const outputs: Readonly<Record<string, z.ZodType>> = {
  simulate: simulateDocumentSchema,
  compare: compareDocumentSchema,
  quantize: quantizeDocumentSchema,
  evaluate: evaluateDocumentSchema,
  reproduce: reproduceDocumentSchema,
  explain: explainDocumentSchema,
  diff: diffDocumentSchema,
  calibrate: calibrateDocumentSchema,
  'gpu-errors': gpuErrorsDocumentSchema,
  'sweep-result': sweepDocumentSchema,
  'codesign-result': codesignDocumentSchema,
  'sweep-explain': sweepExplainDocumentSchema,
};

export const documentSchemaNames: readonly string[] = [...Object.keys(fileKinds), ...Object.keys(outputs)];

/** JSON Schema text of a name, ready to be written to a file. Throws LowbitError for an unknown name. */
export function documentSchema(name: string): string {
  const [input, output] = [fileKinds[name]?.schema, outputs[name]];
  if (input !== undefined) return jsonSchemaText(name, input, 'input');
  if (output !== undefined) return jsonSchemaText(name, output, 'output');
  throw unknownName('schema', name, documentSchemaNames);
}
