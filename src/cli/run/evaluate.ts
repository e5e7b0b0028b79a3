/** `lowbit evaluate`: models under schemes, scored on a text. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { loadScheme } from '../../config/catalogue.js';
import { catalogueNames, isFileName, packagePath, shownFile } from '../../config/files.js';
import { trainedFolder, trainedModels } from '../../config/trained-models.js';
import { LowbitError } from '../../lowbit-error.js';
import type { EvaluateDocument } from '../../report/evaluate-document.js';
import type { SchemeConfig } from '../../trace/scheme-config.js';
import { weightQuantizers } from '../../trace/scheme-layers.js';
import { positiveInteger, repeated, single } from '../arguments.js';
import type { Arguments } from '../command.js';
import { evaluateAll } from './evaluation-lanes.js';
import { evaluationProgress } from './evaluation-progress.js';
import { shippedTexts, type EvaluationOutcome, type EvaluationSubject, type EvaluationTask } from './evaluation-run.js';
import { evaluationsFolder, keepEvaluation } from './kept-evaluations.js';
import { outputFolder } from './output-folder.js';
import { note, noteOfDocument, print, tablesOf, writeReport } from './present.js';

export async function runEvaluate(args: Arguments): Promise<void> {
  const tasks = tasksOf(args);
  const out = outputFolder(args);
  const folder = out === undefined ? undefined : evaluationsFolder(out);
  const resumed = resumedFolder(args, folder);
  const progress = evaluationProgress(args, tasks.length);
  const outcomes = await evaluateAll(resumed === undefined ? tasks : tasks.map((task) => ({ ...task, kept: resumed })), {
    jobs: jobsOf(args, tasks),
    progress,
    take: async (outcome) => {
      // One scheme that does not fit a model must not cost the others.
      if (outcome.kind === 'refused' && args['all'] !== true) throw new LowbitError(outcome.what, outcome.details);
      if (outcome.kind === 'document' && folder !== undefined && !outcome.found) await keepEvaluation(folder, outcome.document);
    },
    interrupted: () => note(args, [`${process.stderr.isTTY ? '\r\u001b[K' : ''}${stopped(out)}`]),
  }).finally(() => progress.end());
  note(args, remarks(tasks, outcomes));
  const documents = outcomes.flatMap((outcome) => (outcome.kind === 'document' ? [outcome.document] : []));
  await presentAll(args, documents, out);
}

function stopped(out: string | undefined): string {
  if (out === undefined) return 'stopped; nothing was kept: with --out DIR finished evaluations are, and --resume goes on with them';
  return `stopped; what is finished is kept in ${out}: the same command with --resume goes on`;
}

/** Every model under every scheme, model by model. */
function tasksOf(args: Arguments): EvaluationTask[] {
  const schemes = chosenSchemes(args);
  const models = repeated(args['model']).map(modelFolder);
  if (models.length === 0) {
    throw new LowbitError('no model to evaluate', {
      remedy: `add --model ${trainedModels.join(' | ')}, or a folder with config.json and weights`,
    });
  }
  const windows = positiveInteger('windows', args['windows'], undefined, 20);
  const calibrationTokens = positiveInteger('calibration-tokens', args['calibration-tokens'], undefined, 8192);
  const files = { text: textFile(args, 'text'), calibration: textFile(args, 'calibration') };
  return models.flatMap(([name, path]) => {
    const subject: EvaluationSubject = {
      name,
      path,
      files,
      ...(calibrationTokens === undefined ? {} : { calibrationTokens }),
      ...(windows === undefined ? {} : { windows }),
      codeExact: args['code-exact'] === true,
    };
    return schemes.map((scheme) => ({ subject, scheme }));
  });
}

/** The folder `--resume` goes on with. Throws LowbitError for `--resume` without `--out`. */
function resumedFolder(args: Arguments, folder: string | undefined): string | undefined {
  if (args['resume'] !== true) return undefined;
  if (folder !== undefined) return folder;
  throw new LowbitError('--resume needs --out', { remedy: 'name the folder of the run that was stopped: --out DIR' });
}

/** Threads: as many as asked for; otherwise all cores for models that ship, one for others, whose memory every thread would take again. */
function jobsOf(args: Arguments, tasks: readonly EvaluationTask[]): number {
  const shipped = tasks.every(({ subject }) => trainedModels.some((name) => name === subject.name));
  return positiveInteger('jobs', args['jobs'], shipped ? availableParallelism() : 1, 2);
}

function remarks(tasks: readonly EvaluationTask[], outcomes: readonly EvaluationOutcome[]): string[] {
  const found = outcomes.filter((outcome) => outcome.kind === 'document' && outcome.found).length;
  const refused = outcomes.flatMap((outcome, i) => {
    if (outcome.kind === 'document') return [];
    const { subject, scheme } = tasks[i] as EvaluationTask;
    return [`left out, ${subject.name} under ${scheme.name}: ${new LowbitError(outcome.what, outcome.details).message}`];
  });
  return [...(found === 0 ? [] : [`${found} of ${tasks.length} evaluations were there already`]), ...refused];
}

async function presentAll(args: Arguments, documents: readonly EvaluateDocument[], out: string | undefined): Promise<void> {
  const [first] = documents;
  if (first === undefined)
    throw new LowbitError('no scheme could be evaluated', { remedy: 'the reasons stand above; add --model or --scheme' });
  const title = documents.length === 1 ? `${first.model} under ${first.scheme}` : 'Perplexity under quantization';
  const text = args['json'] === true ? '' : await tablesOf(documents, title);
  noteOfDocument(args, [...new Set(documents.flatMap(({ notes }) => notes))]);
  print(args, documents.length === 1 ? first : { documents }, () => text);
  if (out !== undefined) note(args, [`wrote ${await writeReport(documents, { out, title, png: args['png'] })}`]);
}

/** The schemes asked for. Throws LowbitError for none, and for names beside `--all`. */
function chosenSchemes(args: Arguments): SchemeConfig[] {
  const named = repeated(args['scheme']);
  if (args['all'] === true) {
    if (named.length > 0) throw new LowbitError('--all takes every scheme', { value: named.join(', '), remedy: 'leave --scheme out' });
    return catalogueNames('schemes')
      .map((name) => loadScheme(name).config)
      .filter((scheme) => weightQuantizers(scheme).length > 0 || scheme.kv.quantizer !== undefined);
  }
  if (named.length > 0) return named.map((name) => loadScheme(name).config);
  throw new LowbitError('no scheme to evaluate', { remedy: 'add --scheme NAME (lowbit list schemes), or --all' });
}

/** Name and folder of a model: one that ships, or a path. */
function modelFolder(nameOrPath: string): readonly [name: string, path: string] {
  const trained = trainedFolder(nameOrPath);
  if (trained !== undefined) return [nameOrPath, trained];
  if (existsSync(nameOrPath)) return [shownFile(nameOrPath), nameOrPath];
  const known = !isFileName(nameOrPath) && catalogueNames('models').includes(nameOrPath);
  throw new LowbitError(known ? 'this model ships as shapes only, without weights' : 'no such model', {
    value: nameOrPath,
    allowed: [...trainedModels, 'a folder with config.json and weights'],
    ...(known ? { remedy: 'download its weights and give the folder' } : {}),
  });
}

function textFile(args: Arguments, option: keyof typeof shippedTexts): string {
  return single(option, args[option]) ?? packagePath(shippedTexts[option]);
}
