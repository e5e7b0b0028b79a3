/** Text of a model file -> the model: a description of lowbit's own, or the `config.json` of Hugging Face. */
import { modelSchema, type ModelConfig } from '../trace/model/model-config.js';
import { checkValue } from './check-value.js';
import { readDocument } from './document.js';
import { fromHuggingFace, isHuggingFace } from './hugging-face.js';

/** Throws LowbitError for every problem of the text; `file` names it in errors. */
export function readModel(text: string, file: string): { readonly config: ModelConfig; readonly notes: readonly string[] } {
  const document = readDocument(text, file);
  if (isHuggingFace(document.value, file)) return fromHuggingFace(document, file);
  return { config: checkValue(document.value, modelSchema, { file, place: (path, part) => document.place(path, part) }), notes: [] };
}
