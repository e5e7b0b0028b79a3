/**
 * Measurements of a study by content: each is made once, in worker threads, and kept in the output folder under the hash of all it depends on (weights,
 * texts, scheme, windows, versions), so that a second run measures nothing. Results do not depend on the number of threads.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { groupsOfLayer, type DecoderModel } from '../../decoder/decoder-model.js';
import { LowbitError } from '../../lowbit-error.js';
import { hashOf } from '../../config/canonical-json.js';
import { versionsOf } from '../../config/model-versions.js';
import { schemeNumbers } from '../../accuracy/scheme-numbers.js';
import { writeFileAtomically } from '../../tensors/atomic-file.js';
import { makeFolder } from '../../tensors/make-folder.js';
import { activationQuantizers, weightQuantizers } from '../../trace/scheme-layers.js';
import type {
  EvaluatedScheme,
  EvaluateTask,
  Measured,
  MeasuredTrace,
  MeasureSubject,
  MeasureTask,
  OptionColumn,
  OptionTask,
  StudyModel,
  TraceTask,
} from './measure.js';
import { workerThreads, type WorkerThreads } from '../../workers/worker-threads.js';
import type { WholeLoss } from '../loss-promise.js';
import type { WholeTask } from './whole-loss.js';
import type { MeasureOutcome } from './measure-worker.js';

export interface Measurements {
  options(tasks: readonly OptionTask[]): Promise<OptionColumn[]>;
  evaluations(tasks: readonly EvaluateTask[]): Promise<EvaluatedScheme[]>;
  traces(tasks: readonly TraceTask[]): Promise<MeasuredTrace[]>;
  /** Whole assignments on calibration windows. */
  wholes(tasks: readonly WholeTask[]): Promise<WholeLoss[]>;
  /** Ends the threads. */
  close(): Promise<void>;
}

export interface MeasurementSettings {
  readonly jobs: number;
  /** Output folder; undefined: nothing is kept. */
  readonly folder: string | undefined;
  /** Told before each measurement that has to be made. */
  readonly progress: (done: number, count: number, what: string) => void;
}

export function measurements(subject: MeasureSubject, loaded: StudyModel, settings: MeasurementSettings): Measurements {
  const base = hashOf([digestOf(loaded.model), digest(loaded.evaluation), digest(loaded.calibrationText), loaded.windows ?? null]);
  let pool: Pool | undefined;
  const all = async <T extends Measured>(tasks: readonly MeasureTask[], what: string): Promise<T[]> => {
    const results: (T | undefined)[] = await Promise.all(tasks.map((task) => kept<T>(fileOf(base, task, settings.folder))));
    const missing = tasks.flatMap((task, i) => (results[i] === undefined ? [{ task, i }] : []));
    let done = 0;
    if (missing.length > 0) pool ??= measureThreads(settings.jobs, missing.length);
    await Promise.all(
      missing.map(async ({ task, i }) => {
        const value = valueOf(await pool!.run({ subject, task }), task) as T;
        settings.progress(++done, missing.length, what);
        await keep(fileOf(base, task, settings.folder), value, settings.folder);
        results[i] = value;
      }),
    );
    return results as T[];
  };
  return {
    options: (tasks) => all(tasks, 'options measured'),
    evaluations: (tasks) => all(tasks, 'schemes evaluated'),
    traces: (tasks) => all(tasks, 'Hessian traces measured'),
    wholes: (tasks) => all(tasks, 'assignments measured on calibration windows'),
    async close() {
      await pool?.close();
    },
  };
}

type Pool = WorkerThreads<{ subject: MeasureSubject; task: MeasureTask }, MeasureOutcome>;

/** Threads for the first tasks at once; more when later ones, of which there may be more, wait for one. */
function measureThreads(jobs: number, tasks: number): Pool {
  const file = new URL('./measure-worker.js', import.meta.url);
  return workerThreads({ file, does: 'measureTask', least: Math.min(jobs, tasks), most: jobs });
}

function valueOf(outcome: MeasureOutcome, task: MeasureTask): Measured {
  if (outcome.kind === 'measured') return outcome.value;
  // One option that does not fit the model must not cost the others: it is not chosen, and said.
  if (task.kind === 'option') return unknownColumn(task, outcome.what);
  throw new LowbitError(outcome.what, outcome.details);
}

function unknownColumn({ items }: OptionTask, refused: string): OptionColumn {
  const none = items.map(() => null);
  return { bits: none, mse: none, outputError: none, ofModel: none, weightDivergence: none, salience: none, refused };
}

/** Of what measurements hold: kept files of another layout are measured anew. */
const LAYOUT = 5;

function fileOf(base: string, task: MeasureTask, folder: string | undefined): string | undefined {
  return folder === undefined ? undefined : join(folder, 'measured', `${hashOf([LAYOUT, base, task, versionsFor(task)])}.json`);
}

function versionsFor(task: MeasureTask): ReturnType<typeof versionsOf> {
  if (task.kind === 'trace') return versionsOf({ rules: ['accuracy'] });
  const { scheme } = task;
  return versionsOf({
    quantizers: [...weightQuantizers(scheme), ...activationQuantizers(scheme)],
    cacheQuantizers: scheme.kv.quantizer === undefined ? [] : [scheme.kv.quantizer],
    rewrites: schemeNumbers(scheme).rewrites.map(({ rewrite }) => rewrite),
    rules: ['accuracy'],
  });
}

/** Files are whole when lowbit writes them; one that a full disk or a copy cut short is measured again. */
async function kept<T>(file: string | undefined): Promise<T | undefined> {
  if (file === undefined) return undefined;
  const text = await readFile(file, 'utf8').catch(() => undefined);
  try {
    return text === undefined ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined;
  }
}

async function keep(file: string | undefined, value: unknown, folder: string | undefined): Promise<void> {
  if (file === undefined || folder === undefined) return;
  makeFolder(join(folder, 'measured'), () => undefined);
  await writeFileAtomically(file, `${JSON.stringify(value)}\n`);
}

/** SHA-256 of the bytes of tokens or weights. */
export function digest(data: Int32Array | Float32Array): string {
  return createHash('sha256')
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex');
}

function digestOf({ layers, embedding, head, ...model }: DecoderModel): string {
  const weights = layers.flatMap(groupsOfLayer).flatMap(({ products }) => products.map(({ weight }) => digest(weight.data)));
  const norms = layers.flatMap(({ attentionNorm, feedForwardNorm }) => [digest(attentionNorm.gain), digest(feedForwardNorm.gain)]);
  return hashOf([digest(embedding.data), digest(head.data), weights, norms, [model.vocabulary, model.hidden, model.context]]);
}
