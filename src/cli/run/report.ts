/** `lowbit report`: pages, tables and charts from documents that other commands wrote. */
import { readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { LowbitError } from '../../lowbit-error.js';
import type { ReportDocument } from '../../report/read-documents.js';
import { repeated, single } from '../arguments.js';
import type { Arguments } from '../command.js';
import { readyFolder, refuseSweepFolder } from './output-folder.js';
import { note, writeReport } from './present.js';
import { readDocumentFile } from './result-file.js';

export async function runReport(args: Arguments): Promise<void> {
  const inputs = repeated(args['inputs']);
  const documents = (await Promise.all(inputs.map(documentsIn))).flat();
  if (documents.length === 0) {
    throw new LowbitError('no documents to report on', {
      value: inputs.join(' '),
      remedy: 'write one first: `lowbit simulate ... --json > result.json`',
    });
  }
  const title = single('title', args['title']) ?? inputs.map((input) => basename(input, '.json')).join(', ');
  const out = single('out', args['out']) ?? `reports/${basename(inputs[0] ?? 'report', '.json')}`;
  // Drawing a sweep again where it lies is what it looks like.
  if (inputs.length !== 1 || resolve(inputs[0] ?? '') !== resolve(out)) refuseSweepFolder(out);
  const page = await writeReport(documents, { out: readyFolder(out), title, png: args['png'] });
  if (args['json'] === true) process.stdout.write(`${JSON.stringify({ page })}\n`);
  else note(args, [`wrote ${page}`]);
}

/** Documents of a file, of a sweep, of every JSON file in a folder, or of stdin. */
async function documentsIn(input: string): Promise<ReportDocument[]> {
  if (input === '-' || !statSync(input).isDirectory()) return readDocumentFile(input);
  const names = readdirSync(input);
  // The folder of a sweep: beside its document lie its manifest and its rows.
  if (names.includes('sweep.json')) {
    if (!names.includes('pareto.json')) throw await unfinishedSweep(input);
    return readDocumentFile(join(input, 'pareto.json'));
  }
  const files = names.filter((name) => name.endsWith('.json'));
  return files.sort().flatMap((name) => readDocumentFile(join(input, name)));
}

/** A sweep without its document: shards that wait for each other, or a run that was ended before it could write one. */
async function unfinishedSweep(dir: string): Promise<LowbitError> {
  const { readManifest } = await import('../../sweep/store/manifest.js');
  const { shards } = readManifest(dir);
  return shards === null
    ? new LowbitError('the sweep in this folder has no result yet', {
        place: dir,
        remedy: `go on with it: \`lowbit sweep FILE --resume --out ${dir}\``,
      })
    : new LowbitError('the shards of the sweep in this folder are not merged', {
        place: dir,
        remedy: `first \`lowbit sweep merge ${dir}\`; \`lowbit sweep status ${dir}\` says which are done`,
      });
}
