/** `lowbit calibrate`: measured latencies -> parameters of a kernel on a card, or of the machine that was measured, with their errors. */
import { existsSync } from 'node:fs';
import { digestOf, fittedText, ownFit, readFitted } from '../../config/fitted-file.js';
import { readText, shownFile } from '../../config/files.js';
import { loadGpu } from '../../config/gpu-catalogue.js';
import type { GpuDevice } from '../../gpu/device/gpu-device.js';
import { resolveGpu, type GpuConfig } from '../../gpu/device/gpu-schema.js';
import { calibrate, calibratedModel, errorsOfModel, type Calibration, type CalibrationKind } from '../../gpu/calibration/calibrate.js';
import { bitsOfType } from '../../gpu/calibration/dtype-formats.js';
import type { RegimeError } from '../../gpu/calibration/error-table.js';
import type { FittedDevice, Provenance } from '../../gpu/calibration/fitted-device.js';
import { parseMeasured } from '../../gpu/calibration/measured-rows.js';
import { pairName } from '../../gpu/calibration/pair-folds.js';
import type { ParameterSpec, Parameters } from '../../gpu/calibration/parameter-spec.js';
import { probeTimes } from '../../gpu/calibration/probe-times.js';
import { judgeRows, type JudgedRows, type OperandBits } from '../../gpu/calibration/row-judgement.js';
import { gpuSetup } from '../../gpu/gpu-setup.js';
import { LowbitError } from '../../lowbit-error.js';
import { calibrateTables, type CalibrateDocument } from '../../report/calibrate-document.js';
import { terminalTable } from '../../report/terminal-table.js';
import { writeFileAtomically } from '../../tensors/atomic-file.js';
import { repeated, single } from '../arguments.js';
import type { Arguments } from '../command.js';
import { envelope } from '../envelope.js';
import { gpuSources } from './gpu-design.js';
import { measuredKernel, type MeasuredKernel } from './measured-kernel.js';
import { note, print } from './present.js';

export async function runCalibrate(args: Arguments): Promise<void> {
  const measurement = readMeasurement(args);
  if (args['check'] === true) check(args, measurement);
  else await fit(args, measurement);
}

/** A measured file, read and judged for one kernel of one card. */
interface Measurement {
  readonly config: GpuConfig;
  readonly device: GpuDevice;
  readonly subject: MeasuredKernel;
  readonly judged: JudgedRows;
  readonly bits: OperandBits;
  readonly file: string;
  readonly text: string;
  /** Rows of other cards, types and operators. */
  readonly otherRows: number;
}

function readMeasurement(args: Arguments): Measurement {
  const hw = required(args, 'hw', 'add --hw NAME, see `lowbit list gpus`');
  const file = required(args, 'measured', 'add --measured FILE.csv with the header gpu,op,m,n,k,dtype,latency_us,source');
  const { config } = loadGpu(hw, repeated(args['set']));
  const device = resolveGpu(config);
  const [text, shown] = [readText(file), shownFile(file)];
  const { gemms, otherRows } = parseMeasured(text, shown);
  const subject = measuredKernel(args, config, { gemms, name: shown });
  const bits = bitsOfType(subject.dtypes[0] ?? '');
  const judged = judgeRows(subject.rows, bits, { device, kernel: subject.kernel, file: shown });
  return { config, device, subject, judged, bits, file, text, otherRows: otherRows + gemms.length - subject.rows.length };
}

/** Errors of the parameters that simulate takes. */
function check(args: Arguments, measurement: Measurement): void {
  const { config, device, subject, judged, bits } = measurement;
  const asked = single('profile', args['profile']);
  const { fitted, profile } = gpuSetup(asked === undefined ? config : { ...config, profile: asked }, gpuSources());
  const model = calibratedModel(device, subject.kernel, { parameters: fitted[subject.kernel.name]?.parameters ?? {}, profile });
  const provenance = provenanceOf(measurement, { folds: 0, seed: 0, model: digestOf(probeTimes(model, bits)).slice(0, 12) });
  const found = {
    fitted: 'nothing',
    profile: asked ?? config.profile ?? null,
    errors: errorsOfModel(model, judged.rows),
    specs: [],
    values: {},
    loss: null,
  } as const;
  const document = documentOf(measurement, { ...found, provenance, wrote: null });
  print(args, document, () => calibrateTables(document).map(terminalTable).join('\n\n'));
}

