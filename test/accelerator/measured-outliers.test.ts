/** Do designs that store outliers apart pay for as many as were measured on the weights? */
import { describe, expect, it } from 'vitest';
import { machineOf } from '../../src/accelerator/array-design.js';
import { simulateAccelerator } from '../../src/accelerator/simulate.js';
import { loadAccelerator } from '../../src/config/catalogue.js';
import { loadSramTable } from '../../src/config/package-data.js';
import { operandFormat } from '../../src/formats/index.js';
import { matrix, type Matrix } from '../../src/numeric/matrix.js';
import { seededRandom } from '../../src/numeric/random.js';
import { quantize, quantizerNamed } from '../../src/quantizers/index.js';
import { tensorStatistics } from '../../src/quantizers/statistics.js';
import { layerTraceSchema, type LayerTrace } from '../../src/trace/layer-trace.js';

const [M, N, K] = [128, 64, 512];
const { config: gobo } = loadAccelerator('gobo');
const PES = gobo.array.rows * gobo.array.columns;

/** Weights near zero, and one of `every` far away; 0: none. */
function planted(every: number): Matrix {
  const { normal } = seededRandom(1);
  return matrix(
    N,
    K,
    Float32Array.from({ length: N * K }, (_, i) => (i % every === 3 ? 1 : Math.max(-2, Math.min(2, normal())) * 0.02)),
  );
}

/** A layer on these weights, quantized and measured. */
function layerOn(weights: Matrix): LayerTrace {
  const quantized = quantize('gobo', weights);
  const statistics = tensorStatistics(weights, quantized, quantizerNamed('gobo').dequantize(quantized));
  const { format, bits } = quantized;
  const weight = { format, payload_bitsPerElement: bits.payload, metadata_bitsPerElement: bits.outlier, group: 0, statistics };
  return layerTraceSchema.parse({
    name: 'layer',
    kind: 'gemm',
    m: M,
    n: N,
    k: K,
    activation: operandFormat('fp16'),
    weight,
    output: operandFormat('fp16'),
  });
}

const activityOf = (layer: LayerTrace) => machineOf(gobo, undefined, { energy_pJ: () => null }).activity(layer);
const steps = (M * N * K) / PES;

describe('GOBO on outliers measured on its weights', () => {
  it.each([128, 64, 32, 16])('makes one in %i take as long as one multiplier for 64 elements needs', (every) => {
    const layer = layerOn(planted(every));
    expect(layer.weight.statistics).toMatchObject({ origin: 'measured', outlierShare: 1 / every });
    const { compute, laneStall } = activityOf(layer).cycles;
    expect([compute, laneStall]).toEqual([steps, steps * Math.max(0, 64 / every - 1)]);
  });

  it('waits three times as long for twice the outliers: 64 products for a share of 1/32 stall one cycle, for 1/16 three', () => {
    const [once, twice] = [32, 16].map((every) => activityOf(layerOn(planted(every))).cycles);
    expect(twice!.compute).toBe(once!.compute);
    expect(twice!.laneStall).toBe(3 * once!.laneStall);
  });

  it('moves 48 bits for every outlier through its memory', () => {
    const [few, many] = [512, 64].map((every) => activityOf(layerOn(planted(every))).dramRead_bytes);
    const outliers = (N * K) / 64 - (N * K) / 512;
    expect(many! - few!).toBe((outliers * 48) / 8);
  });

  it('says how many there are, that they were measured, and which layers wait', () => {
    const notes = (every: number): string =>
      simulateAccelerator(gobo, [{ layers: [layerOn(planted(every))] }], { sramTable: loadSramTable() })
        .notes.filter((note) => note.startsWith('outliers'))
        .join();
    expect(notes(64)).toBe(
      'outliers: 1.6 % of the elements of 1 operand are stored apart (measured); 64 PEs share a multiplier for them, and wait for it in no layer',
    );
    expect(notes(16)).toMatch(/6.3 % .*\(measured\).* wait for it in layer$/);
    expect(notes(0)).toBe('');
  });
});
