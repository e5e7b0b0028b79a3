/**
 * Vision transformer: patches as one convolution (kernel = stride = patch), encoder blocks over patches and one class token, classifier.
 * Source: An Image is Worth 16x16 Words, arXiv 2010.11929, section 3.1. Left out: resizing of position embeddings.
 */
import type { LayerTrace } from '../layer-trace.js';
import type { VisionModel } from '../model/model-config.js';
import { visionMatrices } from '../model/weight-matrices.js';
import { convolutionRow } from './convolution.js';
import { encoderRows } from './encoder.js';
import { linearRows, type RowSetting } from './rows.js';

/** Tokens of one image: its patches and the class token. */
export function imageTokens(model: VisionModel): number {
  return (model.image / model.patch) ** 2 + 1;
}

/** Rows of a vision transformer on `batch` images. */
export function visionWorkload(model: VisionModel, setting: RowSetting): LayerTrace[] {
  const { block, head, patch } = visionMatrices(model);
  const size = { kernel: model.patch, stride: model.patch, padding: 0 };
  return [
    convolutionRow(setting, { name: patch.name, input: [model.channels, model.image, model.image], output: model.hidden, ...size }),
    ...encoderRows(setting, model, { blocks: model.layers, tokens: imageTokens(model), matrices: block }),
    ...linearRows(setting, head, { m: setting.batch, gemms: 1 }),
  ];
}
