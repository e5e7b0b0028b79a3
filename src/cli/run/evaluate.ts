/** `lowbit evaluate`: models under schemes, scored on a text. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { evaluateScheme, type Evaluation } from '../../accuracy/evaluate-scheme.js';
import { loadDecoder, type LoadedDecoder } from '../../accuracy/load-model.js';
import { bitsPerByte, type PerplexityResult } from '../../accuracy/perplexity.js';
import { schemeNumbers } from '../../accuracy/scheme-numbers.js';
import { readTextBytes, textTokens, type TokenizedText } from '../../accuracy/text-tokens.js';
import { hashOf } from '../../config/canonical-json.js';
import { loadScheme } from '../../config/catalogue.js';
import { catalogueNames, isFileName, packagePath, shownFile } from '../../config/files.js';
import { versionsOf } from '../../config/model-versions.js';
import { LowbitError } from '../../lowbit-error.js';
import { quantizerNamed } from '../../quantizers/index.js';
import type { EvaluateDocument } from '../../report/evaluate-document.js';
import type { SchemeConfig } from '../../trace/scheme-config.js';
import { positiveInteger, repeated, single } from '../arguments.js';
import type { Arguments } from '../command.js';
import { envelope } from '../envelope.js';
import { evaluationProgress, type EvaluationProgress } from './evaluation-progress.js';
import { modelDigest } from './model-digest.js';
import { outputFolder } from './output-folder.js';
import { note, noteOfDocument, print, tablesOf, writeReport } from './present.js';

/** Models that ship with their weights. */
const shippedModels = ['tiny', 'tiny-outlier', 'tiny-moe'] as const;
const shippedTexts = { text: 'models/tiny/evaluation.txt', calibration: 'models/tiny/calibration.txt' } as const;

export async function runEvaluate(args: Arguments): Promise<void> {
  const schemes = chosenSchemes(args);
  const models = repeated(args['model']).map(modelFolder);
  if (models.length === 0) {
    throw new LowbitError('no model to evaluate', {
      remedy: `add --model ${shippedModels.join(' | ')}, or a folder with config.json and weights`,
    });
  }
  const windows = positiveInteger('windows', args['windows'], undefined, 20);
  const out = outputFolder(args);
  const files = { text: textFile(args, 'text'), calibration: textFile(args, 'calibration') };
  const progress = evaluationProgress(args, models.length * schemes.length);
  const documents: EvaluateDocument[] = [];
  const refused: string[] = [];
  for (const [name, path] of models) {
    const run = await modelRun({ name, path, files, windows, progress, codeExact: args['code-exact'] === true });
    for (const scheme of schemes) {
      progress.next(`${name} ${scheme.name}`);
      try {
        documents.push(run(scheme));
      } catch (error) {
        // One scheme that does not fit a model must not cost the others.
        if (args['all'] !== true || !(error instanceof LowbitError)) throw error;
        refused.push(`${name} under ${scheme.name}: ${error.message}`);
      }
    }
  }
  progress.end();
  note(
    args,
    refused.map((reason) => `left out, ${reason}`),
  );
  await presentAll(args, documents, out);
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
      .filter(({ weight, kv }) => weight.quantizer !== undefined || kv.quantizer !== undefined);
  }
  if (named.length > 0) return named.map((name) => loadScheme(name).config);
  throw new LowbitError('no scheme to evaluate', { remedy: 'add --scheme NAME (lowbit list schemes), or --all' });
}

/** Name and folder of a model: one that ships, or a path. */
function modelFolder(nameOrPath: string): readonly [name: string, path: string] {
  const shipped = shippedModels.find((name) => name === nameOrPath);
  if (shipped !== undefined) return [shipped, packagePath(`models/${shipped}`)];
  if (existsSync(nameOrPath)) return [shownFile(nameOrPath), nameOrPath];
  const known = !isFileName(nameOrPath) && catalogueNames('models').includes(nameOrPath);
  throw new LowbitError(known ? 'this model ships as shapes only, without weights' : 'no such model', {
    value: nameOrPath,
    allowed: [...shippedModels, 'a folder with config.json and weights'],
    ...(known ? { remedy: 'download its weights and give the folder' } : {}),
  });
}

function textFile(args: Arguments, option: keyof typeof shippedTexts): string {
  return single(option, args[option]) ?? packagePath(shippedTexts[option]);
}

interface ModelRun {
  readonly name: string;
  readonly path: string;
  readonly files: Readonly<Record<'text' | 'calibration', string>>;
  readonly windows: number | undefined;
  readonly codeExact: boolean;
  readonly progress: EvaluationProgress;
}

