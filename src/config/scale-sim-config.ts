/**
 * A configuration of SCALE-Sim (v2 and v3, `.cfg`) as the systolic accelerator it describes. What SCALE-Sim does not say (clock, technology,
 * energies) is that of hw-configs/accelerators/systolic.yaml.
 *   InterfaceBandwidth CALC -> no stalls; USER -> a port per operand: reads at the SRAM bank bandwidths, writes at Bandwidth
 * Source: SCALE-Sim v3 (2025-08-15), its shipped configurations and results. Keys that change its result and are not modelled (sparsity, custom layouts,
 * Ramulator) are refused when they are on; keys that change nothing here are named in a note.
 */
import { dataflows } from '../accelerator/accelerator-config.js';
import { LowbitError, unknownName } from '../lowbit-error.js';
import { acceleratorFileSchema, type AcceleratorFile } from './accelerator-file.js';
import { catalogueFile, readText, shownFile } from './files.js';
import { parseIni, type IniEntry } from './ini.js';
import { parseConfig } from './parse-config.js';

const BASE = 'systolic';
/** Words per cycle of the SRAM banks of a configuration that does not give them. */
const DEFAULT_BANK_WORDS = 10;

const used = [
  'run_name',
  'ArrayHeight',
  'ArrayWidth',
  'IfmapSramSzkB',
  'FilterSramSzkB',
  'OfmapSramSzkB',
  'Dataflow',
  'Bandwidth',
  'IfmapSRAMBankBandwidth',
  'FilterSRAMBankBandwidth',
  'InterfaceBandwidth',
] as const;
type UsedKey = (typeof used)[number];

/** Switches that are read only to be refused when they are on. */
const switches = ['SparsitySupport', 'IfmapCustomLayout', 'FilterCustomLayout', 'UseRamulatorTrace'] as const;

/** Keys whose value changes nothing while the switches are off. */
const idle = [
  'IfmapOffset',
  'FilterOffset',
  'OfmapOffset',
  'MemoryBanks',
  'ReadRequestBuffer',
  'WriteRequestBuffer',
  'IfmapSRAMBankNum',
  'IfmapSRAMBankPort',
  'FilterSRAMBankNum',
  'FilterSRAMBankPort',
  'SparseRep',
  'OptimizedMapping',
  'BlockSize',
  'RandomNumberGeneratorSeed',
  'SRAM_row_size',
  'SRAM_bank_size',
  'DRAM_row_size',
  'DRAM_bank_size',
  'TimeLinearModel',
  'TopologyCsvLoc',
] as const;

const known: readonly string[] = [...used, ...switches, ...idle];

/** An accelerator file, with what the user should know about how it was read. */
export interface ReadAccelerator {
  readonly file: AcceleratorFile;
  readonly notes: readonly string[];
}

/** Whether a file is a configuration of SCALE-Sim: its name ends in .cfg. */
export function isScaleSimConfig(file: string): boolean {
  return file.toLowerCase().endsWith('.cfg');
}

/** An accelerator file of either kind: YAML or JSON of lowbit, or a configuration of SCALE-Sim. Throws LowbitError with every problem of the file. */
export function readAccelerator(text: string, file: string): ReadAccelerator {
  return isScaleSimConfig(file) ? readScaleSimConfig(text, file) : { file: parseConfig(text, file, acceleratorFileSchema), notes: [] };
}

/** Throws LowbitError with file:line:column for unknown keys, missing or impossible values, and switches that are on and not modelled. */
function readScaleSimConfig(text: string, file: string): ReadAccelerator {
  const entries = entriesByKey(text, file);
  refuseSwitches(entries);
  const baseFile = catalogueFile('accelerators', BASE);
  const base = parseConfig(readText(baseFile), shownFile(baseFile), acceleratorFileSchema);
  const integer = (key: UsedKey): number => positiveInteger(required(entries, key, file), key);
  const buffer = (key: UsedKey, of: 'activation' | 'weight') => ({
    ...base.buffers[of],
    size_KiB: integer(key),
    source: `${key} of a SCALE-Sim configuration`,
  });
  const bandwidth = bandwidthOf(entries, file);
  const described = {
    ...base,
    name: entries.get('run_name')?.value || BASE,
    description: 'systolic array of a SCALE-Sim configuration',
    // No file name: the same machine has the same configuration hash wherever its file lies.
    source: `SCALE-Sim configuration; clock, technology and energies are those of the accelerator ${BASE}`,
    array: { rows: integer('ArrayHeight'), columns: integer('ArrayWidth') },
    dataflow: choice(required(entries, 'Dataflow', file), 'Dataflow', dataflows),
    buffers: {
      activation: buffer('IfmapSramSzkB', 'activation'),
      weight: buffer('FilterSramSzkB', 'weight'),
      output: buffer('OfmapSramSzkB', 'activation'),
    },
    timingOptions: bandwidth.options,
  };
  return { file: acceleratorFileSchema.parse(described), notes: [...bandwidth.notes, ...idleNotes(entries, file)] };
}

