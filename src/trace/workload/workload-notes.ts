/** Sentences a report prints about a workload: its convention, refinements that are on, and what the request stretches. */
import { quantizerNamed } from '../../quantizers/index.js';
import { idleOptions } from '../../quantizers/quantize-options.js';
import { isDecoder, isEncoderDecoder, type ModelConfig } from '../model/model-config.js';
import type { SchemeConfig } from '../scheme-config.js';
import { optionsOfEntry } from '../scheme-entries.js';
import { lowRankOf } from '../scheme-operands.js';
import { expertGroups } from './moe.js';
import { refinementNames, refinements, type CheckedRequest } from './request.js';
import { imageTokens } from './vision.js';

export function workloadNotes(model: ModelConfig, scheme: SchemeConfig, request: CheckedRequest): string[] {
  const { options } = request;
  const vectors = options.vectorOps
    ? 'rotary embedding, sampling and embedding look-up are left out'
    : 'softmax, norms, activation functions, residual additions, online quantization, rotary embedding, sampling and embedding look-up are left out';
  return [
    model.family === 'cnn' ? 'pooling, activation functions, additions and online quantization are left out' : vectors,
    ...refinementNames.filter((name) => options[name]).map((name) => `refinement ${name}: ${refinements[name]}`),
    ...contextNotes(model, request),
    ...mixtureNotes(model, request),
    ...averageNote(model, scheme),
    ...lowRankNote(scheme),
    ...idleNotes(scheme),
    ...rowNotes(scheme),
  ];
}

function mixtureNotes(model: ModelConfig, request: CheckedRequest): string[] {
  if (!isDecoder(model) || model.experts === undefined) return [];
  const mixture = { experts: model.experts, expertsPerToken: model.expertsPerToken ?? 1 };
  const reached = (tokens: number): string => {
    const groups = expertGroups(mixture, tokens);
    const active = groups.reduce((sum, group) => sum + group.experts, 0);
    return `${active} of ${mixture.experts} experts on ${groups.map((group) => group.tokens).join(' or ')} tokens each`;
  };
  const prompt = request.options.mergedPrefill ? request.batch * request.context : request.context;
  return [
    `uniform routing, ${mixture.expertsPerToken} experts per token`,
    ...(request.phase === 'decode' ? [] : [`prefill: ${reached(prompt)}`]),
    ...(request.phase === 'prefill' ? [] : [`decode: ${reached(request.batch)}`]),
  ];
}

function averageNote(model: ModelConfig, scheme: SchemeConfig): string[] {
  const average = scheme.weight.bitsByModel?.[model.name];
  return average === undefined ? [] : [`weights of ${model.name} take ${average} bits on average over its layers, charged evenly`];
}

function lowRankNote({ weight }: SchemeConfig): string[] {
  const lowRank = lowRankOf(weight);
  if (lowRank === undefined) return [];
  return [`every weight matrix has factors of rank ${lowRank.rank} in ${lowRank.format}; adding their product to the output is left out`];
}

function idleNotes({ weight }: SchemeConfig): string[] {
  const { quantizer } = weight;
  return quantizer === undefined ? [] : idleOptions(quantizerNamed(quantizer), optionsOfEntry(weight));
}

function rowNotes({ layers = [] }: SchemeConfig): string[] {
  if (layers.every(({ rows }) => rows === undefined)) return [];
  return [
    'rows of a product with a weight of their own are a layer of their own, which reads the input again; the map of rows is not charged',
  ];
}

function contextNotes(model: ModelConfig, request: CheckedRequest): string[] {
  const { context, phase, tokens } = request;
  if (model.family === 'cnn') return context === 0 ? [] : ['the input size of the network is fixed; context is not used'];
  if (model.family === 'vit') return [`the image gives ${imageTokens(model)} tokens${context === 0 ? '' : '; context is not used'}`];
  const longest = context + (phase === 'generate' ? tokens - 1 : 0);
  const limit = model.maxPositions;
  const beyond = limit !== undefined && longest > limit ? [`context ${longest} is beyond the ${limit} positions of ${model.name}`] : [];
  if (!isEncoderDecoder(model)) return beyond;
  const source =
    model.audio === undefined
      ? 'the encoder works on as many tokens as the context'
      : `the encoder works on ${Math.ceil(model.audio.frames / 2)} positions of audio`;
  return [source, ...beyond];
}
