/**
 * What a study of output features cannot do: errors that are measured with whole matrices quantized, methods that rank by something of whole matrices,
 * options whose rows share something, activations by feature.
 */
import type { DecoderModel } from '../../decoder/decoder-model.js';
import { LowbitError } from '../../lowbit-error.js';
import { parseOptions } from '../../quantizers/quantize-options.js';
import { quantizers } from '../../quantizers/index.js';
import { bitsPerWeight } from '../../quantizers/quantizer.js';
import type { Reading } from '../../sweep/plan/reading.js';
import { sharedByRows } from '../../trace/row-blocks.js';
import { namedIn, optionsOfEntry } from '../../trace/scheme-entries.js';
import type { SignalName } from '../allocation/allocation-problem.js';
import { allocationMethods } from '../allocation/index.js';
import { featureErrorKinds } from '../signals/feature-errors.js';
import { matricesOf, type StudyItem } from './items.js';
import type { StudyOption } from './study-option.js';
import type { StudyFile } from './study-file.js';

/** Errors of whole items. */
const itemErrorKinds: readonly StudyFile['error'][] = ['divergence', 'loss', 'output', 'weight'];
/** What is known of single output features. */
const featureSignals: readonly SignalName[] = ['salience', 'codeBits'];

/** Throws LowbitError for errors, options and methods that are not those of the items of the study, each with its place. */
export function checkFeatures(
  { items, error, methods }: StudyFile,
  options: readonly StudyOption[],
  { place }: Pick<Reading, 'place'>,
): void {
  const ofFeatures = items === 'output-feature';
  const allowed: readonly string[] = ofFeatures ? featureErrorKinds : itemErrorKinds;
  if (!allowed.includes(error)) {
    throw new LowbitError(`${error} is not measured of items that are ${ofFeatures ? 'output features' : 'matrices or more'}`, {
      value: error,
      place: place(['error']),
      allowed,
      remedy: ofFeatures
        ? 'a model is not run once for each feature: take one of these, or items: product'
        : 'take one of these, or items: output-feature',
    });
  }
  if (!ofFeatures) return;
  for (const option of options) checkOption(option, place(['options']));
  for (const [i, entry] of methods.entries()) {
    const method = typeof entry === 'string' ? entry : entry.method;
    const need = namedIn(allocationMethods, method)?.needs.find((signal) => !featureSignals.includes(signal));
    if (need === undefined) continue;
    throw new LowbitError(`${method} ranks by something of whole matrices`, {
      value: need,
      place: place(['methods', i]),
      remedy: 'choose output features by ilp, greedy, mixllm, uniform or random',
    });
  }
}

function checkOption({ name, weight, activation }: StudyOption, place: string): void {
  if (activation !== undefined) {
    throw new LowbitError('output features have no inputs of their own', {
      value: name,
      place,
      remedy: 'leave the activation of the option out, or write items: input',
    });
  }
  const shared = sharedByRows(weight);
  if (shared === undefined) return;
  throw new LowbitError(`an option whose rows share ${shared} is none for output features`, {
    value: name,
    place,
    remedy: 'take an option with a scale per channel or group, or whole matrices (items: product)',
  });
}

/** Throws LowbitError for an option that takes more for a row when it stands with fewer. */
export function checkRowBits(
  { name, weight }: StudyOption,
  model: Pick<DecoderModel, 'layers'>,
  { matrices, place }: { readonly matrices: readonly StudyItem[]; readonly place: string },
): void {
  const quantizer = namedIn(quantizers, weight.quantizer);
  if (quantizer === undefined) return;
  const options = parseOptions(quantizer, optionsOfEntry(weight));
  const together = matrices
    .flatMap((item) => matricesOf(model, item))
    .find(({ weight: { rows, cols } }) => {
      if (quantizer.refusal?.({ rows, cols }, options) !== undefined) return false;
      const [all, one] = [rows, 1].map((count) => bitsPerWeight(quantizer.storedBits({ rows: count, cols }, options))) as [number, number];
      return Math.abs(all - one) > ROUNDING * all;
    });
  if (together === undefined) return;
  throw new LowbitError('an option stores something for all rows of a matrix together', {
    value: `${name}, ${together.name}`,
    place,
    remedy: 'take an option that stores every row by itself, or whole matrices (items: product)',
  });
}

const ROUNDING = 1e-12;