/** Entries by the spelling of their key here. */
type Entries = ReadonlyMap<string, IniEntry>;

function entriesByKey(text: string, file: string): Entries {
  const entries = new Map<string, IniEntry>();
  for (const entry of parseIni(text, file)) {
    const key = known.find((name) => name.toLowerCase() === entry.key.toLowerCase());
    if (key === undefined) throw unknownName('key of a SCALE-Sim configuration', entry.key, known, entry.place);
    const before = entries.get(key);
    if (before !== undefined)
      throw new LowbitError('key given twice', { value: key, place: entry.place, remedy: `it stands at ${before.place} as well` });
    entries.set(key, entry);
  }
  return entries;
}

function required(entries: Entries, key: UsedKey, file: string): IniEntry {
  const entry = entries.get(key);
  if (entry === undefined) throw new LowbitError('key of a SCALE-Sim configuration is missing', { value: key, place: file });
  return entry;
}

function positiveInteger({ value, place }: IniEntry, key: string): number {
  if (/^\d{1,9}$/.test(value) && Number(value) > 0) return Number(value);
  throw new LowbitError(`${key} must be a positive integer`, { value: value === '' ? 'nothing' : value, place });
}

function choice<T extends string>({ value, place }: IniEntry, key: string, choices: readonly T[]): T {
  const found = choices.find((name) => name === value);
  if (found === undefined) throw new LowbitError(`unknown ${key}`, { value, place, allowed: choices });
  return found;
}

function refuseSwitches(entries: Entries): void {
  for (const key of switches) {
    const entry = entries.get(key);
    // The spellings of false that SCALE-Sim accepts; everything else would switch it on or stop it.
    if (entry === undefined || ['false', 'no', 'off', '0'].includes(entry.value.toLowerCase())) continue;
    throw new LowbitError(`${key} of SCALE-Sim is not modelled`, { value: entry.value, place: entry.place, allowed: ['False'] });
  }
}

function bandwidthOf(entries: Entries, file: string): { options: Record<string, unknown>; notes: string[] } {
  const mode = choice(required(entries, 'InterfaceBandwidth', file), 'InterfaceBandwidth', ['CALC', 'USER'] as const);
  const exact =
    'cycles are counted, not indexed: --set timingOptions.convention=scale-sim gives the numbers SCALE-Sim prints, one less per layer';
  if (mode === 'CALC') return { options: { bandwidth: 'unlimited' }, notes: [exact] };
  const notes = [
    exact,
    'InterfaceBandwidth USER: stalls are those of what the folds need, not of what SCALE-Sim fetches again; see docs/timing/systolic-folds.md',
  ];
  const bank = (key: UsedKey): number => {
    const entry = entries.get(key);
    if (entry !== undefined) return positiveInteger(entry, key);
    notes.push(`${file} has no ${key}: reads at ${DEFAULT_BANK_WORDS} words per cycle, as in SCALE-Sim`);
    return DEFAULT_BANK_WORDS;
  };
  const ports = {
    activation: bank('IfmapSRAMBankBandwidth'),
    weight: bank('FilterSRAMBankBandwidth'),
    output: outputWords(required(entries, 'Bandwidth', file)),
  };
  if (ports.output !== ports.activation || ports.output !== ports.weight) {
    notes.push(
      `Bandwidth of ${file} is that of the outputs; reads have ${ports.activation} (IFMAP) and ${ports.weight} (filter) words per cycle`,
    );
  }
  return {
    options: {
      bandwidth: 'ports',
      activationPort_elementsPerCycle: ports.activation,
      weightPort_elementsPerCycle: ports.weight,
      outputPort_elementsPerCycle: ports.output,
    },
    notes,
  };
}

/** `Bandwidth` may be a list; the outputs have its first number. */
function outputWords(entry: IniEntry): number {
  const [first = ''] = entry.value.split(',').map((part) => part.trim());
  return positiveInteger({ ...entry, value: first }, 'Bandwidth');
}

function idleNotes(entries: Entries, file: string): string[] {
  const given = idle.filter((key) => entries.has(key));
  return given.length === 0 ? [] : [`keys of ${file} without effect on folds: ${given.join(', ')}`];
}
