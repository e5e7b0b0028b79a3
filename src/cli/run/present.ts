/** What every command does with its result: JSON or tables on stdout, notes on stderr, a report folder when asked. */
import { join } from 'node:path';
import { stableJson } from '../../report/json.js';
import type { ReportDocument } from '../../report/read-documents.js';
import { writeFileAtomically } from '../../tensors/atomic-file.js';
import type { RawOption } from '../arguments.js';
import type { Arguments } from '../command.js';

/** Prints a document: as JSON with `--json`, otherwise the text. */
export function print(args: Arguments, document: unknown, text: () => string): void {
  process.stdout.write(args['json'] === true ? stableJson(document) : `${text().trimEnd()}\n`);
}

/** Notes the user should see beside the result; nothing with `--quiet`. */
export function note(args: Arguments, notes: readonly string[]): void {
  if (args['quiet'] === true) return;
  for (const line of notes) process.stderr.write(`${line}\n`);
}

/** Notes that stand in the document: on stderr too, unless a terminal shows the tables that hold them. */
export function noteOfDocument(args: Arguments, notes: readonly string[]): void {
  if (args['json'] === true || !process.stdout.isTTY) note(args, notes);
}

/** Tables of documents as plain text. */
export async function tablesOf(documents: readonly ReportDocument[], title: string): Promise<string> {
  const [{ reportModel }, { toTerminal }] = await Promise.all([
    import('../../report/report-model.js'),
    import('../../report/terminal-table.js'),
  ]);
  return toTerminal(reportModel(documents, title));
}

/** Presents the document of one command: stdout, and a report in the folder of `--out`, which is ready. */
export async function present(
  args: Arguments,
  document: ReportDocument,
  { title, out }: { readonly title: string; readonly out: string | undefined },
): Promise<void> {
  const text = args['json'] === true ? '' : await tablesOf([document], title);
  print(args, document, () => text);
  if (out !== undefined) note(args, [`wrote ${await writeReport([document], { out, title, png: args['png'] })}`]);
}

/** Writes page, charts, tables and data of the documents to a folder that is there; every file whole or not at all. Returns the path of the page. */
export async function writeReport(
  documents: readonly ReportDocument[],
  {
    out,
    title,
    png,
    folderOf,
  }: { readonly out: string; readonly title: string; readonly png: RawOption; readonly folderOf?: 'sweep' | 'codesign' },
): Promise<string> {
  const [{ renderReport }, { pageScripts }] = await Promise.all([import('../../report/report.js'), import('./page-scripts.js')]);
  const files = await renderReport(documents, {
    title,
    png: png === true,
    scripts: pageScripts(),
    ...(folderOf === undefined ? {} : { folderOf }),
  });
  for (const [name, content] of files) await writeFileAtomically(join(out, name), content);
  return join(out, 'index.html');
}
