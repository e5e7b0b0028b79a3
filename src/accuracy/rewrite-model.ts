/** Rewrites of a scheme applied in order, each seeing the model as the one before left it. */
import type { DecoderModel } from '../decoder/decoder-model.js';
import type { RewriteContext } from '../decoder/rewrites/rewrite.js';
import { matrix } from '../numeric/matrix.js';
import { quantize, quantizerNamed } from '../quantizers/index.js';
import { optionsOf, parseOptions } from '../quantizers/quantize-options.js';
import { roundToNearest } from '../quantizers/round-to-nearest.js';
import { needsCalibration, observe } from './observe.js';
import type { QuantizeModelRequest, QuantizerChoice } from './scheme-choice.js';

/** Throws LowbitError for a rewrite that cannot be applied, or that asks for activations and has no calibration text. */
export function rewriteModel(model: DecoderModel, { rewrites = [], weight, calibration }: QuantizeModelRequest): DecoderModel {
  return rewrites.reduce((current, { rewrite, options }) => {
    const context: RewriteContext = {
      observe(observed, parts) {
        if (calibration === undefined) throw needsCalibration(`rewrite ${rewrite.name}`);
        return observe(observed, calibration, parts);
      },
      quantizeWeight: weightReader(weight),
    };
    return rewrite.apply(current, context, options);
  }, model);
}

/** A weight as the scheme would read it back; a quantizer that needs a calibration is stood in for by round to nearest with the options both have. */
function weightReader(choice: QuantizerChoice | undefined): RewriteContext['quantizeWeight'] {
  if (choice === undefined) return ({ data }) => data.slice();
  const { quantizer: name, options } = standIn(choice);
  const quantizer = quantizerNamed(name);
  return ({ rows, cols, data }) => quantizer.dequantize(quantize(name, matrix(rows, cols, data), options));
}

function standIn(choice: QuantizerChoice): QuantizerChoice {
  if ((quantizerNamed(choice.quantizer).needs ?? []).length === 0) return choice;
  const known = new Set(optionsOf(roundToNearest).map(({ name }) => name));
  // With its defaults: those of round to nearest may differ (awq-clip is asymmetric).
  const chosen = parseOptions(quantizerNamed(choice.quantizer), choice.options);
  return { quantizer: roundToNearest.name, options: Object.fromEntries(Object.entries(chosen).filter(([name]) => known.has(name))) };
}
