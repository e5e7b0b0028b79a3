/**
 * `evaluate --out DIR` keeps every evaluation as a file in DIR/evaluations the moment it is made: a run that was ended keeps what it has, and the next
 * one takes it over. The name holds model, scheme and the hash of everything the result depends on, so that nothing stale is taken.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LowbitError } from '../../lowbit-error.js';
import type { EvaluateDocument } from '../../report/evaluate-document.js';
import { stableJson } from '../../report/json.js';
import { writeFileAtomically } from '../../tensors/atomic-file.js';
import { readyFolder } from './output-folder.js';
import { readDocumentFile } from './result-file.js';

/** The folder of the evaluations in the folder of `--out`, there and writable. */
export function evaluationsFolder(out: string): string {
  return readyFolder(join(out, 'evaluations'));
}

/** The evaluation that was made before from the same inputs; undefined where there is none, or its file is not whole. */
export function keptEvaluation(
  folder: string,
  head: Pick<EvaluateDocument, 'model' | 'scheme' | 'configHash' | 'text' | 'calibration'>,
): EvaluateDocument | undefined {
  const file = join(folder, fileName(head));
  if (!existsSync(file)) return undefined;
  try {
    const [document] = readDocumentFile(file);
    if (document?.command !== 'evaluate') return undefined;
    // The hash knows texts by what they hold; the document names their files.
    const same = document.configHash === head.configHash && document.text === head.text && document.calibration === head.calibration;
    return same ? document : undefined;
  } catch (error) {
    if (error instanceof LowbitError) return undefined;
    throw error;
  }
}

export async function keepEvaluation(folder: string, document: EvaluateDocument): Promise<void> {
  await writeFileAtomically(join(folder, fileName(document)), stableJson(document));
}

const DIGITS = 12;

function fileName({ model, scheme, configHash }: Pick<EvaluateDocument, 'model' | 'scheme' | 'configHash'>): string {
  const hash = configHash.slice(0, DIGITS);
  return `${model.replace(/[^\w.-]+/g, '-')}_${scheme}_${hash}.json`;
}