async function fit(args: Arguments, measurement: Measurement): Promise<void> {
  const { config, device, subject, judged, bits } = measurement;
  const out = single('out', args['out']);
  const standing = () => (out !== undefined && existsSync(out) ? readFitted(readText(out), shownFile(out)) : ownFit(config));
  const present = standing();
  if (present !== undefined && present.device !== config.name)
    throw new LowbitError('the file to write is of another device', { value: present.device, place: out ?? '', allowed: [config.name] });
  const profile = single('profile', args['profile']);
  const kind = kindOf(present, subject, profile);
  const held = present?.kernels[subject.kernel.name]?.parameters;
  const found = calibrate({
    kind,
    device,
    kernel: subject.kernel,
    rows: judged.rows,
    folds: foldsOf(args, judged),
    seed: count('seed', args, 0),
    onFit: (done, total) =>
      note(args, [`fit ${done + 1} of ${total}: ${done === 0 ? 'all rows' : `without part ${done} of the (n,k) pairs`}`]),
    ...(kind === 'source' && held !== undefined ? { held } : {}),
  });
  const digest = digestOf(probeTimes(calibratedModel(device, subject.kernel, found), bits)).slice(0, 12);
  const provenance = provenanceOf(measurement, { folds: foldsOf(args, judged), seed: count('seed', args, 0), model: digest });
  const outcome = { kind, profile, found, provenance };
  // Read again: another fit of the card may have ended in the meantime.
  if (out !== undefined) await writeFileAtomically(out, fittedText(merged(standing(), measurement, outcome)));
  const { specs, errors } = found;
  const document = documentOf(measurement, {
    ...{ fitted: kind, profile: profile ?? null, errors, specs, values: found.fit.parameters, loss: found.fit.loss },
    provenance,
    wrote: out === undefined ? null : shownFile(out),
  });
  print(args, document, () => calibrateTables(document).map(terminalTable).join('\n\n'));
  if (out !== undefined) note(args, [`wrote ${shownFile(out)}`]);
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
  { subject, judged, text, file }: Measurement,
  { folds, seed, model }: Pick<Provenance, 'folds' | 'seed' | 'model'>,
): Provenance {
  return {
    source: subject.sources,
    file: file.split(/[/\\]/).at(-1) ?? file,
    sha256: digestOf(text),
    gpu: subject.gpu,
    dtypes: [...subject.dtypes],
    rows: judged.rows.length,
    refused: judged.refused.length,
    pairs: pairsOf(judged.rows),
    folds,
    seed,
    model,
  };
}

interface Outcome {
  readonly kind: CalibrationKind;
  readonly profile: string | undefined;
  readonly found: Calibration;
  readonly provenance: Provenance;
}

/** What the file had of other kernels and machines, with the new fit. */
function merged(present: FittedDevice | undefined, { config, subject }: Measurement, outcome: Outcome): FittedDevice {
  const { kernels = {}, profiles = {} } = present ?? {};
  const { kind, profile, found, provenance } = outcome;
  const errors = [...found.errors];
  const { name } = subject.kernel;
  const source = profile === undefined ? {} : { [profile]: { ...found.profile, kernel: name, provenance, errors } };
  const kernel = { [name]: { ...(profile === undefined ? {} : { profile }), parameters: found.parameters, provenance, errors } };
  return {
    device: config.name,
    kind: 'gpu-fit',
    kernels: { ...kernels, ...(kind === 'source' ? {} : kernel) },
    profiles: { ...profiles, ...source },
  };
}

interface Told extends Pick<CalibrateDocument, 'fitted' | 'profile' | 'loss' | 'wrote'> {
  readonly errors: readonly RegimeError[];
  readonly specs: readonly ParameterSpec[];
  readonly values: Parameters;
  readonly provenance: Provenance;
}

function documentOf({ config, subject, judged, otherRows }: Measurement, told: Told): CalibrateDocument {
  const { fitted, profile, loss, wrote, provenance, errors, specs, values } = told;
  const { source, file, sha256, dtypes, rows, pairs, folds, seed } = provenance;
  return {
    ...envelope('calibrate', { device: config.name, provenance, fitted, profile }),
    device: config.name,
    kernel: subject.kernel.name,
    profile,
    fitted,
    measured: { file, sha256, sources: source, dtypes, rows, pairs, otherRows },
    folds,
    seed,
    parameters: specs.map(({ name, unit, low, high, meaning }) => {
      const value = values[name] ?? NaN;
      return { name, value, unit, low, high, meaning, atBound: value <= low * 1.001 || value >= high * 0.999 };
    }),
    loss,
    errors: [...errors],
    refused: [...judged.refused],
    wrote,
  };
}
