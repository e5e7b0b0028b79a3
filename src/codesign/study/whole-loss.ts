/**
 * A whole assignment on windows of the calibration text, spread evenly over it, against the model in float32: divergence of its predictions and
 * difference of its loss, window by window. What loss-promise.ts holds sums of single errors to.
 */
import { spreadWindows } from '../../accuracy/calibration-sample.js';
import { predictionsFrom, type ComparedPredictions } from '../../accuracy/prediction-divergence.js';
import { quantizeModel } from '../../accuracy/quantize-model.js';
import { schemeNumbers } from '../../accuracy/scheme-numbers.js';
import type { DecoderModel } from '../../decoder/decoder-model.js';
import type { ExecutionPlan } from '../../decoder/execution-plan.js';
import type { SchemeConfig } from '../../trace/scheme-config.js';
import type { WholeLoss } from '../loss-promise.js';
import { isBlind } from './blind-scheme.js';
import { planOf, withItems } from './item-error.js';
import type { StudyItem } from './items.js';

export interface WholeTask {
  readonly kind: 'whole';
  readonly scheme: SchemeConfig;
  /** Items whose weights stay floats whatever the scheme says. */
  readonly floats: readonly StudyItem[];
  readonly windows: number;
}

export interface WholeSubject {
  readonly model: DecoderModel;
  /** What quantizers calibrate on. */
  readonly calibration: Int32Array;
  /** The whole calibration text. */
  readonly text: Int32Array;
}

/** Measures assignments; the predictions of the model are kept, 4 bytes for every token and word of the vocabulary. */
export function wholeLosses({ model, calibration, text }: WholeSubject): (task: WholeTask) => WholeLoss {
  const references = new Map<number, (changed: DecoderModel, plan: ExecutionPlan) => ComparedPredictions>();
  return ({ scheme, floats, windows }) => {
    const from = references.get(windows) ?? predictionsFrom(model, spreadWindows(model, text, windows), {});
    references.set(windows, from);
    const quantized = quantizeModel(model, { ...schemeNumbers(scheme), ...(isBlind(scheme) ? {} : { calibration }) });
    const { divergence_nats, lossDifference_nats } = from(withItems(quantized.model, quantized.rewritten, floats), planOf(model, scheme));
    return { divergence_nats: [...divergence_nats], lossDifference_nats: [...lossDifference_nats] };
  };
}
