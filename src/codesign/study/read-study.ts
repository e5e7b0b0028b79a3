/** A study file -> its plan: names found, options and methods checked, axes of the hardware multiplied out. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { checkValue } from '../../config/check-value.js';
import { loadScheme } from '../../config/catalogue.js';
import { readDocument } from '../../config/document.js';
import { catalogueFile, catalogueNames, isFileName, packagePath, readText, shownFile } from '../../config/files.js';
import { trainedFolder, trainedModels } from '../../config/trained-models.js';
import { LowbitError, unknownName } from '../../lowbit-error.js';
import { quantizers } from '../../quantizers/index.js';
import { parseOptions } from '../../quantizers/quantize-options.js';
import { readingOf, type Reading } from '../../sweep/plan/reading.js';
import { weightSchema, type SchemeConfig } from '../../trace/scheme-config.js';
import { namedIn, optionsOfEntry } from '../../trace/scheme-entries.js';
import { entryOperand, weightOperand } from '../../trace/scheme-operands.js';
import { allocationMethodNamed } from '../allocation/index.js';
import { checkFeatures } from './check-features.js';
import { studyFileSchema, type StudyFile } from './study-file.js';
import type { StudyOption } from './study-option.js';

/** A design at one point of its axes. */
export interface HardwarePoint {
  readonly name: string;
  readonly design: string;
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  readonly place: string;
}

export interface StudyMethod {
  /** As the study calls it: the method, and its options where it has some. */
  readonly name: string;
  readonly method: string;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface StudyPlan {
  readonly file: StudyFile;
  /** Folder of the model, and the name the study gives it. */
  readonly modelPath: string;
  readonly scheme: SchemeConfig;
  readonly options: readonly StudyOption[];
  /** What the others take while the error of one item is measured; undefined: floats. */
  readonly beside: StudyOption | undefined;
  readonly hardware: readonly HardwarePoint[];
  readonly methods: readonly StudyMethod[];
  readonly texts: Readonly<Record<'text' | 'calibration', string>>;
  /** `file:line:column` of a part of the study. */
  readonly place: Reading['place'];
}

/** Throws LowbitError with every problem: `file:line:column`, the value, what is allowed, what to do. */
export function readStudy(nameOrFile: string): StudyPlan {
  const file = isFileName(nameOrFile) ? nameOrFile : studyNamed(nameOrFile);
  return studyOf(readText(file, 'studies'), shownFile(file));
}

function studyNamed(name: string): string {
  const names = catalogueNames('studies');
  if (!names.includes(name)) throw unknownName('study', name, names);
  return catalogueFile('studies', name);
}

/** Plan of the text of a study file; files it names are relative to it. */
export function studyOf(text: string, shown: string): StudyPlan {
  const document = readDocument(text, shown);
  const reading = readingOf(document, text, { file: shown, set: [] });
  const checked = checkValue(document.value, studyFileSchema, { file: shown, place: (path, part) => reading.place(path, part) });
  const file: StudyFile = { ...checked, error: checked.error ?? (checked.items === 'output-feature' ? 'fisher' : 'divergence') };
  const options = file.options.flatMap((option, i) => reading.attempt(() => optionsOf(option, reading.place(['options', i]))) ?? []);
  const plan = {
    modelPath: reading.attempt(() => modelPath(file.model, reading)) ?? '',
    scheme: reading.attempt(() => baseScheme(file.scheme, reading)),
    hardware: file.hardware.flatMap((entry, i) => pointsOf(entry, reading.place(['hardware', i]))),
    beside: reading.attempt(() => besideOf(file, options, reading)),
    methods: file.methods.flatMap((entry, i) => reading.attempt(() => methodOf(entry, reading.place(['methods', i]))) ?? []),
    texts: { text: textPath(file.text, 'evaluation', reading), calibration: textPath(file.calibration, 'calibration', reading) },
  };
  reading.attempt(() => checkNames(file, [options.map(({ name }) => name), plan.hardware.map(({ name }) => name)], reading));
  reading.attempt(() => checkBudgets(file, reading));
  reading.attempt(() => checkFeatures(file, options, reading));
  reading.finish();
  return { ...plan, scheme: plan.scheme!, file, options, place: (path, part) => reading.place(path, part) };
}

/** One for every combination of the lists of `set`, named after its values where the entry has a name, else after its format. */
function optionsOf({ name, weight, activation, set }: StudyFile['options'][number], place: string): StudyOption[] {
  return atPlace(place, () =>
    combinationsOf(set).map(({ settings, told }) => {
      const entry = weightSchema.safeParse({ ...weight, ...settings });
      if (!entry.success) throw entryError(settings, entry.error.issues[0]!);
      for (const one of [entry.data, ...(activation === undefined ? [] : [activation])]) {
        const quantizer = namedIn(quantizers, one.quantizer);
        if (quantizer !== undefined) parseOptions(quantizer, optionsOfEntry(one));
      }
      if (activation !== undefined) entryOperand(activation);
      const { format } = weightOperand(entry.data);
      return {
        name: name === undefined ? format : [name, ...told].join(' '),
        format,
        weight: entry.data,
        ...(activation === undefined ? {} : { activation }),
      };
    }),
  );
}

function entryError(settings: Settings, { path, message }: z.core.$ZodIssue): LowbitError {
  const key = path.map(String).join('.');
  const value = settings[key];
  return new LowbitError('a value of `set` does not fit the entry', {
    value: value === undefined ? JSON.stringify(settings) : `${key}=${String(value)}`,
    remedy: message.charAt(0).toLowerCase() + message.slice(1),
  });
}

function besideOf({ beside, error }: StudyFile, options: readonly StudyOption[], reading: Reading): StudyOption | undefined {
  if (beside === undefined) return undefined;
  const place = reading.place(['beside']);
  if (error !== 'divergence' && error !== 'loss') {
    throw new LowbitError(`errors by ${error} are of one item alone`, {
      value: `beside: ${beside}`,
      place,
      remedy: 'leave `beside` out, or take divergence or loss',
    });
  }
  const found = options.find((option) => option.name === beside);
  if (found !== undefined) return found;
  const names = options.map((option) => option.name);
  throw unknownName('option', beside, names, place);
}

type Settings = Readonly<Record<string, string | number | boolean>>;

/** All combinations of the lists among the values, each with the values that lists gave it. */
function combinationsOf(set: StudyFile['options'][number]['set']): { readonly settings: Settings; readonly told: readonly string[] }[] {
  const combinations = Object.entries(set).reduce<Settings[]>(
    (all, [path, values]) => all.flatMap((settings) => [values].flat().map((value) => ({ ...settings, [path]: value }))),
    [{}],
  );
  const axes = Object.keys(set).filter((path) => Array.isArray(set[path]));
  return combinations.map((settings) => ({ settings, told: axes.map((path) => `${path}=${String(settings[path])}`) }));
}

function atPlace<T>(place: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof LowbitError)) throw error;
    throw new LowbitError(error.what, { ...error.details, place });
  }
}

