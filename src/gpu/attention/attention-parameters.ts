/**
 * The physical parameters of the attention model: what a data sheet does not say. Starting values: fits to decode attention of TensorRT-LLM on A100
 * and L40S (aiconfigurator), rounded; those of tensor cores and softmax from what FlashAttention-2 and 3 publish. docs/gpu/attention.md
 */
import { parameterReader, parameterSpec as spec, type ParameterSpec, type Parameters } from '../calibration/parameter-spec.js';

export const attentionParameters: readonly ParameterSpec[] = [
  spec('launch_us', 'us', [0.3, 8, 30], 'from the start of the kernel to its first load, and from its last store to the end'),
  spec('block_us', 'us', [0.02, 1.5, 20], 'an SM for one thread block, however few keys: start, first loads, softmax, output'),
  spec('stepLatency_us', 'us', [0.001, 0.3, 5], 'a thread block for one tile of keys, latency of loads and of the softmax between them'),
  spec('dramEfficiency', '1', [0.3, 0.85, 1], 'share of DRAM bandwidth that many thread blocks reach'),
  spec('overlapLoss', '1', [0.001, 0.2, 0.5], 'what shows of the shorter of two that overlap when both are equally long'),
  spec('splitFixed_us', 'us', [0.05, 3, 30], 'merging the parts of a context that is split over thread blocks'),
  spec(
    'keptInL2',
    '1',
    [0, 0, 1.2],
    'share of L2 that holds keys and values when the kernel starts: above 0 only where it is timed in a loop',
  ),
  spec('cudaEfficiency', '1', [0.3, 0.87, 1], 'share of the CUDA-core rate that conversions and products there reach'),
  spec('tensorEfficiency', '1', [0.3, 0.9, 1], 'share of the tensor rate that products reach while softmax does not disturb'),
  spec('softmaxOverlap', '1', [0, 0.5, 1], 'share of softmax that hides under tensor cores'),
  spec('tensorPower', '1', [0.3, 0.8, 2], 'power of tensor cores at full rate over what the board can sustain'),
];

/** Value of a parameter: as given, or where it starts. Throws on a name that does not exist. */
export const attentionParameter = parameterReader(attentionParameters);

/** What an attention kernel uses: what its file holds fixed, then its starts, then those above. */
export function defaultAttentionParameters(kernel: {
  readonly parameters: Parameters;
  readonly starts?: Parameters | undefined;
}): Parameters {
  return Object.fromEntries(
    attentionParameters.map(({ name, start }) => [name, kernel.parameters[name] ?? kernel.starts?.[name] ?? start]),
  );
}
