/**
 * A calibration text run through a model in float32: what rewrites and quantizers ask for. Windows of the model's context that do not overlap;
 * a text shorter than one is one window, a last part of a longer one is left out.
 * A group that saw fewer than 128 tokens is an error [ours]: maxima and means of fewer say little about a channel.
 */
import { groupsOfLayer, type DecoderModel } from '../decoder/decoder-model.js';
import { windowRun } from '../decoder/decoder-run.js';
import type { ModelObservations } from '../decoder/rewrites/rewrite.js';
import { LowbitError } from '../lowbit-error.js';
import type { Matrix } from '../numeric/matrix.js';
import type { Calibration, CalibrationPart } from '../quantizers/calibration.js';
import { calibrationCollector, collectorBytes } from './calibration-collector.js';
import { defaultWindow } from './perplexity.js';

const MIN_TOKENS = 128;
/** Tokens of which `layerInputs` are kept, at least one window. */
const LAYER_INPUT_TOKENS = 2048;
/** Bytes that the sums of a whole model may take. */
const LIMIT_BYTES = 4 * 2 ** 30;

/** Throws LowbitError for too few tokens, for a text outside the vocabulary, and for sums that do not fit into memory. */
export function observe(model: DecoderModel, tokens: Int32Array, parts: readonly (CalibrationPart | 'layerInputs')[]): ModelObservations {
  const windows = calibrationWindows(model, tokens);
  const windowLength = windows[0]?.length ?? 0;
  const asked = new Set(parts.filter((part): part is CalibrationPart => part !== 'layerInputs'));
  checkMemory(model, asked);
  const collector = calibrationCollector(asked);
  const keyMaxAbs = model.layers.map(({ attention: { kvHeads, headDim } }) => new Float32Array(kvHeads * headDim));
  const inputs = parts.includes('layerInputs') ? keptInputs(model, windows.length, windowLength) : undefined;
  let current = 0;
  const run = windowRun(
    model,
    {
      observer: {
        groupInput: collector.groupInput,
        keys: (layer, keys) => raiseMaxima(keyMaxAbs[layer], keys),
        layerInput: (layer, hidden) => inputs?.keep(layer, current, hidden),
      },
    },
    windowLength,
  );
  for (const [index, window] of windows.entries()) {
    current = index;
    run.run(window, () => undefined);
  }
  const groups = collector.results();
  checkCounts(model, groups);
  return { groups, keyMaxAbs, ...(inputs === undefined ? {} : { layerInputs: inputs.layers }), windowLength };
}

/** The error for a method without the text it has to see. */
export function needsCalibration(method: string): LowbitError {
  return new LowbitError(`${method} needs to see activations`, { remedy: 'give a calibration text' });
}

/** The windows of a calibration text. Throws LowbitError for fewer than 128 tokens. */
export function calibrationWindows(model: DecoderModel, tokens: Int32Array): Int32Array[] {
  if (tokens.length < MIN_TOKENS) {
    throw new LowbitError('the calibration text has too few tokens', {
      value: tokens.length,
      remedy: `give at least ${MIN_TOKENS}, better some ten thousand: a Hessian needs more tokens than the widest product has inputs`,
    });
  }
  const length = Math.min(defaultWindow(model), tokens.length);
  return Array.from({ length: Math.floor(tokens.length / length) }, (_, w) => tokens.subarray(w * length, (w + 1) * length));
}

/** Every group of a model, or only those of some layers, saw enough. Throws LowbitError for the first that did not. */
export function checkCounts({ layers }: Pick<DecoderModel, 'layers'>, groups: ReadonlyMap<string, Calibration>): void {
  for (const { name } of layers.flatMap(groupsOfLayer)) {
    const tokens = groups.get(name)?.tokens ?? 0;
    if (tokens < MIN_TOKENS) {
      throw new LowbitError('too few tokens of the calibration text reach a product', {
        value: `${tokens} at ${name}`,
        remedy: `give a longer text: every product must see ${MIN_TOKENS} tokens`,
      });
    }
  }
}

function checkMemory({ name, layers }: DecoderModel, parts: ReadonlySet<CalibrationPart>): void {
  const widths = layers.flatMap(groupsOfLayer).map(({ products: [first] }) => first?.weight.cols ?? 0);
  const bytes = widths.reduce((sum, width) => sum + collectorBytes(width, parts), 0);
  if (bytes <= LIMIT_BYTES) return;
  const inGiB = (count: number): string => (count / 2 ** 30).toFixed(1);
  throw new LowbitError(`observing all layers at once would take ${inGiB(bytes)} GiB, more than ${inGiB(LIMIT_BYTES)} GiB`, {
    value: name,
    remedy: 'take a smaller model',
  });
}

function raiseMaxima(maxima: Float32Array | undefined, { rows, cols, data }: Matrix): void {
  if (maxima === undefined) return;
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) maxima[c] = Math.max(maxima[c]!, Math.abs(data[r * cols + c]!));
  }
}

/** Inputs of every layer for some windows, spread evenly. */
function keptInputs(
  { layers, hidden }: DecoderModel,
  windows: number,
  length: number,
): { readonly layers: readonly Matrix[]; keep(layer: number, window: number, hidden: Matrix): void } {
  const count = Math.max(1, Math.min(windows, Math.floor(LAYER_INPUT_TOKENS / length)));
  const places = new Map(Array.from({ length: count }, (_, i) => [Math.floor((i * windows) / count), i]));
  const kept = layers.map(() => ({ rows: count * length, cols: hidden, data: new Float32Array(count * length * hidden) }));
  return {
    layers: kept,
    keep(layer, window, { data }) {
      const place = places.get(window);
      if (place !== undefined) kept[layer]?.data.set(data, place * length * hidden);
    },
  };
}
