/** What `lowbit evaluate --json` prints for one model under one scheme; several come as `{ documents: [...] }`. */
import { z } from 'zod';
import { bitPartsSchema } from '../trace/layer-trace.js';
import { envelope, quantizedMatrix } from './documents.js';

const interval = z.strictObject({
  mean: z.number().describe('nats per token, scheme minus reference; e to this is the ratio of the perplexities'),
  low: z.number().nullable().describe('95 % interval of the paired bootstrap over windows; null: a single window'),
  high: z.number().nullable(),
  resolved: z.boolean().describe('the interval leaves 0 out'),
});

const layerSchema = z.strictObject({
  ...quantizedMatrix,
  outputError: z.number().nullable().describe('relative error of the outputs on calibration inputs; null: none were seen'),
});
export type EvaluatedLayer = z.infer<typeof layerSchema>;

export const evaluateDocumentSchema = z.strictObject({
  ...envelope,
  command: z.literal('evaluate'),
  model: z.string(),
  scheme: z.string(),
  description: z.string().describe('of the scheme'),
  text: z.string(),
  calibration: z.string().nullable().describe('null: no method of the scheme looked at one'),
  window: z.number().describe('tokens; the first of a window is not scored'),
  windows: z.number(),
  scoredTokens: z.number(),
  perplexity: z.number().nullable().describe('null: the model lost everything, there is no finite one'),
  referencePerplexity: z.number().describe('of the model in float32 over the same windows'),
  logPerplexityDifference: interval,
  bitsPerByte: z.number(),
  referenceBitsPerByte: z.number(),
  nextTokenAgreement: z.number().describe('share of places where the most likely next token is that of the reference'),
  bitsPerWeight: z.number().describe('everything stored, over the quantized matrices; embedding, head, norms and routers stay in 16 bits'),
  bits: bitPartsSchema,
  activationBits: z.number(),
  kvBits: z.number().describe('keys and values of a full window, with all side data'),
  mse: z.number().nullable(),
  sqnr_dB: z.number().nullable(),
  layers: z.array(layerSchema),
  time_s: z
    .strictObject({ quantize: z.number(), score: z.number() })
    .describe('wall clock of this run; the only figures that differ between two'),
  notes: z.array(z.string()),
});
export type EvaluateDocument = z.infer<typeof evaluateDocumentSchema>;
