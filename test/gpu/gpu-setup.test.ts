import { describe, expect, it } from 'vitest';
import { readFitted } from '../../src/config/fitted-file.js';
import { loadGpu, shippedKernels } from '../../src/config/gpu-catalogue.js';
import { gpuSetup, type GpuSources } from '../../src/gpu/gpu-setup.js';

const vidur = { launch_us: 1, clockFactor: 0.9, boardFactor: 0.8 };
const sources: GpuSources = {
  kernels: shippedKernels(),
  kernel: () => {
    throw new Error('no kernel is named');
  },
  fitted: () => ({ device: 'a40', kernels: {}, profiles: { vidur, mine: vidur } }),
};
const { config } = loadGpu('a40', ['fitted=somewhere']);

describe('the setup of a card', () => {
  it('takes a fitted profile before that of the file, and what the user states before both', () => {
    const factor = (profile: string, stated: boolean) => gpuSetup({ ...config, profile }, sources, () => stated).profile.clockFactor;
    expect(factor('vidur', false)).toBe(0.9);
    expect(factor('vidur', true)).toBe(config.profiles['vidur']?.clockFactor);
    expect(factor('mine', true)).toBe(0.9);
  });

  it('takes no profile of another card', () => {
    const other = { ...config, name: 'a10', profiles: {}, profile: 'vidur' };
    expect(() => gpuSetup(other, sources)).toThrow(/^a10 has no profiles: vidur/);
  });
});

describe('a file of fitted parameters', () => {
  const errors = '    errors: []\n';
  const provenance =
    '    provenance: { source: [a], file: f.csv, sha256: ' +
    `${'a'.repeat(64)}, gpu: A40, dtypes: [fp16], rows: 1, refused: 0, pairs: 1, folds: 0, seed: 0, model: ${'a'.repeat(12)} }\n`;
  const text = (kernel: string, parameters: string) =>
    `device: a40\nkind: gpu-fit\nkernels:\n  ${kernel}:\n    parameters: ${parameters}\n${provenance}${errors}`;

  it('is refused for a kernel whose name is a slip, and taken for one of the user', () => {
    expect(() => readFitted(text('densee', '{ launch_us: 2 }'), 'f.yaml')).toThrow(
      /^unknown kernel: densee \(f\.yaml:4:\d+\); did you mean dense/,
    );
    expect(readFitted(text('my-own-kernel', '{ launch_us: 2 }'), 'f.yaml').device).toBe('a40');
  });

  it('names the parameter that there is none of, and ranges without a unit where there is none', () => {
    expect(() => readFitted(text('dense', '{ lunch_us: 2 }'), 'f.yaml')).toThrow(
      /no such parameter: lunch_us \(f\.yaml:5:\d+\); expected one of: launch_us/,
    );
    expect(() => readFitted(text('dense', '{ tensorEfficiency: 9 }'), 'f.yaml')).toThrow(/: from [\d.]+ to [\d.]+; fit it again/);
  });
});
