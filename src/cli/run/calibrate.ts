/** `lowbit calibrate`: measured latencies -> parameters of a kernel on a card, or of the machine that was measured, with their errors. */
import { existsSync } from 'node:fs';
import { digestOf, fittedText, loadFitted, readFitted } from '../../config/fitted-file.js';
import { readText, shownFile } from '../../config/files.js';
import { loadGpu } from '../../config/gpu-catalogue.js';
import { resolveGpu } from '../../gpu/device/gpu-schema.js';
import { calibrate, calibratedModel, type Calibration, type CalibrationKind } from '../../gpu/calibration/calibrate.js';
import { bitsOfType } from '../../gpu/calibration/dtype-formats.js';
import type { FittedDevice, Provenance } from '../../gpu/calibration/fitted-device.js';
import { parseMeasured } from '../../gpu/calibration/measured-rows.js';
import { pairName } from '../../gpu/calibration/pair-folds.js';
import { probeTimes } from '../../gpu/calibration/probe-times.js';
import { judgeRows, type JudgedRows } from '../../gpu/calibration/row-judgement.js';
import { LowbitError } from '../../lowbit-error.js';
import { calibrateTables, type CalibrateDocument } from '../../report/calibrate-document.js';
import { terminalTable } from '../../report/terminal-table.js';
import { writeFileAtomically } from '../../tensors/atomic-file.js';
import { single } from '../arguments.js';
import type { Arguments } from '../command.js';
import { envelope } from '../envelope.js';
import { measuredKernel, type MeasuredKernel } from './measured-kernel.js';
import { note, print } from './present.js';

export async function runCalibrate(args: Arguments): Promise<void> {
  const hw = required(args, 'hw', 'add --hw NAME, see `lowbit list gpus`');
  const measured = required(args, 'measured', 'add --measured FILE.csv with the header gpu,op,m,n,k,dtype,latency_us,source');
  const { config } = loadGpu(hw);
  const text = readText(measured);
  const file = parseMeasured(text, shownFile(measured));
  const subject = measuredKernel(args, config, { ...file, name: shownFile(measured) });
  const out = single('out', args['out']);
  const present = out !== undefined && existsSync(out) ? readFitted(readText(out), shownFile(out)) : ownFit(config);
  if (present !== undefined && present.device !== config.name)
    throw new LowbitError('the file to write is of another device', { value: present.device, place: out ?? '', allowed: [config.name] });
  const judged = judgeRows(subject.rows, bitsOfType(subject.dtypes[0] ?? ''), {
    device: resolveGpu(config),
    kernel: subject.kernel,
    file: shownFile(measured),
  });
  const profile = single('profile', args['profile']);
  const run: Run = {
    subject,
    judged,
    profile,
    kind: kindOf(present, subject, profile),
    folds: foldsOf(args, judged),
    seed: count('seed', args, 0),
  };
  const task = { ...run, device: resolveGpu(config), kernel: subject.kernel, rows: judged.rows };
  const held = present?.kernels[subject.kernel.name]?.parameters;
  const onFit = (done: number, total: number): void =>
    note(args, [`fit ${done + 1} of ${total}: ${done === 0 ? 'all rows' : `without part ${done} of the (n,k) pairs`}`]);
  const found = calibrate({ ...task, onFit, ...(run.kind === 'source' && held !== undefined ? { held } : {}) });
  const digest = digestOf(probeTimes(calibratedModel(task.device, task.kernel, found), bitsOfType(subject.dtypes[0] ?? ''))).slice(0, 12);
  const provenance = provenanceOf(run, { text, file: measured, digest });
  if (out !== undefined) await writeFileAtomically(out, fittedText(merged(present, { device: config.name, run, found, provenance })));
  const document = documentOf(run, {
    found,
    provenance,
    device: config.name,
    out,
    otherRows: file.otherRows + file.gemms.length - subject.rows.length,
  });
  print(args, document, () => calibrateTables(document).map(terminalTable).join('\n\n'));
  if (out !== undefined) note(args, [`wrote ${shownFile(out)}`]);
}

/** What ships of the card itself; not that of another card of the same silicon. */
function ownFit({ name, fitted }: { readonly name: string; readonly fitted?: string | undefined }): FittedDevice | undefined {
  const found = loadFitted({ fitted });
  return found?.device === name ? found : undefined;
}

