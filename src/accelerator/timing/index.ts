/** The timing models of accelerators, by the name used in `timing`. */
import { unknownName } from '../../lowbit-error.js';
import { cycleExact } from './cycle-exact/cycle-exact.js';
import { layerRoofline } from './layer-roofline/layer-roofline.js';
import { loopOrderSearchTiming } from './loop-order-search/loop-order-search.js';
import { native } from './native/native.js';
import { systolicFolds } from './systolic-folds/systolic-folds.js';
import type { TimingModel } from './timing-model.js';

export const timings: Readonly<Record<string, TimingModel>> = Object.freeze({
  'layer-roofline': layerRoofline,
  'systolic-folds': systolicFolds,
  'loop-order-search': loopOrderSearchTiming,
  native,
  'cycle-exact': cycleExact,
});

/** The timing model of a name. Throws LowbitError for an unknown one; `place` says where the name was written. */
export function timingNamed(name: string, place?: string): TimingModel {
  const timing = Object.hasOwn(timings, name) ? timings[name] : undefined;
  if (timing === undefined) throw unknownName('timing model', name, Object.keys(timings), place);
  return timing;
}
