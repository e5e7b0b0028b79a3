/** `lowbit reproduce`: published cells beside ours. */
import { LowbitError, unknownName } from '../../lowbit-error.js';
import type { ReproduceDocument } from '../../report/documents.js';
import type { Reproduction, ReproductionInputs } from '../../reproduce/reproduction.js';
import { reproductions, type ReproductionEntry } from '../../reproduce/index.js';
import { gpuSetup } from '../../gpu/gpu-setup.js';
import { loadAccelerator, loadModel } from '../../config/catalogue.js';
import { loadGpu } from '../../config/gpu-catalogue.js';
import { loadSramTable, packagePath } from '../../config/package-data.js';
import { readDocument } from '../../config/document.js';
import { parseConfig } from '../../config/parse-config.js';
import { readText } from '../../config/files.js';
import { publishedTableSchema } from '../../reproduce/published-table.js';
import { single } from '../arguments.js';
import type { Arguments } from '../command.js';
import { envelope } from '../envelope.js';
import { versionsOf } from '../../config/model-versions.js';
import { gpuSources } from './gpu-design.js';
import { outputFolder } from './output-folder.js';
import { noteOfDocument, present } from './present.js';

export async function runReproduce(args: Arguments): Promise<void> {
  const id = single('id', args['id']) ?? 'all';
  const known = Object.keys(reproductions);
  if (id !== 'all' && !known.includes(id)) throw unknownName('published table', id, [...known, 'all']);
  const out = outputFolder(args);
  const corrected = args['corrected'] === true;
  const correctable = known.filter((name) => reproductions[name]?.correctable === true);
  if (corrected && id !== 'all' && !correctable.includes(id))
    throw new LowbitError('no known defects to correct in published table', {
      value: id,
      allowed: correctable,
      remedy: 'leave --corrected out',
    });
  const all = (id === 'all' ? known : [id]).map((name) => reproduceDocument(name, corrected && correctable.includes(name)));
  const [first] = all;
  const document = all.length === 1 && first !== undefined ? first : together(all);
  noteOfDocument(args, document.notes);
  await present(args, document, { title: document.title, out });
}

/** One published table reproduced, with its envelope; `corrected`: with what its known defects are worth. */
export function reproduceDocument(id: string, corrected = false): ReproduceDocument {
  const entry = reproductions[id];
  if (entry === undefined) throw unknownName('published table', id, Object.keys(reproductions));
  const file = packagePath(`reports/published/${id}.yaml`);
  const published = parseConfig(readText(file), file, publishedTableSchema);
  const hardware = Object.fromEntries(entry.accelerators.map((name) => [name, loadAccelerator(name, []).config]));
  const models = Object.fromEntries(entry.models.map((name) => [name, loadModel(name).config]));
  const workload = entry.workload === true ? publishedWorkload(id) : undefined;
  const onGpus = gpuInputs(entry);
  const reproduction: Reproduction = entry.run(published, { hardware, models, sramTable: loadSramTable(), workload, corrected, ...onGpus });
  const versions = versionsOf({ accelerators: Object.values(hardware), gpus: onGpus !== undefined, rules: ['reproduce'] });
  return {
    ...envelope('reproduce', {
      id,
      published,
      hardware,
      models,
      ...(workload === undefined ? {} : { workload }),
      ...(corrected ? { corrected } : {}),
      ...onGpus,
      versions,
    }),
    ...reproduction,
  };
}

/** GPUs with what fits found about them, and the kernels that a reproduction names; undefined: it runs on no GPU. */
function gpuInputs({ gpus = [], kernels = [] }: ReproductionEntry): Pick<ReproductionInputs, 'gpus' | 'kernels'> | undefined {
  if (gpus.length === 0) return undefined;
  const sources = gpuSources();
  return {
    gpus: Object.fromEntries(gpus.map((name) => [name, gpuSetup(loadGpu(name).config, sources)])),
    kernels: Object.fromEntries(kernels.map((name) => [name, sources.kernel(name)])),
  };
}

/** The layers a reproduction runs, as they stand in the file. */
function publishedWorkload(id: string): unknown {
  const file = packagePath(`reports/published/workloads/${id}.yaml`);
  return readDocument(readText(file), file).value;
}

/** Several reproductions as one document; metrics carry the id of their table. */
function together(all: readonly ReproduceDocument[]): ReproduceDocument {
  const sum = (key: 'cells' | 'exact' | 'within1pct' | 'within10pct'): number =>
    all.reduce((total, { summary }) => total + summary[key], 0);
  return {
    ...envelope(
      'reproduce',
      all.map(({ configHash }) => configHash),
    ),
    id: 'all',
    title: 'Every published table',
    source: all.map(({ source }) => source).join('; '),
    cells: all.flatMap(({ id, cells }) => cells.map((cell) => ({ ...cell, metric: `${id}: ${cell.metric}` }))),
    summary: {
      cells: sum('cells'),
      exact: sum('exact'),
      within1pct: sum('within1pct'),
      within10pct: sum('within10pct'),
      maxRelativeError: Math.max(0, ...all.map(({ summary }) => summary.maxRelativeError)),
    },
    notes: all.flatMap(({ notes }) => notes),
  };
}
