/**
 * One evaluation from plain data: model, texts and scheme in, document out. The model and its texts stay loaded while tasks are about the same
 * ones, and it is scored in float32 once. Threads run this as it is (evaluation-worker.ts).
 */
import { join } from 'node:path';
import { calibrationSample } from '../../accuracy/calibration-sample.js';
import { evaluateScheme, type Evaluation, type EvaluationRequest } from '../../accuracy/evaluate-scheme.js';
import { loadDecoder, type LoadedDecoder } from '../../accuracy/load-model.js';
import { bitsPerByte, type PerplexityResult } from '../../accuracy/perplexity.js';
import { readTextBytes, textTokens, type TokenizedText } from '../../accuracy/text-tokens.js';
import { hashOf } from '../../config/canonical-json.js';
import { packagePath, shownFile } from '../../config/files.js';
import { schemeMechanisms, versionsOf } from '../../config/model-versions.js';
import { LowbitError, type ErrorDetails } from '../../lowbit-error.js';
import { quantizerNamed } from '../../quantizers/index.js';
import type { EvaluateDocument } from '../../report/evaluate-document.js';
import type { SchemeConfig } from '../../trace/scheme-config.js';
import { weightQuantizers } from '../../trace/scheme-layers.js';
import { envelope } from '../envelope.js';
import { evaluationClock } from './evaluation-clock.js';
import { progressInto } from './evaluation-progress.js';
import { hessianNotes, type FactoredMatrix } from './hessian-notes.js';
import { keptEvaluation } from './kept-evaluations.js';
import { modelDigest } from './model-digest.js';

export const shippedTexts = { text: 'models/tiny/evaluation.txt', calibration: 'models/tiny/calibration.txt' } as const;

/** What a model is scored on, and how. */
export interface EvaluationSubject {
  readonly name: string;
  /** Folder or file. */
  readonly path: string;
  readonly files: Readonly<Record<keyof typeof shippedTexts, string>>;
  /** Absent: the rule of calibration-sample.ts. */
  readonly calibrationTokens?: number;
  readonly windows?: number;
  readonly codeExact: boolean;
}

/** An evaluation to be made. */
export interface EvaluationTask {
  readonly subject: EvaluationSubject;
  readonly scheme: SchemeConfig;
  /** Folder of evaluations that were made before; absent: none. */
  readonly kept?: string;
  /** Where it is told how far it is (evaluation-progress.ts). */
  readonly progress?: SharedArrayBuffer;
}

/** Errors of a user lose their class between threads: they travel as data. */
export type EvaluationOutcome =
  | { readonly kind: 'document'; readonly document: EvaluateDocument; readonly found: boolean }
  | { readonly kind: 'refused'; readonly what: string; readonly details: ErrorDetails };

type TaskProgress = NonNullable<EvaluationRequest['progress']>;

/** Makes evaluations one after the other. */
export function evaluationRun(): (task: EvaluationTask) => Promise<EvaluationOutcome> {
  let loaded: { readonly subject: string; readonly evaluate: LoadedSubject } | undefined;
  return async ({ subject, scheme, kept, progress }) => {
    try {
      const key = JSON.stringify(subject);
      if (loaded?.subject !== key) loaded = { subject: key, evaluate: await loadSubject(subject) };
      return loaded.evaluate(scheme, kept, progressInto(progress));
    } catch (error) {
      if (!(error instanceof LowbitError)) throw error;
      return { kind: 'refused', what: error.what, details: error.details };
    }
  };
}

type LoadedSubject = (scheme: SchemeConfig, kept: string | undefined, progress: TaskProgress) => EvaluationOutcome;

async function loadSubject(subject: EvaluationSubject): Promise<LoadedSubject> {
  const { path, files, windows, codeExact } = subject;
  const loaded = await loadDecoder(path);
  const { model } = loaded;
  const [text, whole] = await Promise.all([tokensOf(loaded, files.text), tokensOf(loaded, files.calibration)]);
  const calibration = calibrationSample(model, whole.tokens, subject.calibrationTokens);
  const request = { model, codeExact, evaluation: text.tokens, calibration, ...(windows === undefined ? {} : { windows }) };
  const inputs = {
    model: modelDigest(model),
    texts: [hashOf([...text.tokens]), hashOf([...calibration])],
    windows: windows ?? null,
    codeExact,
  };
  // Scored in float32 with the first scheme, then known.
  let reference: PerplexityResult | undefined;
  return (scheme, kept, progress) => {
    const head = headOf(subject, scheme, { ...inputs, scheme, versions: versionsOf({ ...schemeMechanisms(scheme), rules: ['accuracy'] }) });
    const found = kept === undefined ? undefined : keptEvaluation(kept, head);
    if (found !== undefined) return { kind: 'document', document: found, found: true };
    const clock = evaluationClock(progress);
    const evaluation = evaluateScheme({ ...request, scheme, ...(reference === undefined ? {} : { reference }), progress: clock.task });
    reference = evaluation.reference;
    const figures = figuresOf(evaluation, text);
    const notes = [...loaded.notes, ...evaluationNotes(scheme), ...hessianNotes(factored(evaluation))];
    return { kind: 'document', document: { ...head, ...figures, time_s: clock.seconds(), notes }, found: false };
  };
}

function factored({ products }: Evaluation): FactoredMatrix[] {
  return products.flatMap(({ name, cols, hessian }) => (hessian === undefined ? [] : [{ name, inputs: cols, ...hessian }]));
}

async function tokensOf({ folder, model }: LoadedDecoder, file: string): Promise<TokenizedText> {
  return textTokens(folder, model.vocabulary, await readTextBytes(file));
}

type Head = Pick<EvaluateDocument, keyof ReturnType<typeof envelope> | 'model' | 'scheme' | 'description' | 'text' | 'calibration'>;

/** What is known of an evaluation before it is made. */
function headOf({ name, files }: EvaluationSubject, scheme: SchemeConfig, inputs: object): Head {
  return {
    ...envelope('evaluate', inputs),
    model: name,
    scheme: scheme.name,
    description: scheme.description ?? '',
    text: textName(files.text),
    calibration: looksAtCalibration(scheme) ? textName(files.calibration) : null,
  };
}

function figuresOf(evaluation: Evaluation, { bytesPerToken }: TokenizedText): Omit<EvaluateDocument, keyof Head | 'time_s' | 'notes'> {
  const { result, reference, difference } = evaluation;
  const scoredBytes = result.scoredTokens * bytesPerToken;
  const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
  return {
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
    layers: evaluation.products.map(({ group: _group, hessian: _hessian, ...product }) => product),
  };
}

/** A shipped text by its place in the package, another by its file. */
function textName(file: string): string {
  return Object.values(shippedTexts).find((shipped) => file === packagePath(shipped)) ?? shownFile(join(file));
}

function looksAtCalibration(scheme: SchemeConfig): boolean {
  if ((scheme.prepare ?? []).length > 0) return true;
  return weightQuantizers(scheme).some((name) => {
    const { needs = [], uses = [] } = quantizerNamed(name);
    return needs.length + uses.length > 0;
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
