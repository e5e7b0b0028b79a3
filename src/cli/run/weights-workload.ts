/** `--weights FILE --quantizer Q`: real tensors are quantized and simulated in one step. */
import { shownFile } from '../../config/files.js';
import { openWeights, type WeightSource } from '../../tensors/weight-source.js';
import { convolutionNotes } from '../../trace/workload/convolution.js';
import { repeated, single } from '../arguments.js';
import type { Arguments } from '../command.js';
import { versionsOf } from '../../config/model-versions.js';
import { withCalibration } from './quantize-calibration.js';
import {
  chosenTensors,
  idleNotes,
  quantizeRequest,
  quantizeWeights,
  refusedNote,
  selectTensors,
  withRefused,
  type QuantizeRequest,
} from './quantize-weights.js';
import { tracedLayers, type TracedWeight } from './traced-layers.js';
import { phaseDescription, segmentOf, weightBytes, type PreparedWorkload } from './segment.js';

/** `--quantizer none`: weights stay in FP16, as the baseline of a comparison. */
const NOT_QUANTIZED = 'none';

export async function weightsWorkload(args: Arguments): Promise<PreparedWorkload> {
  const source = await openWeights(single('weights', args['weights']) ?? '');
  try {
    if (single('quantizer', args['quantizer']) === NOT_QUANTIZED)
      return storedWorkload(args, source, { weights: unquantized(args, source), quantizer: NOT_QUANTIZED });
    const request = await withCalibration(args, quantizeRequest(args), source.path);
    const weights: TracedWeight[] = [];
    await quantizeWeights(source, request, ({ info, operand, lowRank }) =>
      weights.push({ info, operand, ...(lowRank === undefined ? {} : { lowRank }) }),
    );
    const { refused } = selectTensors(source, request);
    const workload = storedWorkload(args, source, { weights: withRefused<TracedWeight>(source, weights, refused), ...request });
    return { ...workload, notes: [...workload.notes, ...idleNotes(request), ...refusedNote(refused)] };
  } finally {
    await source.close();
  }
}

/** The workload of weights that are already quantized. */
export function storedWorkload(
  args: Arguments,
  source: WeightSource,
  {
    weights,
    quantizer,
    options = {},
  }: { readonly weights: readonly TracedWeight[] } & Pick<QuantizeRequest, 'quantizer'> & Partial<Pick<QuantizeRequest, 'options'>>,
): PreparedWorkload {
  const { layers, shape, notes } = tracedLayers(args, source, weights);
  const chosen = Object.entries(options)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');
  return {
    segments: [segmentOf(args, layers)],
    model_bytes: weightBytes(layers),
    description: {
      weights: shownFile(source.path),
      quantizer,
      ...(chosen === '' ? {} : { options: chosen }),
      ...shape,
      ...phaseDescription(args),
    },
    title: `${shownFile(source.path)} ${quantizer}`,
    notes: [...notes, ...convolutionNotes(layers)],
    versions: quantizer === NOT_QUANTIZED ? {} : versionsOf({ quantizers: [quantizer] }),
  };
}

/** Every weight of the file in FP16. */
export function unquantized(args: Arguments, source: WeightSource): TracedWeight[] {
  return chosenTensors(source, repeated(args['tensor'])).map((info) => ({ info }));
}
