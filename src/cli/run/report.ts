/** `lowbit report`: pages, tables and charts from documents that other commands wrote. */
import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { LowbitError } from '../../lowbit-error.js';
import type { ReportDocument } from '../../report/read-documents.js';
import { repeated, single } from '../arguments.js';
import type { Arguments } from '../command.js';
import { readyFolder } from './output-folder.js';
import { note, writeReport } from './present.js';
import { readDocumentFile } from './result-file.js';

export async function runReport(args: Arguments): Promise<void> {
  const inputs = repeated(args['inputs']);
  const documents = inputs.flatMap(documentsIn);
  if (documents.length === 0) {
    throw new LowbitError('no documents to report on', {
      value: inputs.join(' '),
      remedy: 'write one first: `lowbit simulate ... --json > result.json`',
    });
  }
  const title = single('title', args['title']) ?? inputs.map((input) => basename(input, '.json')).join(', ');
  const out = single('out', args['out']) ?? `reports/${basename(inputs[0] ?? 'report', '.json')}`;
  const page = await writeReport(documents, { out: readyFolder(out), title, png: args['png'] });
  if (args['json'] === true) process.stdout.write(`${JSON.stringify({ page })}\n`);
  else note(args, [`wrote ${page}`]);
}

/** Documents of a file, of a sweep, of every JSON file in a folder, or of stdin. */
function documentsIn(input: string): ReportDocument[] {
  if (input === '-' || !statSync(input).isDirectory()) return readDocumentFile(input);
  const names = readdirSync(input);
  // The folder of a sweep: beside its document lie its manifest and its rows.
  if (names.includes('pareto.json') && names.includes('sweep.json')) return readDocumentFile(join(input, 'pareto.json'));
  const files = names.filter((name) => name.endsWith('.json'));
  return files.sort().flatMap((name) => readDocumentFile(join(input, name)));
}
