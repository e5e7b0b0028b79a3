import { describe, expect, it } from 'vitest';
import { catalogueFile, catalogueNames, readText } from '../../src/config/files.js';
import { fittedText, loadFitted, readFitted } from '../../src/config/fitted-file.js';
import { attentionParameters } from '../../src/gpu/attention/attention-parameters.js';
import { gemmParameters } from '../../src/gpu/gemm/gemm-parameters.js';

const figures = '{ mean_pct: 7.1, median_pct: 5, p90_pct: 15, bias_pct: -0.8 }';
const provenance = `
      source: [mine]
      file: f.csv
      sha256: ${'ab'.repeat(32)}
      gpu: A100
      dtypes: [bf16]
      rows: 10
      refused: 0
      pairs: 5
      folds: 5
      seed: 0
      model: ${'0f'.repeat(6)}`;
const text = (parameters: string, profile = 'launch_us: 20, clockFactor: 0.9'): string => `device: a100-80gb-sxm
kind: gpu-fit
kernels:
  dense:
    parameters: ${parameters}
    provenance:${provenance}
    errors:
      - { regime: all, from_us: 0, rows: 10, inSample: ${figures}, outOfSample: null }
profiles:
  vidur:
    ${profile.replaceAll(', ', '\n    ')}
    kernel: dense
    provenance:${provenance}
    errors: []
`;

describe('a file of fitted parameters', () => {
  it('is read and written with the same content, and the same content gives the same bytes', () => {
    const read = readFitted(text('{ launch_us: 1.5, dramEfficiency: 0.8 }'), 'f.yaml');
    expect(read.kernels['dense']?.parameters).toEqual({ launch_us: 1.5, dramEfficiency: 0.8 });
    const written = fittedText(read);
    expect(readFitted(written, 'g.yaml')).toEqual(read);
    expect(fittedText(readFitted(written, 'g.yaml'))).toBe(written);
  });

  it.each<[string, string | undefined, RegExp]>([
    ['{ launch_us: -1 }', undefined, /launch_us is outside what is physically possible: -1 \(f\.yaml:5:30\).*lowbit calibrate/],
    ['{ launch_us: 1e9 }', undefined, /launch_us is outside what is physically possible/],
    ['{ dramEfficiency: 1.7 }', undefined, /dramEfficiency is outside what is physically possible: 1\.7 \(f\.yaml:5/],
    ['{ dramEfficiency: .nan }', undefined, /dramEfficiency.*\(f\.yaml:5/],
    ['{ dramEfficency: 0.7 }', undefined, /no such parameter.*\(f\.yaml:5.*dramEfficiency/],
    ['{}', 'launch_us: -3, clockFactor: 1', /launch_us is outside what is physically possible: -3 \(f\.yaml:2\d/],
    ['{}', 'launch_us: 3, clockFactor: 7', /clockFactor is outside what is physically possible: 7/],
    ['{}', 'launch_us: 3', /missing key.*clockFactor/],
  ])('is refused with file and line where %s %s cannot be', (parameters, profile, message) => {
    expect(() => readFitted(text(parameters, profile), 'f.yaml')).toThrow(message);
  });

  it('of every shipped card is what a calibration would write', () => {
    for (const name of catalogueNames('fits')) {
      const shipped = readText(catalogueFile('fits', name));
      const read = readFitted(shipped, name);
      expect(read.device).toBe(name);
      expect(fittedText(read)).toBe(shipped);
      for (const { kind: model, parameters } of Object.values(read.kernels)) {
        const known = (model === 'attention' ? attentionParameters : gemmParameters).map((parameter) => parameter.name);
        expect(known).toEqual(expect.arrayContaining(Object.keys(parameters)));
      }
    }
  });

  it('is named by a card that has one; none and a card without are nothing, a slip is an error', () => {
    expect(loadFitted('a40')?.device).toBe('a40');
    for (const name of ['none', 'rtx-3090']) expect(loadFitted(name)).toBeUndefined();
    expect(() => loadFitted('a40x')).toThrow(
      /^unknown card with fitted parameters: a40x; expected one of: .*v100-pcie-16gb, none; did you mean a40/,
    );
  });
});
