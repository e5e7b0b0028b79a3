/** Rewrites of a scheme applied in order, each seeing the model as the one before left it. */
import type { DecoderModel } from '../decoder/decoder-model.js';
import { namedGroups } from '../decoder/product-names.js';
import type { RewriteContext } from '../decoder/rewrites/rewrite.js';
import { LowbitError } from '../lowbit-error.js';
import { matrix } from '../numeric/matrix.js';
import { quantizerNamed } from '../quantizers/index.js';
import { optionsOf, parseOptions } from '../quantizers/quantize-options.js';
import { roundToNearest } from '../quantizers/round-to-nearest.js';
import { needsCalibration, observe } from './observe.js';
import { valuesUnder } from './quantize-rows.js';
import type { ProductChoice, QuantizeModelRequest, QuantizerChoice } from './scheme-choice.js';

/**
 * Throws LowbitError for a rewrite that cannot be applied, that asks for activations and has no calibration text, or that searches by what quantized
 * weights lose where none is quantized.
 */
export function rewriteModel(model: DecoderModel, { rewrites = [], weight, weightAt, calibration }: QuantizeModelRequest): DecoderModel {
  const choiceAt = weightAt ?? (() => weight);
  return rewrites.reduce((current, { rewrite, options }) => {
    const context: RewriteContext = {
      observe(observed, parts) {
        if (calibration === undefined) throw needsCalibration(`rewrite ${rewrite.name}`);
        return observe(observed, calibration, parts);
      },
      quantizeWeight: weightReader(current, choiceAt, rewrite.name),
    };
    return rewrite.apply(current, context, options);
  }, model);
}

/** A weight as the scheme would read it back; a quantizer that needs a calibration is stood in for by round to nearest with the options both have. */
function weightReader(
  model: DecoderModel,
  choiceAt: (name: string) => ProductChoice | undefined,
  rewrite: string,
): RewriteContext['quantizeWeight'] {
  const choices = new Map(
    namedGroups(model).flatMap(({ group, names }) => group.products.map(({ name }, i) => [name, choiceAt(names[i] ?? '')] as const)),
  );
  const quantized = [...choices.values()].some((choice) => choice !== undefined);
  return ({ rows, cols, data }, product) => {
    if (!quantized) throw nothingToSearch(rewrite);
    const choice = choices.get(product);
    if (choice === undefined) return data.slice();
    const { rowBlocks } = choice;
    const inPlace = {
      ...standIn(choice),
      ...(rowBlocks === undefined ? {} : { rowBlocks: rowBlocks.map((block) => ({ ...block, ...standIn(block) })) }),
    };
    return valuesUnder(matrix(rows, cols, data), inPlace);
  };
}

function nothingToSearch(rewrite: string): LowbitError {
  return new LowbitError(`rewrite ${rewrite} searches by what quantized weights lose, and the scheme leaves all weights in float`, {
    remedy: 'give weight a quantizer or a format of fewer bits, or leave the rewrite out',
  });
}

function standIn(choice: QuantizerChoice): QuantizerChoice {
  if ((quantizerNamed(choice.quantizer).needs ?? []).length === 0) return { quantizer: choice.quantizer, options: choice.options };
  const known = new Set(optionsOf(roundToNearest).map(({ name }) => name));
  // With its defaults: those of round to nearest may differ (awq-clip is asymmetric).
  const chosen = parseOptions(quantizerNamed(choice.quantizer), choice.options);
  return { quantizer: roundToNearest.name, options: Object.fromEntries(Object.entries(chosen).filter(([name]) => known.has(name))) };
}
