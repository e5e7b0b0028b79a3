/**
 * Shape of a model description (models/*.yaml): published dimensions, no weights. `family` selects what a paper's block looks like;
 * keys a family leaves open (gated feed-forward, bias, tied embeddings, ...) can be given explicitly and then win over the family.
 * Source: the configuration files and papers named in each model's `source`. Left out: dropout, grouped convolution, linear-attention blocks.
 */
import { z } from 'zod';

const count = z
  .int()
  .positive()
  .max(2 ** 31);
const name = z
  .string()
  .min(1)
  .regex(/^[\w.-]+$/, 'letters, digits, dot, dash and underscore only');
const identity = {
  name,
  source: z.string().min(1).describe('where the dimensions come from'),
  description: z.string().optional(),
};

const decoderFamilies = ['llama', 'mistral', 'mixtral', 'qwen2', 'opt', 'gpt2', 'bloom', 'phi'] as const;
export type DecoderFamily = (typeof decoderFamilies)[number];

const decoderSchema = z
  .strictObject({
    ...identity,
    family: z.enum(decoderFamilies),
    layers: count,
    hidden: count,
    heads: count,
    kvHeads: count.optional().describe('default: heads'),
    headDim: count.optional().describe('default: hidden / heads'),
    feedForward: count.describe('width of the feed-forward block (of one expert in a mixture)'),
    vocabulary: count,
    maxPositions: count.optional(),
    gatedFeedForward: z.boolean().optional().describe('gate, up and down instead of fc1 and fc2'),
    bias: z.enum(['none', 'qkv', 'all']).optional().describe('which linear layers of a block carry a bias'),
    headBias: z.boolean().optional(),
    tiedEmbeddings: z.boolean().optional().describe('lm_head is the embedding table'),
    norm: z.enum(['rms', 'layer']).optional().describe('rms: gain only; layer: gain and offset'),
    normsPerBlock: z.int().min(0).max(4).optional(),
    finalNorm: z.boolean().optional(),
    embeddingNorm: z.boolean().optional(),
    embeddingWidth: count.optional().describe('width of the embedding table when it differs from hidden (projected in and out)'),
    positionRows: z.int().nonnegative().optional().describe('rows of a learned position table'),
    experts: count.optional(),
    expertsPerToken: count.optional(),
  })
  .superRefine((model, context) => {
    const fail = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message });
    if (model.headDim === undefined && model.hidden % model.heads !== 0) fail('heads', 'hidden is no multiple of heads; give headDim');
    if (model.kvHeads !== undefined && model.heads % model.kvHeads !== 0) fail('kvHeads', 'heads must be a multiple of kvHeads');
    if ((model.experts === undefined) !== (model.expertsPerToken === undefined))
      fail('experts', 'give experts and expertsPerToken together');
    if (model.experts !== undefined && (model.expertsPerToken ?? 0) > model.experts) fail('expertsPerToken', 'more than experts');
  });
export type DecoderModel = z.infer<typeof decoderSchema>;

const headsDivideHidden = (model: { readonly hidden: number; readonly heads: number }): boolean => model.hidden % model.heads === 0;
const headsMessage = { path: ['heads'], message: 'hidden must be a multiple of heads' };

const encoderSchema = z
  .strictObject({
    ...identity,
    family: z.literal('bert'),
    layers: count,
    hidden: count,
    heads: count,
    feedForward: count,
    vocabulary: count,
    maxPositions: count,
    tokenTypes: count.default(2),
    pooler: z.boolean().default(true),
    classes: count.optional().describe('outputs of a classifier behind the pooler'),
  })
  .refine(headsDivideHidden, headsMessage);
export type EncoderModel = z.infer<typeof encoderSchema>;

const encoderDecoderSchema = z
  .strictObject({
    ...identity,
    family: z.enum(['bart', 'whisper']),
    encoderLayers: count,
    decoderLayers: count,
    hidden: count,
    heads: count,
    feedForward: count,
    vocabulary: count,
    maxPositions: count.describe('longest decoder sequence'),
    audio: z
      .strictObject({ melBins: count, frames: count.describe('input frames; the second convolution halves them') })
      .optional()
      .describe('two convolutions of width 3 in front of the encoder, whose length is then fixed; absent: a text encoder'),
  })
  .refine(headsDivideHidden, headsMessage);
export type EncoderDecoderModel = z.infer<typeof encoderDecoderSchema>;

const visionSchema = z
  .strictObject({
    ...identity,
    family: z.literal('vit'),
    layers: count,
    hidden: count,
    heads: count,
    feedForward: count,
    image: count.describe('height and width of the input, pixels'),
    patch: count.describe('height and width of a patch, pixels'),
    channels: count.default(3),
    classes: count,
  })
  .refine(headsDivideHidden, headsMessage)
  .refine((model) => model.image % model.patch === 0, { path: ['patch'], message: 'image must be a multiple of patch' });
export type VisionModel = z.infer<typeof visionSchema>;

const pair = z.union([z.int().nonnegative(), z.tuple([z.int().nonnegative(), z.int().nonnegative()])]);
const positivePair = z.union([count, z.tuple([count, count])]);

const convolutionLayerSchema = z.strictObject({
  name: z.string().min(1),
  input: z.tuple([count, count, count]).describe('channels, height, width'),
  output: count.describe('output channels'),
  kernel: positivePair.describe('height and width, or one number for both'),
  stride: positivePair.default(1),
  padding: pair.default(0),
});
export type ConvolutionLayer = z.infer<typeof convolutionLayerSchema>;

const convolutionSchema = z
  .strictObject({
    ...identity,
    family: z.literal('cnn'),
    convolutions: z.array(convolutionLayerSchema).min(1),
    linear: z.array(z.strictObject({ name: z.string().min(1), input: count, output: count })).default([]),
  })
  .superRefine((model, context) => {
    for (const [index, layer] of model.convolutions.entries()) {
      const [height, width] = outputSize(layer);
      if (height < 1 || width < 1)
        context.addIssue({ code: 'custom', path: ['convolutions', index, 'kernel'], message: 'kernel is larger than the padded input' });
    }
  });
export type ConvolutionModel = z.infer<typeof convolutionSchema>;

export const modelSchema = z.discriminatedUnion('family', [
  decoderSchema,
  encoderSchema,
  encoderDecoderSchema,
  visionSchema,
  convolutionSchema,
]);
/** A checked model description. */
export type ModelConfig = z.infer<typeof modelSchema>;

/** Height and width of a value given as one number for both or as a pair. */
export function heightAndWidth(value: number | readonly [number, number]): readonly [number, number] {
  return typeof value === 'number' ? [value, value] : value;
}

/** Height and width of a convolution's output: floor((input + 2 padding - kernel) / stride) + 1. */
export function outputSize(layer: ConvolutionLayer): readonly [number, number] {
  const [, height, width] = layer.input;
  const [kernelHeight, kernelWidth] = heightAndWidth(layer.kernel);
  const [strideHeight, strideWidth] = heightAndWidth(layer.stride);
  const [paddingHeight, paddingWidth] = heightAndWidth(layer.padding);
  return [
    Math.floor((height + 2 * paddingHeight - kernelHeight) / strideHeight) + 1,
    Math.floor((width + 2 * paddingWidth - kernelWidth) / strideWidth) + 1,
  ];
}

export function isDecoder(model: ModelConfig): model is DecoderModel {
  return (decoderFamilies as readonly string[]).includes(model.family);
}

export function isEncoderDecoder(model: ModelConfig): model is EncoderDecoderModel {
  return model.family === 'bart' || model.family === 'whisper';
}
