/** A sweep file -> its plan: everything read, checked, named and compiled, so that workers read no file and parse no expression. */
import { checkValue } from '../../config/check-value.js';
import { readDocument } from '../../config/document.js';
import { catalogueFile, catalogueNames, isFileName, readText, shownFile } from '../../config/files.js';
import { applySettings } from '../../config/settings.js';
import { LowbitError, unknownName } from '../../lowbit-error.js';
import { axesOf } from './axes.js';
import { checkPath, checkedValue, valueOfText, type Configuration } from './configuration.js';
import { designKinds, designsIn, type DesignKind } from './designs.js';
import { columnsOf, constraintsOf, objectivesOf } from './figures.js';
import { readingOf, type Reading, type SetText } from './reading.js';
import { refuseAxis, rungsOf, settingsAt, strategyOf } from './strategy.js';
import { sweepFileSchema, type SweepFile } from './sweep-file.js';
import type { Axis, AxisValue, SweepPlan } from './sweep-plan.js';
import { sweepVersions } from './sweep-versions.js';
import { checkWorkload, workloadOf } from './workload.js';

/** What changes a sweep file for one run. */
export interface SweepOptions {
  /** `path=value`, as `--set`: a path of the configuration (`hardware.clock_MHz=800`) or a key of the sweep file (`strategy.evaluations=100`). */
  readonly set?: readonly string[];
  /** Wins over that of the file. */
  readonly seed?: number;
}

/**
 * Plan of a sweep file, given by name (hw-configs/sweeps) or file. Throws LowbitError with every problem: `file:line:column`, the value, what is
 * allowed, what to do.
 */
export async function readSweep(nameOrFile: string, options: SweepOptions = {}): Promise<SweepPlan> {
  const file = isFileName(nameOrFile) ? nameOrFile : sweepNamed(nameOrFile);
  return Promise.resolve(planOf(readText(file, 'sweeps'), shownFile(file), options));
}

function sweepNamed(name: string): string {
  const names = catalogueNames('sweeps');
  if (!names.includes(name)) throw unknownName('sweep', name, names);
  return catalogueFile('sweeps', name);
}

/** Plan of the text of a sweep file; `file` names it in errors, and files it names are relative to it. */
export function planOf(text: string, file: string, { set = [], seed }: SweepOptions = {}): SweepPlan {
  const document = readDocument(text, file);
  const settings = set.map(splitSetting);
  const ofFile = spelledOut(settings.filter(({ path }) => !isConfigurationPath(path)));
  const reading = readingOf(document, text, { file, set: ofFile });
  const checked = checkValue(document.value, sweepFileSchema, { file, place: (path, part) => document.place(path, part) });
  const written =
    ofFile.some(isOfStrategy) && typeof checked.strategy === 'string' ? { ...checked, strategy: { name: checked.strategy } } : checked;
  const sweep = {
    ...applySettings(
      written,
      ofFile.map(({ text: setting }) => setting),
      sweepFileSchema,
    ),
    ...(seed === undefined ? {} : { seed }),
  };

  const designs = designsIn(reading.folder);
  const chosen = chosenDesigns(sweep, reading);
  const base = Object.fromEntries(
    designKinds.map((kind) => [kind, reading.attempt(() => designs.read[kind](chosen[kind], designPlace(kind, sweep, reading)))]),
  ) as Configuration['base'];
  reading.finish();
  const configuration: Configuration = { designs, base };
  const { axes, dimensions } = axesOf(sweep.axes, reading, configuration);
  const moved = { axes, dimensions, reading };
  const constraints = constraintsOf(sweep.constraints, moved);
  const objectives = objectivesOf(sweep.objectives, moved);
  const columns = columnsOf(sweep.columns, reading);
  const strategy = reading.attempt(() => strategyOf(sweep.strategy, sweep.objectives.length, reading));
  const rungs =
    strategy === undefined ? [] : (reading.attempt(() => rungsOf(sweep, { strategy: strategy.name, axes }, reading, configuration)) ?? []);
  const fixed = reading.attempt(() => settingsAt(sweep.set, ['set'], { axes, reading, configuration })) ?? [];
  const given = settings
    .filter(({ path }) => isConfigurationPath(path))
    .flatMap((setting) => reading.attempt(() => givenSetting(setting, axes, configuration)) ?? []);
  const workload = workloadOf(sweep.workload);
  reading.attempt(() => checkWorkload(workload, { axes, set: [...fixed, ...given], model: base.model }, reading));
  reading.attempt(() => checkBudget(sweep, axes, reading));
  reading.attempt(() => checkNoGpuBudget(sweep, designs.hasGpus(), reading));
  reading.finish();
  const plan: Omit<SweepPlan, 'versions' | 'errorBars'> = {
    name: sweep.name,
    description: sweep.description,
    source: sweep.source,
    seed: sweep.seed,
    designs: designs.plan(),
    base: { ...chosen, workload, set: [...fixed, ...given] },
    axes,
    dimensions,
    iso: sweep.iso === undefined ? null : { kind: sweep.iso.kind, value: sweep.iso.value ?? null },
    columns,
    constraints,
    objectives,
    strategy: strategy!,
    rungs,
  };
  return { ...plan, ...sweepVersions(plan, { accelerators: designs.accelerators(), gpus: designs.hasGpus() }) };
}

