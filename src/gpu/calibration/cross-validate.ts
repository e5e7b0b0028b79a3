/**
 * A fit with the error to expect of it: fitted once to all rows and once to all but each fold of configurations ((n,k) pairs of GEMMs), the rows of a
 * fold predicted by the parameters that have not seen them. Every fit starts anew, none from the parameters of another.
 * Source of the split: docs/gpu/calibration.md (by pairs, never by rows: neighbours in m are nearly the same measurement).
 */
import type { GemmShape } from '../gemm/gemm-cost.js';
import type { Band } from './error-bands.js';
import { errorTable, type JudgedRow, type RegimeError } from './error-table.js';
import { fitParameters, type Fit, type FitRow, type FitTask } from './fit.js';
import type { TimedModel } from './fit-subject.js';
import { foldsOf } from './pair-folds.js';
import type { Parameters } from './parameter-spec.js';

export interface ValidationTask<Shape = GemmShape> extends Omit<FitTask<Shape>, 'modelOf'> {
  readonly modelOf: (parameters: Parameters) => TimedModel<Shape>;
  readonly bands: readonly Band[];
  /** 0: no cross validation. */
  readonly folds: number;
  /** Told before each fit: how many are done, of how many. */
  readonly onFit?: (done: number, total: number) => void;
}

export interface ValidatedFit {
  readonly fit: Fit;
  readonly errors: readonly RegimeError[];
  /** One per row. */
  readonly rows: readonly JudgedRow[];
}

export function crossValidate<Shape>(task: ValidationTask<Shape>): ValidatedFit {
  const { rows, folds, modelOf } = task;
  task.onFit?.(0, folds + 1);
  const fit = fitParameters(task);
  const model = modelOf(fit.parameters);
  const unseen = folds === 0 ? undefined : unseenTimes(task);
  const judged = rows.map(({ shape, latency_s, along }, i) => ({
    along,
    latency_us: latency_s * 1e6,
    bound: model.cost(shape).bound,
    inSample: model.time_s(shape) / latency_s - 1,
    outOfSample: unseen === undefined ? null : unseen[i]! / latency_s - 1,
  }));
  return { fit, rows: judged, errors: errorTable(judged, task.bands) };
}

/** Seconds of each row by parameters that have not seen its configuration. */
function unseenTimes<Shape>(task: ValidationTask<Shape>): Float64Array {
  const fold = foldsOf(
    task.rows.map(({ pair }) => pair),
    task.folds,
  );
  const times = new Float64Array(task.rows.length);
  for (let held = 0; held < task.folds; held++) {
    task.onFit?.(held + 1, task.folds + 1);
    const seen: readonly FitRow<Shape>[] = task.rows.filter((_, i) => fold[i] !== held);
    const model = task.modelOf(fitParameters({ ...task, rows: seen }).parameters);
    task.rows.forEach(({ shape }, i) => {
      if (fold[i] === held) times[i] = model.time_s(shape);
    });
  }
  return times;
}
