import { describe, expect, it } from 'vitest';
import { layerMacs, type LayerTrace } from '../../src/trace/layer-trace.js';
import { modelSchema } from '../../src/trace/model/model-config.js';
import { workload } from '../../src/trace/workload/workload.js';
import { modelNamed, schemeNamed } from './catalogue.js';

function layers(name: string, context?: number): LayerTrace[] {
  const request = { phase: 'prefill', ...(context === undefined ? {} : { context }) } as const;
  return workload(modelNamed(name), schemeNamed('fp16'), request).segments.flatMap((segment) => segment.layers);
}

function gigaMacs(rows: readonly LayerTrace[]): number {
  return rows.reduce((sum, layer) => sum + layerMacs(layer) * layer.repeat, 0) / 1e9;
}

describe('multiply-accumulates per item against published figures', () => {
  // torchvision model tables (GFLOPS there counts one per multiply-accumulate); Inception-v3 with its real 1x7 and 7x1 kernels.
  it.each([
    ['vgg16', 15.47],
    ['resnet18', 1.81],
    ['resnet50', 4.09],
    ['inception-v3', 5.71],
  ])('%s needs %f GMAC an image', (name, published) => {
    expect(Math.abs(gigaMacs(layers(name)) - published)).toBeLessThan(0.006);
  });

  it('ViT-B needs the 17.56 GMAC of its table with attention, patches and head', () => {
    const rows = layers('vit-b');
    expect(gigaMacs(rows)).toBeCloseTo(17.56, 1);
    expect(rows.find((layer) => layer.name === 'patch_embed')).toMatchObject({
      m: 196,
      n: 768,
      k: 768,
      conv: { kernelHeight: 16, strideHeight: 16, outputHeight: 14 },
    });
    expect(rows.find((layer) => layer.name === 'q_proj')).toMatchObject({ m: 197, repeat: 12 });
  });

  it('BERT-base on 128 tokens needs 10.87 GMAC in its linear layers', () => {
    const linear = layers('bert-base', 128).filter((layer) => layer.kind === 'gemm');
    expect(gigaMacs(linear)).toBeCloseTo(10.87, 2);
  });
});

describe('convolutions as products', () => {
  it.each([
    ['vgg16', 16],
    ['resnet18', 21],
    ['resnet50', 54],
    ['inception-v3', 95],
  ])('%s keeps all its %i layers when equal ones share a row', (name, count) => {
    const rows = layers(name);
    expect(rows.reduce((sum, layer) => sum + layer.repeat, 0)).toBe(count);
    expect(rows.length).toBeLessThan(count);
  });

  it('the first layer of ResNet has 112 x 112 pixels and 147 inputs', () => {
    expect(layers('resnet50')[0]).toMatchObject({
      m: 112 * 112,
      n: 64,
      k: 147,
      conv: { outputHeight: 112, strideWidth: 2, kernelHeight: 7 },
    });
  });

  it('a flat kernel reduces over its own area, not over a square', () => {
    const flat = layers('inception-v3').filter((layer) => layer.conv !== undefined && layer.conv.kernelHeight !== layer.conv.kernelWidth);
    expect(flat.length).toBeGreaterThan(5);
    for (const { k, m, conv } of flat) {
      expect(k).toBe((conv?.inputChannels ?? 0) * (conv?.kernelHeight ?? 0) * (conv?.kernelWidth ?? 0));
      expect([17 * 17, 8 * 8]).toContain(m);
    }
  });

  it('Whisper hears 3000 frames as 1500 positions', () => {
    const rows = layers('whisper-base', 4);
    expect(rows[0]).toMatchObject({ name: 'encoder/conv1', m: 3000, n: 512, k: 240 });
    expect(rows[1]).toMatchObject({ name: 'encoder/conv2', m: 1500, n: 512, k: 1536 });
    expect(rows.find((layer) => layer.name === 'cross/k_proj')).toMatchObject({ m: 1500 });
    expect(rows.find((layer) => layer.name === 'cross/attention-qk')).toMatchObject({ m: 4, n: 1500, k: 64, gemms: 8 });
  });

  it('a kernel that just fits is accepted, one larger than the padded input refused', () => {
    const model = (kernel: number) => ({
      name: 'n',
      family: 'cnn',
      source: 'test',
      convolutions: [{ name: 'c', input: [1, 4, 4], output: 1, kernel, padding: 1 }],
    });
    expect(modelSchema.safeParse(model(6)).success).toBe(true);
    expect(modelSchema.safeParse(model(7)).success).toBe(false);
  });
});

describe('bad models', () => {
  const llama = { name: 'n', family: 'llama', source: 'test', layers: 2, hidden: 64, heads: 4, feedForward: 128, vocabulary: 100 };

  it('heads that do not divide, unknown keys and half a mixture are refused', () => {
    expect(modelSchema.safeParse(llama).success).toBe(true);
    for (const change of [
      { heads: 5 },
      { kvHeads: 3 },
      { experts: 4 },
      { experts: 2, expertsPerToken: 3 },
      { kvheads: 4 },
      { layers: 0 },
      { family: 'lama' },
    ]) {
      expect(modelSchema.safeParse({ ...llama, ...change }).success, JSON.stringify(change)).toBe(false);
    }
    expect(modelSchema.safeParse({ ...llama, heads: 5, headDim: 16 }).success).toBe(true);
  });
});