const isOfStrategy = ({ path }: SetText): boolean => path.startsWith('strategy.');

/** A strategy that is a word takes no settings: beside settings of it the word is its name. */
function spelledOut(settings: readonly SplitSetting[]): readonly SplitSetting[] {
  if (!settings.some(isOfStrategy)) return settings;
  const word = /^[\w-]+$/;
  return settings.map((setting) =>
    setting.path === 'strategy' && word.test(setting.value)
      ? { ...setting, path: 'strategy.name', text: `strategy.name=${setting.value}` }
      : setting,
  );
}

interface SplitSetting extends SetText {
  readonly value: string;
}

function splitSetting(text: string): SplitSetting {
  const equals = text.indexOf('=');
  if (equals <= 0) {
    throw new LowbitError('malformed setting', { value: text, remedy: 'write --set path=value, e.g. --set hardware.array.rows=64' });
  }
  return { text, path: text.slice(0, equals).trim(), value: text.slice(equals + 1).trim() };
}

/** Whether a setting goes into the designs; others are keys of the sweep file, `hardware=NAME` and `workload.context=N` among them. */
function isConfigurationPath(path: string): boolean {
  return designKinds.some((kind) => path.startsWith(`${kind}.`));
}

function givenSetting(
  { text, path, value }: SplitSetting,
  axes: readonly Axis[],
  configuration: Configuration,
): [readonly [string, AxisValue]] {
  const place = `--set ${text}`;
  checkPath(path, { first: value, place }, configuration);
  refuseAxis(path, axes, place);
  return [[path, checkedValue(path, { value: valueOfText(path, value, configuration), place: () => place }, configuration)]];
}

/** Keys of the designs of the base: as given, or the first value of the axis that gives them. */
function chosenDesigns(sweep: SweepFile, reading: Reading): Record<DesignKind, string> {
  const entries = designKinds.map((kind) => {
    const axis = designAxis(kind, sweep);
    const chosen = sweep[kind] ?? axis?.value;
    if (chosen !== undefined) return [kind, chosen];
    const remedy = `add ${kind}: a name or file (see \`lowbit list\`), or an axis with path: ${kind}`;
    reading.note(new LowbitError(`missing key`, { value: kind, place: reading.place([]), remedy }));
    return [kind, ''];
  });
  reading.finish();
  return Object.fromEntries(entries) as Record<DesignKind, string>;
}

function designPlace(kind: DesignKind, sweep: SweepFile, reading: Reading): string {
  return reading.place(sweep[kind] === undefined ? (designAxis(kind, sweep)?.at ?? []) : [kind]);
}

/** The first value of the axis whose path is the design. */
function designAxis(kind: DesignKind, { axes }: SweepFile): { readonly value: string; readonly at: readonly PropertyKey[] } | undefined {
  for (const [i, entry] of axes.entries()) {
    const members = [{ entry, at: ['axes', i] }, ...(entry.zip ?? []).map((member, j) => ({ entry: member, at: ['axes', i, 'zip', j] }))];
    for (const { entry: candidate, at } of members) {
      const first = candidate.path === kind ? candidate.values?.[0] : undefined;
      if (typeof first === 'string') return { value: first, at: [...at, 'values', 0] };
    }
  }
  return undefined;
}

/** Arrays of accelerators are resized; there is nothing like it on a GPU. */
function checkNoGpuBudget({ iso }: SweepFile, hasGpus: boolean, reading: Reading): void {
  if (iso === undefined || !hasGpus) return;
  throw new LowbitError('iso resizes arrays of accelerators, and a GPU is among the hardware', {
    place: reading.place(['iso'], 'key'),
    remedy: 'leave the GPUs out, or iso',
  });
}

function checkBudget({ iso }: SweepFile, axes: readonly Axis[], reading: Reading): void {
  const index = axes.findIndex(({ path }) => path === 'iso.value');
  if (index < 0 || iso !== undefined) return;
  const at = reading.place(['axes'], 'key');
  throw new LowbitError('axis over a budget without iso', {
    value: axes[index]!.path,
    place: at,
    remedy: 'add iso: { kind: area }, power or pes',
  });
}
