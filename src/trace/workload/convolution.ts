/**
 * Convolutional networks lowered to GEMM (im2col): per image m = output pixels, n = output channels, k = input channels x kernel area.
 * A batch is one product per image with the same weights; the classifier is one product of m = batch.
 * Layers of equal geometry share a row; it carries the name of the first and counts all.
 * Source: the geometry of each model file. Left out: pooling, batch norm, additions; the image behind the expanded input (see `convolutionNotes`).
 */
import type { LayerTrace } from '../layer-trace.js';
import { heightAndWidth, outputSize, type ConvolutionLayer, type ConvolutionModel } from '../model/model-config.js';
import { linearRows, type RowSetting } from './rows.js';

/** One convolution over every image of the batch. */
export function convolutionRow(setting: RowSetting, layer: ConvolutionLayer): LayerTrace {
  const [inputChannels] = layer.input;
  const [kernelHeight, kernelWidth] = heightAndWidth(layer.kernel);
  const [strideHeight, strideWidth] = heightAndWidth(layer.stride);
  const [outputHeight, outputWidth] = outputSize(layer);
  const matrix = {
    name: layer.name,
    product: layer.name,
    n: layer.output,
    k: inputChannels * kernelHeight * kernelWidth,
    count: 1,
    bias: true,
  };
  return {
    ...linearRows(setting, matrix, { m: outputHeight * outputWidth, gemms: setting.batch })[0]!,
    conv: {
      batch: setting.batch,
      outputHeight,
      outputWidth,
      kernelHeight,
      kernelWidth,
      strideHeight,
      strideWidth,
      inputChannels,
      outputChannels: layer.output,
    },
  };
}

/** What to say of layers whose input im2col makes larger than the image; nothing without such a layer. */
export function convolutionNotes(layers: readonly LayerTrace[]): string[] {
  const copies = layers.map(({ conv }) =>
    conv === undefined ? 1 : Math.ceil(conv.kernelHeight / conv.strideHeight) * Math.ceil(conv.kernelWidth / conv.strideWidth),
  );
  const most = Math.max(1, ...copies);
  if (most === 1) return [];
  return [
    `convolutions are products on the im2col-expanded input: a pixel counts once for every kernel position over it (up to ${most}), in DRAM traffic too unless the timing model reads the image`,
  ];
}

/** Rows of a convolutional network. */
export function convolutionWorkload(model: ConvolutionModel, setting: RowSetting): LayerTrace[] {
  const convolutions = model.convolutions.map((layer) => convolutionRow(setting, layer));
  const linear = model.linear.flatMap(({ name, output, input }) =>
    linearRows(setting, { name, product: name, n: output, k: input, count: 1, bias: true }, { m: setting.batch, gemms: 1 }),
  );
  return mergeEqual([...convolutions, ...linear]);
}

/** Rows that differ in their name only become one, in place of the first. */
function mergeEqual(rows: readonly LayerTrace[]): LayerTrace[] {
  const merged = new Map<string, LayerTrace>();
  for (const row of rows) {
    const { name: _name, repeat: _repeat, ...shape } = row;
    const key = JSON.stringify(shape);
    const first = merged.get(key);
    merged.set(key, first === undefined ? row : { ...first, repeat: first.repeat + row.repeat });
  }
  return [...merged.values()];
}
