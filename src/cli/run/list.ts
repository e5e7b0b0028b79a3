/** `lowbit list`: what there is, with source. */
import type { z } from 'zod';
import { dramSummary } from '../../accelerator/dram/summary.js';
import { timings } from '../../accelerator/timing/index.js';
import { studyFileSchema } from '../../codesign/study/study-file.js';
import { listCatalogue } from '../../config/catalogue-list.js';
import { loadMemory } from '../../config/dram-file.js';
import { catalogueFile, catalogueNames, readText, shownFile } from '../../config/files.js';
import { loadGpu, loadKernel } from '../../config/gpu-catalogue.js';
import { parseConfig } from '../../config/parse-config.js';
import { rewrites } from '../../decoder/rewrites/index.js';
import type { Rewrite } from '../../decoder/rewrites/rewrite.js';
import { gpuSummary } from '../../gpu/device/summary.js';
import { kernelSummary } from '../../gpu/kernels/summary.js';
import { listOperandFormats } from '../../formats/index.js';
import { unknownName } from '../../lowbit-error.js';
import { quantizerNamed, quantizers } from '../../quantizers/index.js';
import { kvQuantizerNamed, kvQuantizers } from '../../quantizers/kv/index.js';
import { optionsOf } from '../../quantizers/quantize-options.js';
import type { ListRow } from '../../report/documents.js';
import { tableOf } from '../../report/table.js';
import { terminalTable } from '../../report/terminal-table.js';
import { reproductions } from '../../reproduce/index.js';
import { sweepFileSchema } from '../../sweep/plan/sweep-file.js';
import { single } from '../arguments.js';
import type { Arguments } from '../command.js';
import { print } from './present.js';

/** Rows by kind; each is made only when it is asked for. */
const kinds: Readonly<Record<string, () => ListRow[]>> = {
  models: () => catalogued('models'),
  schemes: () => catalogued('schemes'),
  accelerators: () => catalogued('accelerators'),
  gpus: () => catalogueNames('gpus').map(gpuRow),
  kernels: () => catalogueNames('kernels').map(kernelRow),
  memories: () =>
    listCatalogue('memories').map(({ name, source }) => ({ name, kind: 'memories', source, description: dramSummary(loadMemory(name)) })),
  formats: () => listOperandFormats().map(({ format, description, source }) => ({ name: format, kind: 'formats', source, description })),
  quantizers: () => described('quantizers', quantizers).map((row) => ({ ...row, ...quantizerNeeds(row.name) })),
  'cache-quantizers': () =>
    described('cache-quantizers', kvQuantizers).map((row) => ({ ...row, options: optionsOf(kvQuantizerNamed(row.name)) })),
  rewrites: () => Object.entries(rewrites).map(rewriteRow),
  published: () =>
    Object.entries(reproductions).map(([name, { title, source }]) => ({ name, kind: 'published', source, description: title })),
  timings: () => described('timings', timings),
  sweeps: () => ofFiles('sweeps', sweepFileSchema),
  studies: () => ofFiles('studies', studyFileSchema),
};

export function runList(args: Arguments): void {
  const kind = single('kind', args['kind']);
  if (kind !== undefined && kinds[kind] === undefined) throw unknownName('kind', kind, Object.keys(kinds));
  const asked = kind === undefined ? Object.keys(kinds) : [kind];
  const rows = asked.flatMap((name) => kinds[name]?.() ?? []);
  print(args, rows, () => asked.map((name) => listText(name, rows)).join('\n\n'));
}

/** Options of a quantizer, and the parts of a calibration it needs, or uses where there is one. */
function quantizerNeeds(name: string): Pick<ListRow, 'options' | 'calibration'> {
  const quantizer = quantizerNamed(name);
  const { needs = [], uses = [] } = quantizer;
  const parts = [...needs.map((part) => `needs ${part}`), ...uses.map((part) => `uses ${part}`)];
  return { options: optionsOf(quantizer), calibration: parts.length === 0 ? 'none' : parts.join(', ') };
}

function rewriteRow([name, rewrite]: readonly [string, Rewrite]): ListRow {
  const { source, description } = rewrite;
  return { name, kind: 'rewrites', source, description, options: optionsOf(rewrite) };
}

function gpuRow(name: string): ListRow {
  const { config } = loadGpu(name);
  return { name, kind: 'gpus', source: config.source, description: gpuSummary(config) };
}

function kernelRow(name: string): ListRow {
  const kernel = loadKernel(name);
  return { name, kind: 'kernels', source: kernel.source, description: kernelSummary(kernel) };
}

function catalogued(kind: Parameters<typeof listCatalogue>[0]): ListRow[] {
  return listCatalogue(kind).map(({ name, source, description }) => ({ name, kind, source, description }));
}

/** Of a kind whose schema lies above the catalogue. */
function ofFiles(kind: 'sweeps' | 'studies', schema: z.ZodType<{ source: string; description: string }>): ListRow[] {
  return catalogueNames(kind).map((name) => {
    const file = catalogueFile(kind, name);
    const { source, description } = parseConfig(readText(file), shownFile(file), schema);
    return { name, kind, source, description };
  });
}

function described(kind: string, record: Readonly<Record<string, { readonly source: string; readonly description: string }>>): ListRow[] {
  return Object.entries(record).map(([name, { source, description }]) => ({ name, kind, source, description }));
}

function listText(kind: string, rows: readonly ListRow[]): string {
  const own = rows.filter((row) => row.kind === kind);
  const columns = [
    { title: 'name', text: (row: ListRow) => row.name },
    { title: 'description', text: (row: ListRow) => row.description },
    ...(own.some(({ options }) => options !== undefined) ? [{ title: 'options', text: optionsText }] : []),
    ...(own.some(({ calibration }) => calibration !== undefined)
      ? [{ title: 'calibration', text: ({ calibration = '' }: ListRow) => calibration }]
      : []),
    { title: 'source', text: (row: ListRow) => row.source },
  ];
  return terminalTable(tableOf(kind, columns, own));
}

/** `bits=4 granularity=group ...`: names with their defaults; what each takes stands in the JSON. */
function optionsText({ options = [] }: ListRow): string {
  return options.map(({ name, default: value }) => (value === undefined ? name : `${name}=${String(value)}`)).join(' ');
}