interface Run {
  readonly subject: MeasuredKernel;
  readonly judged: JudgedRows;
  readonly profile: string | undefined;
  readonly kind: CalibrationKind;
  readonly folds: number;
  readonly seed: number;
}

function required(args: Arguments, option: string, remedy: string): string {
  const value = single(option, args[option]);
  if (value === undefined) throw new LowbitError(`no --${option} given`, { remedy });
  return value;
}

function count(option: string, args: Arguments, fallback: number): number {
  const text = single(option, args[option]);
  if (text === undefined) return fallback;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new LowbitError(`--${option} takes an integer from 0`, { value: text, remedy: `for example --${option} ${fallback}` });
}

function foldsOf(args: Arguments, { rows }: JudgedRows): number {
  const folds = count('folds', args, 5);
  const pairs = pairsOf(rows);
  if (folds === 0 || (folds >= 2 && folds <= pairs)) return folds;
  throw new LowbitError(`--folds ${folds} does not split ${pairs} (n,k) pairs`, {
    remedy: `between 2 and ${pairs}, or 0 for no cross validation`,
  });
}

const pairsOf = (rows: JudgedRows['rows']): number => new Set(rows.map(({ shape }) => pairName(shape))).size;

/** A further source of a kernel that has a fit says something about itself; the first one about the kernel. */
function kindOf(present: FittedDevice | undefined, { kernel }: MeasuredKernel, profile: string | undefined): CalibrationKind {
  if (profile === undefined) return 'kernel';
  const fitted = present?.kernels[kernel.name];
  return fitted === undefined || fitted.profile === profile ? 'kernel of source' : 'source';
}

function provenanceOf(
  { subject, judged, folds, seed }: Run,
  { text, file, digest }: { readonly text: string; readonly file: string; readonly digest: string },
): Provenance {
  return {
    sources: subject.sources,
    file: file.split(/[/\\]/).at(-1) ?? file,
    sha256: digestOf(text),
    gpu: subject.gpu,
    dtypes: [...subject.dtypes],
    rows: judged.rows.length,
    refused: judged.refused.length,
    pairs: pairsOf(judged.rows),
    folds,
    seed,
    model: digest,
  };
}

interface Outcome {
  readonly device: string;
  readonly run: Run;
  readonly found: Calibration;
  readonly provenance: Provenance;
}

/** What the file had of other kernels and machines, with the new fit. */
function merged(present: FittedDevice | undefined, { device, run, found, provenance }: Outcome): FittedDevice {
  const { kernels = {}, profiles = {} } = present ?? {};
  const errors = [...found.errors];
  const name = run.subject.kernel.name;
  const source =
    run.profile === undefined || run.kind === 'kernel' ? {} : { [run.profile]: { ...found.profile, kernel: name, provenance, errors } };
  const kernel =
    run.kind === 'source'
      ? {}
      : { [name]: { ...(run.profile === undefined ? {} : { profile: run.profile }), parameters: found.parameters, provenance, errors } };
  return { device, kind: 'gpu-fit', kernels: { ...kernels, ...kernel }, profiles: { ...profiles, ...source } };
}

function documentOf(
  run: Run,
  { found, provenance, device, out, otherRows }: Omit<Outcome, 'run'> & { readonly out: string | undefined; readonly otherRows: number },
): CalibrateDocument {
  const { sources, file, sha256, dtypes, rows, pairs, folds, seed } = provenance;
  return {
    ...envelope('calibrate', { device, provenance, kind: run.kind, profile: run.profile ?? null }),
    device,
    kernel: run.subject.kernel.name,
    profile: run.profile ?? null,
    fitted: run.kind,
    measured: { file, sha256, sources, dtypes, rows, pairs, otherRows },
    folds,
    seed,
    parameters: found.specs.map(({ name, unit, low, high, meaning }) => {
      const value = found.fit.parameters[name] ?? NaN;
      return { name, value, unit, low, high, meaning, atBound: value <= low * 1.001 || value >= high * 0.999 };
    }),
    loss: found.fit.loss,
    errors: [...found.errors],
    refused: [...run.judged.refused],
    wrote: out === undefined ? null : shownFile(out),
  };
}
