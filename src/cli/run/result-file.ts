/** Reads the JSON documents of other commands back, from a file or stdin. */
import { readFileSync } from 'node:fs';
import { LowbitError } from '../../lowbit-error.js';
import type { SimulateDocument } from '../../report/documents.js';
import { readDocuments, type ReportDocument } from '../../report/read-documents.js';

/** Text of a file, or of stdin for `-`. */
function readInput(file: string): string {
  return readFileSync(file === '-' ? 0 : file, 'utf8');
}

/** All documents in a JSON file. Throws LowbitError for text that is no JSON or no document of lowbit. */
export function readDocumentFile(file: string): ReportDocument[] {
  const place = file === '-' ? 'stdin' : file;
  const text = readInput(file);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new LowbitError('not a JSON document', { place, value: (error as Error).message, remedy: 'write it with --json > FILE' });
  }
  return readDocuments(value, place);
}

/** The one document in a file. */
export function readOneDocument(file: string): ReportDocument {
  const documents = readDocumentFile(file);
  const [document] = documents;
  if (document !== undefined && documents.length === 1) return document;
  throw new LowbitError('not one result', {
    value: documents.map(({ command }) => command).join(', '),
    place: file,
    remedy: 'make it with `lowbit simulate ... --json > FILE`, or give codesign.json of a study',
  });
}

/** The one simulate document in a file. */
export function readSimulateDocument(file: string): SimulateDocument {
  const documents = readDocumentFile(file);
  const [document] = documents;
  if (document === undefined || documents.length > 1 || document.command !== 'simulate') {
    throw new LowbitError('not the result of one simulation', {
      value: documents.map(({ command }) => command).join(', '),
      place: file,
      remedy: 'make it with `lowbit simulate ... --json > FILE`',
    });
  }
  return document;
}
