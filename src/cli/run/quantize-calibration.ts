/**
 * `--calibration TEXT`: the inputs of every matrix of a decoder, from a run of the text through the model in float32, for quantizers that look at them.
 * Every matrix sees the float model (`lowbit evaluate` calibrates layer by layer on what is already quantized). Tensors that are no product of the
 * decoder (embedding, head, router) have no calibration.
 */
import { groupsOfLayer } from '../../decoder/decoder-model.js';
import { LowbitError } from '../../lowbit-error.js';
import type { Calibration } from '../../quantizers/calibration.js';
import { quantizerNamed } from '../../quantizers/index.js';
import { single } from '../arguments.js';
import type { Arguments } from '../command.js';
import type { QuantizeRequest } from './quantize-weights.js';

/**
 * The request with what its quantizer wants to see of `input`. Throws LowbitError when it needs a text and none was given, when one was given that it does
 * not look at, and for an input that is no model.
 */
export async function withCalibration(args: Arguments, request: QuantizeRequest, input: string): Promise<QuantizeRequest> {
  const { needs = [], uses = [] } = quantizerNamed(request.quantizer);
  const file = single('calibration', args['calibration']);
  if (file === undefined) {
    if (needs.length === 0) return request;
    throw new LowbitError(`quantizer ${request.quantizer} needs to see the inputs of the matrices`, {
      value: needs.join(', '),
      remedy: 'give a folder with config.json and weights, and --calibration TEXTFILE',
    });
  }
  const parts = [...new Set([...needs, ...uses])];
  if (parts.length === 0) {
    throw new LowbitError(`quantizer ${request.quantizer} does not look at inputs`, {
      value: `--calibration ${file}`,
      remedy: 'leave --calibration out',
    });
  }
  // Most runs need none of this.
  const [{ calibrationSample }, { loadDecoder }, { observe }, { readTextBytes, textTokens }] = await Promise.all([
    import('../../accuracy/calibration-sample.js'),
    import('../../accuracy/load-model.js'),
    import('../../accuracy/observe.js'),
    import('../../accuracy/text-tokens.js'),
  ]);
  const { model, folder } = await loadDecoder(input);
  const { tokens } = await textTokens(folder, model.vocabulary, await readTextBytes(file));
  const { groups } = observe(model, calibrationSample(model, tokens), parts);
  const byTensor = new Map<string, Calibration>();
  for (const { name, products } of model.layers.flatMap(groupsOfLayer)) {
    const seen = groups.get(name);
    if (seen !== undefined) for (const product of products) byTensor.set(`${product.name}.weight`, seen);
  }
  return { ...request, calibrations: byTensor };
}
