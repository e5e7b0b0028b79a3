/** `--weights FILE --quantizer Q`: real tensors are quantized and simulated in one step. */
import { quantizerNamed } from '../../quantizers/index.js';
import { openWeights } from '../../tensors/weight-source.js';
import type { Arguments } from '../command.js';
import { single } from '../arguments.js';
import { quantizeRequest, quantizeWeights, type QuantizedWeight } from './quantize-weights.js';
import { tracedLayers } from './traced-layers.js';
import { phaseDescription, segmentOf, type PreparedWorkload } from './workload.js';

export async function weightsWorkload(args: Arguments): Promise<PreparedWorkload> {
  const request = quantizeRequest(args);
  const file = single('weights', args['weights']) ?? '';
  const source = await openWeights(file);
  try {
    const weights: QuantizedWeight[] = [];
    for await (const { info, row, operand, signal } of quantizeWeights(source, request)) weights.push({ info, row, operand, signal });
    const { layers, shape, notes } = tracedLayers(args, source, weights);
    const options = Object.entries(request.options).map(([key, value]) => `${key}=${value}`);
    return {
      segments: [segmentOf(args, layers)],
      model_bytes: weights.reduce((sum, { row }) => sum + Math.ceil((row.bitsPerWeight * row.rows * row.cols) / 8), 0),
      description: { weights: file, quantizer: request.quantizer, options: options.join(' '), ...shape, ...phaseDescription(args) },
      title: `${file} ${request.quantizer}`,
      notes,
      versions: { [request.quantizer]: quantizerNamed(request.quantizer).modelVersion },
    };
  } finally {
    await source.close();
  }
}
