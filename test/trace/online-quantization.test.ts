import { describe, expect, it } from 'vitest';
import { loadModel, loadScheme } from '../../src/config/catalogue.js';
import type { LayerTrace } from '../../src/trace/layer-trace.js';
import { isEncoderDecoder } from '../../src/trace/model/model-config.js';
import type { Refinement, WorkloadRequest } from '../../src/trace/workload/request.js';
import { workload } from '../../src/trace/workload/workload.js';

const quantizations = (model: string, scheme: string, request: WorkloadRequest): LayerTrace[] =>
  workload(loadModel(model).config, loadScheme(scheme).config, request).segments.flatMap(({ layers }) =>
    layers.filter(({ kind }) => kind === 'transform'),
  );
const on = (...names: Refinement[]) => Object.fromEntries(names.map((name) => [name, true])) as Partial<Record<Refinement, boolean>>;
const elements = (rows: readonly LayerTrace[], name: string): number =>
  rows.filter((row) => row.name === name).reduce((sum, { m, n, gemms, repeat }) => sum + m * n * gemms * repeat, 0);
const decode: WorkloadRequest = { phase: 'decode', batch: 3, context: 64, options: on('vectorOps') };

describe('the online quantization of activations', () => {
  it('has rows where activations are narrower than 16 bits: three inputs of a block of the hidden width, one inner, and that of lm_head', () => {
    const rows = quantizations('llama-3-8b', 'w8a8', decode);
    expect(elements(rows, 'quantize-activations')).toBe(3 * 3 * 4096 * 32);
    expect(elements(rows, 'quantize-inner')).toBe(3 * 14336 * 32);
    expect(elements(rows, 'quantize-head')).toBe(3 * 4096);
    for (const row of rows) expect([row.activation.format, row.output.payload_bitsPerElement]).toEqual(['fp16', 8]);
  });

  it('reads 16 bits and writes what the layer reads', () => {
    const made = workload(loadModel('llama-3-8b').config, loadScheme('w8a8').config, decode).segments[0]?.layers ?? [];
    const linear = made.find(({ name }) => name === 'q_proj');
    expect(made.find(({ name }) => name === 'quantize-activations')?.output).toEqual(linear?.activation);
  });

  it('leaves out what stays at 16 bits: with FP16 activations only the cache is quantized', () => {
    const rows = quantizations('llama-3-8b', 'bitmod-4b', decode);
    expect([...new Set(rows.map(({ name }) => name))]).toEqual(['quantize-kv']);
    expect(elements(rows, 'quantize-kv')).toBe(3 * 2 * 8 * 128 * 32);
    expect(quantizations('llama-3-8b', 'fp16', decode)).toEqual([]);
  });

  it('moves no bits for a cache that the projections write themselves, and keeps its work', () => {
    const [row] = quantizations('llama-3-8b', 'bitmod-4b', { ...decode, options: on('vectorOps', 'kvWrite') });
    expect(row).toMatchObject({ activation: { format: 'fp16', payload_bitsPerElement: 0 }, output: { payload_bitsPerElement: 0 } });
    expect(row?.output.format).not.toBe('fp16');
  });

  it('is part of vectorOps, and of nothing else', () => {
    expect(quantizations('llama-3-8b', 'w8a8', { ...decode, options: {} })).toEqual([]);
  });

  it('counts the tokens of each phase, and two attentions per decoder block of an encoder-decoder', () => {
    const prompt = quantizations('llama-3-8b', 'w8a8', { phase: 'prefill', batch: 2, context: 10, options: on('vectorOps') });
    expect(elements(prompt, 'quantize-activations')).toBe(2 * 10 * 3 * 4096 * 32);
    const model = loadModel('bart-base').config;
    if (!isEncoderDecoder(model)) throw new Error('bart-base is an encoder-decoder');
    const step = quantizations('bart-base', 'w8a8', decode);
    expect(elements(step, 'quantize-activations')).toBe(3 * 5 * model.hidden * model.decoderLayers);
  });
});