function pathOf(nameOrFile: string, { folder }: Reading): string {
  const beside = join(folder, nameOrFile);
  return isFileName(nameOrFile) && existsSync(beside) ? beside : nameOrFile;
}

function baseScheme(scheme: string, reading: Reading): SchemeConfig {
  const { config } = loadScheme(pathOf(scheme, reading));
  if (config.layers === undefined) return config;
  throw new LowbitError('a study is based on a scheme without layers', {
    value: scheme,
    place: reading.place(['scheme']),
    remedy: 'the study says itself what single layers take',
  });
}

function modelPath(model: string, reading: Reading): string {
  const trained = trainedFolder(model);
  if (trained !== undefined) return trained;
  const found = [pathOf(`${model}/config.json`, reading), model].find((path) =>
    existsSync(path.endsWith('.json') ? path : join(path, 'config.json')),
  );
  if (found !== undefined) return found.replace(/\/config\.json$/, '');
  throw new LowbitError('no model with weights', {
    value: model,
    place: reading.place(['model']),
    allowed: [...trainedModels, 'a folder with config.json and weights'],
  });
}

function textPath(file: string | undefined, shipped: string, reading: Reading): string {
  return file === undefined ? packagePath(`models/tiny/${shipped}.txt`) : pathOf(file.includes('/') ? file : `./${file}`, reading);
}

/** One for every combination of the lists of `set`. */
function pointsOf(entry: StudyFile['hardware'][number], place: string): HardwarePoint[] {
  if (typeof entry === 'string') return [{ name: entry, design: entry, settings: {}, place }];
  return combinationsOf(entry.set).map(({ settings, told }) => ({
    name: [entry.name ?? entry.hw, ...told].join(' '),
    design: entry.hw,
    settings,
    place,
  }));
}

function methodOf(entry: StudyFile['methods'][number], place: string): StudyMethod {
  return atPlace(place, () => {
    const { method, ...options } = typeof entry === 'string' ? { method: entry } : entry;
    parseOptions(allocationMethodNamed(method), options, 'allocation method');
    const told = Object.entries(options).map(([key, value]) => `${key}=${String(value)}`);
    return { name: [method, ...told].join(' '), method, options };
  });
}

function checkNames(_file: StudyFile, lists: readonly (readonly string[])[], reading: Reading): void {
  const keys = ['options', 'hardware'] as const;
  for (const [i, names] of lists.entries()) {
    const twice = names.find((name, at) => names.indexOf(name) !== at);
    if (twice === undefined) continue;
    const remedy = 'give one of them a name of its own';
    throw new LowbitError(`two ${keys[i]!} have one name`, { value: twice, place: reading.place([keys[i]!], 'key'), remedy });
  }
}

function checkBudgets({ budgets }: StudyFile, reading: Reading): void {
  for (const [i, { values, count }] of budgets.entries()) {
    if ((values === undefined) !== (count === undefined)) continue;
    throw new LowbitError('a budget has values or a count', { place: reading.place(['budgets', i]), remedy: 'give one of the two' });
  }
}
