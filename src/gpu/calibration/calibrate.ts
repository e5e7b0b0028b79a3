/**
 * One calibration: which parameters of a kernel on a card a measured file says something about, fitted and cross-validated.
 *   kernel            the parameters of the kernel, on rows timed as kernel time on a healthy card
 *   kernel of source  the same where the only rows of a card come from another kind of timing: its launch time instead of the kernel's
 *   source            launch time, clock and board power of a further source, the parameters of the kernel held
 */
import { healthyCard } from '../device/gpu-schema.js';
import { crossValidate, type ValidatedFit } from './cross-validate.js';
import type { Band } from './error-bands.js';
import { errorTable, type RegimeError } from './error-table.js';
import type { FitEffort, FitRow } from './fit.js';
import type { FitSubject, TimedModel } from './fit-subject.js';
import { withKnownPath } from './known-path.js';
import type { ParameterSpec, Parameters } from './parameter-spec.js';
import { profileParameters } from './profile-parameters.js';

export type CalibrationKind = 'kernel' | 'kernel of source' | 'source';

export interface CalibrationTask<Shape> {
  readonly kind: CalibrationKind;
  readonly subject: FitSubject<Shape>;
  readonly rows: readonly FitRow<Shape>[];
  /** Parameters of the kernel that `source` holds. */
  readonly held?: Parameters;
  readonly folds: number;
  readonly seed: number;
  readonly effort?: FitEffort;
  readonly onFit?: (done: number, total: number) => void;
}

export interface Calibration extends ValidatedFit {
  readonly specs: readonly ParameterSpec[];
  /** Of the kernel; those of `held` for a source. */
  readonly parameters: Parameters;
  /** Of how the rows were timed. */
  readonly harness: Parameters;
  /** Of the source; a healthy card's for `kernel`. */
  readonly profile: Record<(typeof profileParameters)[number]['name'], number>;
}

const [profileLaunch] = profileParameters;
/** Launch time of a source beside the parameters of the kernel, whose own has the same name. */
const SOURCE_LAUNCH = 'source launch_us';

export function calibrate<Shape>(task: CalibrationTask<Shape>): Calibration {
  const specs = specsOf(task);
  const { bands } = task.subject;
  const validated = crossValidate({ ...task, bands, specs, modelOf: (parameters) => modelOf(task, parameters) });
  const timesAt = (values: Parameters): number[] => {
    const model = modelOf(task, values);
    return task.rows.map(({ shape }) => model.time_s(shape));
  };
  const parameters = withKnownPath(timesAt, specs, withKnownPower(task, specs, validated.fit.parameters));
  return { ...validated, fit: { ...validated.fit, parameters }, specs, ...splitValues(task, parameters) };
}

/** Halvings of the range in which power begins to show: more than the 4 digits that are kept. */
const HALVINGS = 16;

/**
 * Rows that board power does not slow say nothing of the power of tensor cores but that it is below what would show: a search leaves it anywhere there.
 * Unless the least power makes some row faster, it stays where it starts, or at the most that does not show. Times of all rows stay as they are.
 * @internal
 */
export function withKnownPower<Shape>(task: CalibrationTask<Shape>, specs: readonly ParameterSpec[], found: Parameters): Parameters {
  const spec = specs.find(({ name }) => name === 'tensorPower');
  if (spec === undefined) return found;
  const timesAt = (tensorPower: number): number[] => {
    const model = modelOf(task, { ...found, tensorPower });
    return task.rows.map(({ shape }) => model.time_s(shape));
  };
  const own = timesAt(found.tensorPower ?? spec.start);
  const shows = (tensorPower: number): boolean => timesAt(tensorPower).some((time, i) => time !== own[i]);
  if (shows(spec.low)) return found;
  if (!shows(spec.start)) return { ...found, tensorPower: spec.start };
  let [low, high] = [spec.low, spec.start];
  for (let step = 0; step < HALVINGS; step++) {
    const middle = (low + high) / 2;
    if (shows(middle)) high = middle;
    else low = middle;
  }
  return { ...found, tensorPower: Math.floor(low * 1e4) / 1e4 };
}

/** Parameters that a fit of this kind moves. */
function specsOf<Shape>({ kind, subject: { free } }: CalibrationTask<Shape>): readonly ParameterSpec[] {
  if (kind === 'source') return profileParameters;
  if (kind === 'kernel') return free;
  return [{ ...profileLaunch, name: SOURCE_LAUNCH }, ...free.filter(({ name }) => name !== profileLaunch.name)];
}

/** Values of a fit as those of the kernel, of how it was timed, and of the source. */
function splitValues<Shape>(
  { kind, subject, held = {} }: CalibrationTask<Shape>,
  values: Parameters,
): Pick<Calibration, 'parameters' | 'harness' | 'profile'> {
  const { launch_us, clockFactor } = healthyCard;
  if (kind === 'source') {
    const [launch, clock, board] = profileParameters.map(({ name, start }) => values[name] ?? start) as [number, number, number];
    return { parameters: held, harness: {}, profile: { launch_us: launch, clockFactor: clock, boardFactor: board } };
  }
  const { [SOURCE_LAUNCH]: ofSource = launch_us, ...all } = values;
  const pick = (ofHarness: boolean): Parameters =>
    Object.fromEntries(Object.entries(all).filter(([name]) => subject.harness.includes(name) === ofHarness));
  return { parameters: pick(false), harness: pick(true), profile: { launch_us: ofSource, clockFactor, boardFactor: 1 } };
}

function modelOf<Shape>(task: CalibrationTask<Shape>, values: Parameters): TimedModel<Shape> {
  const { parameters, harness, profile } = splitValues(task, values);
  return task.subject.model({ ...parameters, ...harness }, { name: task.kind, ...profile });
}

/** Errors of parameters as they are on rows: nothing is fitted, so that every row is one they have not seen, unless they were fitted to it before. */
export function errorsOfModel<Shape>(
  model: TimedModel<Shape>,
  rows: readonly FitRow<Shape>[],
  bands: readonly Band[],
): readonly RegimeError[] {
  const judged = rows.map(({ shape, latency_s, along }) => {
    const { bound } = model.cost(shape);
    return { along, latency_us: latency_s * 1e6, bound, inSample: model.time_s(shape) / latency_s - 1, outOfSample: null };
  });
  return errorTable(judged, bands);
}
