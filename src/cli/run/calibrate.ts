/** `lowbit calibrate`: measured latencies -> parameters of a kernel on a card, or of the machine that was measured, with their errors. */
import { existsSync } from 'node:fs';
import { digestOf, fittedText, ownFit, readFitted } from '../../config/fitted-file.js';
import { readText, shownFile } from '../../config/files.js';
import { calibrate, errorsOfModel, type Calibration, type CalibrationKind } from '../../gpu/calibration/calibrate.js';
import type { RegimeError } from '../../gpu/calibration/error-table.js';
import type { FittedDevice, Provenance } from '../../gpu/calibration/fitted-device.js';
import { isAttention } from '../../gpu/calibration/measured-attention.js';
import type { ParameterSpec, Parameters } from '../../gpu/calibration/parameter-spec.js';
import { gpuSetup } from '../../gpu/gpu-setup.js';
import { LowbitError } from '../../lowbit-error.js';
import { calibrateTables, type CalibrateDocument } from '../../report/calibrate-document.js';
import { terminalTable } from '../../report/terminal-table.js';
import { writeFileAtomically } from '../../tensors/atomic-file.js';
import { single } from '../arguments.js';
import type { Arguments } from '../command.js';
import { envelope } from '../envelope.js';
import { gpuSources } from './gpu-design.js';
import { attentionMeasurement, configurationsOf, gemmMeasurement, measuredText, type Measurement } from './measurement.js';
import { note, print } from './present.js';

export async function runCalibrate(args: Arguments): Promise<void> {
  const measured = measuredText(args);
  if (isAttention(measured.text)) await run(args, attentionMeasurement(args, measured));
  else await run(args, gemmMeasurement(args, measured));
}

async function run<Shape>(args: Arguments, measurement: Measurement<Shape>): Promise<void> {
  if (args['check'] === true) check(args, measurement);
  else await fit(args, measurement);
}

/** Errors of the parameters that simulate takes, timed as the rows of their fit were. */
function check<Shape>(args: Arguments, measurement: Measurement<Shape>): void {
  const { config, subject, judged } = measurement;
  const { kernel } = measurement.about;
  const asked = single('profile', args['profile']);
  const { fitted, profile } = gpuSetup(asked === undefined ? config : { ...config, profile: asked }, gpuSources());
  const model = subject.model({ ...fitted[kernel.name]?.parameters, ...ownFit(config)?.kernels[kernel.name]?.harness }, profile);
  const provenance = provenanceOf(measurement, { folds: 0, seed: 0, model: digestOf(measurement.probe(model)).slice(0, 12) });
  const found = {
    fitted: 'nothing',
    profile: asked ?? config.profile ?? null,
    errors: errorsOfModel(model, judged.rows, subject.bands),
    specs: [],
    values: {},
    loss: null,
  } as const;
  const document = documentOf(measurement, { ...found, provenance, wrote: null });
  print(args, document, () => calibrateTables(document).map(terminalTable).join('\n\n'));
}

