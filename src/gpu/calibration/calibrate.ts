/**
 * One calibration: which parameters of a kernel on a card a measured file says something about, fitted and cross-validated.
 *   kernel            the parameters of the kernel, on rows timed as kernel time on a healthy card
 *   kernel of source  the same where the only rows of a card come from another kind of timing: its launch time instead of the kernel's
 *   source            launch time, clock and board power of a further source, the parameters of the kernel held
 */
import { healthyCard } from '../device/gpu-schema.js';
import type { GpuDevice, GpuProfile } from '../device/gpu-device.js';
import { gemmModel } from '../gemm/closed-form.js';
import { freeParameters } from '../gemm/free-parameters.js';
import { defaultParameters } from '../gemm/gemm-parameters.js';
import type { GemmModel } from '../gemm/gemm-cost.js';
import type { GpuKernel } from '../kernels/gpu-kernel.js';
import { crossValidate, type ValidatedFit } from './cross-validate.js';
import { errorTable, type RegimeError } from './error-table.js';
import type { FitEffort, FitRow } from './fit.js';
import type { ParameterSpec, Parameters } from './parameter-spec.js';
import { profileParameters } from './profile-parameters.js';

export type CalibrationKind = 'kernel' | 'kernel of source' | 'source';

export interface CalibrationTask {
  readonly kind: CalibrationKind;
  readonly device: GpuDevice;
  readonly kernel: GpuKernel;
  readonly rows: readonly FitRow[];
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
  /** Of the source; a healthy card's for `kernel`. */
  readonly profile: Record<(typeof profileParameters)[number]['name'], number>;
}

const [profileLaunch] = profileParameters;
/** Launch time of a source beside the parameters of the kernel, whose own has the same name. */
const SOURCE_LAUNCH = 'source launch_us';

export function calibrate(task: CalibrationTask): Calibration {
  const specs = specsOf(task);
  const validated = crossValidate({ ...task, specs, modelOf: (parameters) => modelOf(task, parameters) });
  const parameters = withKnownPower(task, specs, validated.fit.parameters);
  return { ...validated, fit: { ...validated.fit, parameters }, specs, ...splitValues(task, parameters) };
}

/** Halvings of the range in which power begins to show: more than the 4 digits that are kept. */
const HALVINGS = 16;

/**
 * Rows that board power does not slow say nothing of the power of tensor cores but that it is below what would show: a search leaves it anywhere there.
 * Unless the least power makes some row faster, it stays where it starts, or at the most that does not show. Times of all rows stay as they are.
 * @internal
 */
export function withKnownPower(task: CalibrationTask, specs: readonly ParameterSpec[], found: Parameters): Parameters {
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
function specsOf({ kind, device, kernel }: CalibrationTask): readonly ParameterSpec[] {
  if (kind === 'source') return profileParameters;
  const free = freeParameters(device, kernel);
  if (kind === 'kernel') return free;
  return [{ ...profileLaunch, name: SOURCE_LAUNCH }, ...free.filter(({ name }) => name !== profileLaunch.name)];
}

/** Values of a fit as those of the kernel and those of the source. */
function splitValues({ kind, held = {} }: CalibrationTask, values: Parameters): Pick<Calibration, 'parameters' | 'profile'> {
  const { launch_us, clockFactor } = healthyCard;
  if (kind === 'source') {
    const [launch, clock, board] = profileParameters.map(({ name, start }) => values[name] ?? start) as [number, number, number];
    return { parameters: held, profile: { launch_us: launch, clockFactor: clock, boardFactor: board } };
  }
  const { [SOURCE_LAUNCH]: ofSource = launch_us, ...parameters } = values;
  return { parameters, profile: { launch_us: ofSource, clockFactor, boardFactor: 1 } };
}

function modelOf(task: CalibrationTask, values: Parameters): GemmModel {
  const { device, kernel } = task;
  const { parameters, profile } = splitValues(task, values);
  return gemmModel(device, kernel, { ...defaultParameters(device, kernel), ...parameters }, { name: task.kind, ...profile });
}

/** The model that a calibration ends in. */
export function calibratedModel(
  device: GpuDevice,
  kernel: GpuKernel,
  { parameters, profile }: { readonly parameters: Parameters; readonly profile: Omit<GpuProfile, 'name'> },
): GemmModel {
  return gemmModel(device, kernel, { ...defaultParameters(device, kernel), ...parameters }, { name: 'fitted', ...profile });
}

/** Errors of parameters as they are on rows: nothing is fitted, so that every row is one they have not seen, unless they were fitted to it before. */
export function errorsOfModel(model: GemmModel, rows: readonly FitRow[]): readonly RegimeError[] {
  return errorTable(
    rows.map(({ shape, latency_s }) => {
      const { time_s, bound } = model.cost(shape);
      return { m: shape.m, latency_us: latency_s * 1e6, bound, inSample: time_s / latency_s - 1, outOfSample: null };
    }),
  );
}