/** Loads a model with its texts; what it returns makes the document of a scheme. */
async function modelRun({
  name,
  path,
  files,
  windows,
  codeExact,
  progress,
}: ModelRun): Promise<(scheme: SchemeConfig) => EvaluateDocument> {
  const loaded = await loadDecoder(path);
  const { model } = loaded;
  const [text, calibration] = await Promise.all([tokensOf(loaded, files.text), tokensOf(loaded, files.calibration)]);
  const request = {
    model,
    codeExact,
    evaluation: text.tokens,
    calibration: calibration.tokens,
    ...(windows === undefined ? {} : { windows }),
  };
  const digest = modelDigest(model);
  // Scored in float32 with the first scheme, then known.
  let reference: PerplexityResult | undefined;
  return (scheme) => {
    const clock = progress.clock();
    const evaluation = evaluateScheme({ ...request, scheme, ...(reference === undefined ? {} : { reference }), progress: clock.task });
    reference = evaluation.reference;
    const inputs = {
      model: digest,
      scheme,
      texts: [hashOf([...text.tokens]), hashOf([...calibration.tokens])],
      windows: windows ?? null,
      codeExact,
    };
    return documentOf({ name, loaded, scheme, files, text, evaluation, inputs, time_s: clock.seconds() });
  };
}

async function tokensOf({ folder, model }: LoadedDecoder, file: string): Promise<TokenizedText> {
  return textTokens(folder, model.vocabulary, await readTextBytes(file));
}

interface Evaluated {
  readonly name: string;
  readonly loaded: LoadedDecoder;
  readonly scheme: SchemeConfig;
  readonly files: ModelRun['files'];
  readonly text: TokenizedText;
  readonly evaluation: Evaluation;
  readonly inputs: object;
  readonly time_s: EvaluateDocument['time_s'];
}

function documentOf({ name, loaded, scheme, files, text, evaluation, inputs, time_s }: Evaluated): EvaluateDocument {
  const { result, reference, difference } = evaluation;
  const scoredBytes = result.scoredTokens * text.bytesPerToken;
  const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
  return {
    ...envelope('evaluate', { ...inputs, versions: schemeVersions(scheme) }),
    model: name,
    scheme: scheme.name,
    description: scheme.description ?? '',
    text: textName(files.text),
    calibration: looksAtCalibration(scheme) ? textName(files.calibration) : null,
    window: result.window,
    windows: result.windowLosses_nats.length,
    scoredTokens: result.scoredTokens,
    perplexity: finite(result.perplexity),
    referencePerplexity: reference.perplexity,
    logPerplexityDifference: { ...difference, low: finite(difference.low), high: finite(difference.high) },
    bitsPerByte: bitsPerByte(result, scoredBytes),
    referenceBitsPerByte: bitsPerByte(reference, scoredBytes),
    nextTokenAgreement: evaluation.nextTokenAgreement,
    bitsPerWeight: evaluation.bitsPerWeight,
    bits: evaluation.bits,
    activationBits: evaluation.activationBits,
    kvBits: evaluation.kvBits,
    mse: evaluation.mse,
    sqnr_dB: evaluation.sqnr_dB,
    layers: evaluation.products.map(({ group: _group, ...product }) => product),
    time_s,
    notes: [...loaded.notes, ...evaluationNotes(scheme)],
  };
}

/** A shipped text by its place in the package, another by its file. */
function textName(file: string): string {
  return Object.values(shippedTexts).find((shipped) => file === packagePath(shipped)) ?? shownFile(join(file));
}

function looksAtCalibration({ weight, prepare = [] }: SchemeConfig): boolean {
  if (prepare.length > 0) return true;
  if (weight.quantizer === undefined) return false;
  const { needs = [], uses = [] } = quantizerNamed(weight.quantizer);
  return needs.length + uses.length > 0;
}

function schemeVersions(scheme: SchemeConfig): ReturnType<typeof versionsOf> {
  const { weight, activation, kv } = scheme;
  return versionsOf({
    quantizers: [weight.quantizer, activation.quantizer].filter((name) => name !== undefined),
    cacheQuantizers: kv.quantizer === undefined ? [] : [kv.quantizer],
    rewrites: schemeNumbers(scheme).rewrites.map(({ rewrite }) => rewrite),
    rules: ['accuracy'],
  });
}

function evaluationNotes({ output, attention }: SchemeConfig): string[] {
  const left = [
    ...(output.format === 'fp16' ? [] : ['outputs of layers']),
    ...(attention === undefined ? [] : ['queries and attention probabilities']),
  ];
  return [
    'embedding, head, norms and routers are left as they are; what is not quantized is computed in float32',
    ...(left.length === 0 ? [] : [`the formats of ${left.join(' and ')} are not computed with`]),
  ];
}