async function fit<Shape>(args: Arguments, measurement: Measurement<Shape>): Promise<void> {
  const { config, subject, judged, about } = measurement;
  const out = single('out', args['out']);
  const standing = () => (out !== undefined && existsSync(out) ? readFitted(readText(out), shownFile(out)) : ownFit(config));
  const present = standing();
  if (present !== undefined && present.device !== config.name)
    throw new LowbitError('the file to write is of another device', { value: present.device, place: out ?? '', allowed: [config.name] });
  const profile = single('profile', args['profile']);
  const kind = kindOf(present, measurement, profile);
  const held = present?.kernels[about.kernel.name]?.parameters;
  const [folds, seed] = [foldsOf(args, measurement), count('seed', args, 0)];
  const found = calibrate({
    kind,
    subject,
    rows: judged.rows,
    folds,
    seed,
    onFit: (done, total) =>
      note(args, [`fit ${done + 1} of ${total}: ${done === 0 ? 'all rows' : `without part ${done} of the ${measurement.configurations}`}`]),
    ...(kind === 'source' && held !== undefined ? { held } : {}),
  });
  const model = subject.model(found.parameters, { name: 'fitted', ...found.profile });
  const provenance = provenanceOf(measurement, { folds, seed, model: digestOf(measurement.probe(model)).slice(0, 12) });
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

function count(option: string, args: Arguments, fallback: number): number {
  const text = single(option, args[option]);
  if (text === undefined) return fallback;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new LowbitError(`--${option} takes an integer from 0`, { value: text, remedy: `for example --${option} ${fallback}` });
}

function foldsOf(args: Arguments, { judged, configurations }: Pick<Measurement<unknown>, 'judged' | 'configurations'>): number {
  const folds = count('folds', args, 5);
  const most = configurationsOf(judged.rows);
  if (folds === 0 || (folds >= 2 && folds <= most)) return folds;
  throw new LowbitError(`--folds ${folds} does not split ${most} ${configurations}`, {
    remedy: most < 2 ? '0 for no cross validation' : `between 2 and ${most}, or 0 for no cross validation`,
  });
}

/** A further source of a kernel that has a fit says something about itself; the first one about the kernel. Throws LowbitError for one of attention. */
function kindOf(
  present: FittedDevice | undefined,
  { about: { kernel }, kind }: Pick<Measurement<unknown>, 'about' | 'kind'>,
  profile: string | undefined,
): CalibrationKind {
  if (profile === undefined) return 'kernel';
  if (kind === 'attention')
    throw new LowbitError('a machine is fitted to GEMMs, not to attention', {
      value: profile,
      remedy: 'fit --profile to a measured file of GEMMs; attention is charged with its launch time and clock then',
    });
  const fitted = present?.kernels[kernel.name];
  return fitted === undefined || fitted.profile === profile ? 'kernel of source' : 'source';
}

type Described = Omit<Measurement<unknown>, 'subject' | 'probe'>;

function provenanceOf(
  { about, judged, text, file }: Described,
  { folds, seed, model }: Pick<Provenance, 'folds' | 'seed' | 'model'>,
): Provenance {
  return {
    source: about.sources,
    file: file.split(/[/\\]/).at(-1) ?? file,
    sha256: digestOf(text),
    gpu: about.gpu,
    dtypes: [...about.dtypes],
    rows: judged.rows.length,
    refused: judged.refused.length,
    pairs: configurationsOf(judged.rows),
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
function merged(present: FittedDevice | undefined, measurement: Described, outcome: Outcome): FittedDevice {
  const { kernels = {}, profiles = {} } = present ?? {};
  const { kind, profile, found, provenance } = outcome;
  const { config, about } = measurement;
  const errors = [...found.errors];
  const { name } = about.kernel;
  const source = profile === undefined ? {} : { [profile]: { ...found.profile, kernel: name, provenance, errors } };
  const fitted = {
    ...(measurement.kind === undefined ? {} : { kind: measurement.kind }),
    ...(profile === undefined ? {} : { profile }),
    parameters: found.parameters,
    ...(Object.keys(found.harness).length === 0 ? {} : { harness: found.harness }),
    provenance,
    errors,
  };
  return {
    device: config.name,
    kind: 'gpu-fit',
    kernels: { ...kernels, ...(kind === 'source' ? {} : { [name]: fitted }) },
    profiles: { ...profiles, ...source },
  };
}

interface Told extends Pick<CalibrateDocument, 'fitted' | 'profile' | 'loss' | 'wrote'> {
  readonly errors: readonly RegimeError[];
  readonly specs: readonly ParameterSpec[];
  readonly values: Parameters;
  readonly provenance: Provenance;
}

function documentOf({ config, about, judged, otherRows, configurations }: Described, told: Told): CalibrateDocument {
  const { fitted, profile, loss, wrote, provenance, errors, specs, values } = told;
  const { source, file, sha256, dtypes, rows, pairs, folds, seed } = provenance;
  return {
    ...envelope('calibrate', { device: config.name, provenance, fitted, profile }),
    device: config.name,
    kernel: about.kernel.name,
    profile,
    fitted,
    measured: { file, sha256, sources: source, dtypes, rows, pairs, configurations, otherRows },
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
