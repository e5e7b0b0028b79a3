/** A measured file of `lowbit calibrate`, read and judged for one kernel of one card; which kind of kernel it is of is told by its header. */
import { readText, shownFile } from '../../config/files.js';
import { loadGpu } from '../../config/gpu-catalogue.js';
import type { AttentionShape } from '../../gpu/attention/attention-shape.js';
import { attentionSubject } from '../../gpu/calibration/attention-subject.js';
import { attentionRow, bitsOfType, cacheBitsOf, cacheTypes, gemmRow, gemmTypes } from '../../gpu/calibration/dtype-formats.js';
import { gemmSubject, type FitSubject, type TimedModel } from '../../gpu/calibration/fit-subject.js';
import { parseMeasuredAttention } from '../../gpu/calibration/measured-attention.js';
import { parseMeasured } from '../../gpu/calibration/measured-rows.js';
import { pairName } from '../../gpu/calibration/pair-folds.js';
import { probeAttention, probeTimes } from '../../gpu/calibration/probe-times.js';
import { judgeRows, type JudgedRows } from '../../gpu/calibration/row-judgement.js';
import { resolveGpu, type GpuConfig } from '../../gpu/device/gpu-schema.js';
import type { GemmShape } from '../../gpu/gemm/gemm-cost.js';
import { LowbitError } from '../../lowbit-error.js';
import { repeated, single } from '../arguments.js';
import type { Arguments } from '../command.js';
import { measuredKernel, type MeasuredKernel } from './measured-kernel.js';

export interface Measurement<Shape> {
  /** Key of the kernel in a fitted file; absent: GEMMs. */
  readonly kind: 'attention' | undefined;
  readonly config: GpuConfig;
  readonly about: Omit<MeasuredKernel<unknown>, 'calls'>;
  readonly subject: FitSubject<Shape>;
  readonly judged: JudgedRows<Shape>;
  /** What configurations are called. */
  readonly configurations: string;
  readonly file: string;
  readonly text: string;
  /** Rows of other cards, types and operators. */
  readonly otherRows: number;
  /** Times of the shapes that tell whether a model is still the same. */
  probe(model: TimedModel<Shape>): string;
}

interface MeasuredText {
  readonly config: GpuConfig;
  readonly file: string;
  readonly text: string;
}

/** The measured file of `--measured` for the card of `--hw`. Throws LowbitError: missing options, and every problem of the file. */
export function measuredText(args: Arguments): MeasuredText {
  const hw = required(args, 'hw', 'add --hw NAME, see `lowbit list gpus`');
  const file = required(args, 'measured', 'add --measured FILE.csv; headers: lowbit help calibrate, docs/gpu/calibration.md');
  return { config: loadGpu(hw, repeated(args['set'])).config, file, text: readText(file) };
}

function required(args: Arguments, option: string, remedy: string): string {
  const value = single(option, args[option]);
  if (value === undefined) throw new LowbitError(`no --${option} given`, { remedy });
  return value;
}

export function gemmMeasurement(args: Arguments, { config, file, text }: MeasuredText): Measurement<GemmShape> {
  const name = shownFile(file);
  const device = resolveGpu(config);
  const { calls, otherRows } = parseMeasured(text, name);
  const about = measuredKernel(args, config, { calls, types: gemmTypes, name });
  const bits = bitsOfType(about.dtypes[0] ?? '');
  return {
    kind: undefined,
    config,
    about,
    subject: gemmSubject(device, about.kernel),
    judged: judgeRows(
      about.calls.map((call) => gemmRow(call, bits)),
      { device, kernel: about.kernel, file: name },
    ),
    configurations: '(n,k) pairs',
    file,
    text,
    otherRows: otherRows + calls.length - about.calls.length,
    probe: (model) => probeTimes(model, bits),
  };
}

export function attentionMeasurement(args: Arguments, { config, file, text }: MeasuredText): Measurement<AttentionShape> {
  const name = shownFile(file);
  const device = resolveGpu(config);
  const { calls, otherRows } = parseMeasuredAttention(text, name);
  const about = measuredKernel(args, config, { calls, types: cacheTypes, name });
  return {
    kind: 'attention',
    config,
    about,
    subject: attentionSubject(device, about.kernel),
    judged: judgeRows(about.calls.map(attentionRow), { device, kernel: about.kernel, file: name }),
    configurations: 'numbers of heads',
    file,
    text,
    otherRows: otherRows + calls.length - about.calls.length,
    probe: (model) => probeAttention(model, cacheBitsOf(about.dtypes[0] ?? '')),
  };
}

/** How many configurations measured rows have. */
export const configurationsOf = (rows: JudgedRows<unknown>['rows']): number => new Set(rows.map(({ pair }) => pairName(pair))).size;
