/**
 * What ships with lowbit, and user files of the same kinds: accelerators, models and schemes by name or by file.
 * A word with a slash or ending in .yaml, .yml, .json or .cfg (SCALE-Sim) is a file, every other word a name of the catalogue.
 * Only the file that is asked for is opened.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { AcceleratorConfig } from '../accelerator/accelerator-config.js';
import { atTechnology } from '../accelerator/technology.js';
import { unknownListed } from '../lowbit-error.js';
import type { ModelConfig } from '../trace/model/model-config.js';
import type { SchemeConfig } from '../trace/scheme-config.js';
import { acceleratorFileSchema, resolveAccelerator, type AcceleratorFile } from './accelerator-file.js';
import { catalogueFile, catalogueNames, isFileName, readText, shownFile } from './files.js';
import type { Loaded } from './loaded.js';
import { readModel } from './model-file.js';
import { readAccelerator } from './scale-sim-config.js';
import { readScheme } from './scheme-file.js';
import { applySettings, isSet, type ConfigSetting } from './settings.js';
import { installedModels, trainedFolder } from './trained-models.js';

const singular = { accelerators: 'accelerator', models: 'model', schemes: 'scheme' } as const;

/** An accelerator file that was read: what it describes under settings. Throws LowbitError for every problem of them. */
export type AcceleratorReader = (settings: readonly ConfigSetting[]) => Loaded<AcceleratorConfig>;

/**
 * An accelerator by name or file, with `--set` settings applied. Explicit `array.*` settings hold in every phase: they win over `arrayByPhase`.
 * Throws LowbitError: unknown name, unreadable file, every problem of the file or of the settings.
 */
export function loadAccelerator(nameOrFile: string, settings: readonly ConfigSetting[] = []): Loaded<AcceleratorConfig> {
  const path = resolveFile('accelerators', nameOrFile);
  return acceleratorFrom(readText(path, 'accelerators'), shownFile(path))(settings);
}

/** The accelerators that a text describes under settings; `file` is shown to the user. Throws LowbitError: every problem of the text. */
export function acceleratorFrom(text: string, file: string): AcceleratorReader {
  const read = readAccelerator(text, file);
  return (settings) => {
    const { described, notes } = preparedFor(read.file, settings, file);
    const { hardware, notes: scaled } = atTechnology(resolveAccelerator(applySettings(described, settings, acceleratorFileSchema)));
    return { config: hardware, file, notes: [...read.notes, ...notes, ...scaled] };
  };
}

interface Prepared {
  readonly described: AcceleratorFile;
  readonly notes: readonly string[];
}

/** The description without what the settings replace as a whole. */
function preparedFor(read: AcceleratorFile, settings: readonly ConfigSetting[], file: string): Prepared {
  const notes: string[] = [];
  let described = read;
  if (isSet(settings, 'array') && described.arrayByPhase !== undefined) {
    const { arrayByPhase, ...others } = described;
    const own = Object.entries(arrayByPhase);
    const kept = own.filter(([phase]) => isSet(settings, `arrayByPhase.${phase}`));
    const dropped = own.filter((entry) => !kept.includes(entry)).map(([phase]) => `arrayByPhase.${phase}`);
    described = kept.length === 0 ? others : { ...others, arrayByPhase: Object.fromEntries(kept) };
    if (dropped.length > 0) notes.push(`--set array holds in every phase: ${dropped.join(', ')} of ${file} is not used`);
  }
  if (isSet(settings, 'technology_nm')) {
    // Every part keeps the node of the file it stands in, so that its numbers are scaled to the one that is set.
    const { pe, dequantization, vectorUnit, technology_nm } = described;
    described = {
      ...described,
      pe: { technology_nm, ...pe },
      ...(dequantization === undefined ? {} : { dequantization: { technology_nm, ...dequantization } }),
      ...(vectorUnit === undefined ? {} : { vectorUnit: { technology_nm, ...vectorUnit } }),
    };
  }
  if (isSet(settings, 'dram.preset')) {
    // The preset replaces what the file says about energy; what the user sets beside it is applied afterwards and wins.
    const { energy_pJPerBit: _energy, source: _source, latency_ns: _latency, bandwidth_bitsPerCycle, ...dram } = described.dram;
    const widened = isSet(settings, 'dram.channels') || isSet(settings, 'dram.access') || bandwidth_bitsPerCycle === undefined;
    described = { ...described, dram: widened ? dram : { ...dram, bandwidth_bitsPerCycle } };
    notes.push(presetNote(file, widened));
  }
  return { described, notes };
}

/**
 * A model by name, file or folder: a model description, or a Hugging Face `config.json` (of which a folder is searched; so are the models that
 * ship with weights, trained-models.ts).
 * Throws LowbitError as loadAccelerator does, and for a model_type that is missing or not supported.
 */
export function loadModel(nameOrFile: string): Loaded<ModelConfig> {
  const named = trainedFolder(nameOrFile) ?? resolveFile('models', nameOrFile);
  const path = statSync(named, { throwIfNoEntry: false })?.isDirectory() === true ? join(named, 'config.json') : named;
  const file = shownFile(path);
  return { ...readModel(readText(path), file), file };
}

/** A quantization scheme by name or file. Throws LowbitError as loadAccelerator does, and for one whose operands cannot be resolved. */
export function loadScheme(nameOrFile: string): Loaded<SchemeConfig> {
  const path = resolveFile('schemes', nameOrFile);
  const file = shownFile(path);
  return { config: readScheme(readText(path, 'schemes'), file), file, notes: [] };
}

function presetNote(file: string, widened: boolean): string {
  return widened
    ? `--set dram.preset changes bandwidth, latency and energy of the DRAM; its capacity is that of ${file} unless set`
    : `--set dram.preset changes latency and energy of the DRAM; bandwidth and capacity are those of ${file} unless set, add dram.channels for the bandwidth of the preset`;
}

function resolveFile(kind: keyof typeof singular, nameOrFile: string): string {
  if (isFileName(nameOrFile)) return nameOrFile;
  const names = catalogueNames(kind);
  const trained = kind === 'models' ? installedModels().map(({ name }) => name) : [];
  if (!names.includes(nameOrFile)) throw unknownListed(singular[kind], nameOrFile, [...names, ...trained], `lowbit list ${kind}`);
  return catalogueFile(kind, nameOrFile);
}
