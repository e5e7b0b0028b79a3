/** Do operands of two precisions find the kernel meant for them, with the share they state, and what do their blocks cost kernels of one precision? */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadModel, loadScheme } from '../../../src/config/catalogue.js';
import { loadGpu, loadKernel } from '../../../src/config/gpu-catalogue.js';
import { operandFormat } from '../../../src/formats/index.js';
import { resolveGpu } from '../../../src/gpu/device/gpu-schema.js';
import { gpuExplainer } from '../../../src/gpu/explain.js';
import type { GpuRun } from '../../../src/gpu/gpu-run.js';
import { eightBitShare, withEightBitBlocks } from '../../../src/gpu/kernels/eight-bit-blocks.js';
import { resolveKernel } from '../../../src/gpu/kernels/kernel-schema.js';
import { simulateGpu } from '../../../src/gpu/simulate.js';
import type { LayerTrace, Operand } from '../../../src/trace/layer-trace.js';
import type { SimulationResult } from '../../../src/trace/simulation-result.js';
import { workload } from '../../../src/trace/workload/workload.js';
import { card, gemm, run } from '../cards.js';

const A100 = 'a100-80gb-sxm';
const NOTHING = { channel: 0, tensor: 0, lowRank: 0, permutation: 0 };

/** INT4 in groups of 128 with that share of the channels in blocks of 8 bits; null: the values decide. */
function blocks(share: number | null): Operand {
  const outlier = share === null ? null : 4 * share;
  return {
    ...operandFormat('int4-g128'),
    metadata_bitsPerElement: 0.125 + (outlier ?? 0),
    bits: { ...NOTHING, payload: 4, group: 0.125, outlier },
    ...(share === null || share === 0 ? {} : { statistics: { origin: 'assumed', outlierShare: share } }),
  };
}

const size = [256, 2048, 4096] as const;
const mixed = (activation: number | null, weight: number | null = 0): LayerTrace => ({
  ...gemm(size),
  activation: blocks(activation),
  weight: blocks(weight),
});
const kernelOf = ({ hardware }: Pick<SimulationResult, 'hardware'>): string[] => Object.keys((hardware as GpuRun).ran);
const seconds = (layer: LayerTrace, settings: readonly string[] = [], named: readonly string[] = [], name = A100): number =>
  run(card(name, settings, named), [layer]).totals.latency_s;

describe('the share of blocks of 8 bits of an operand', () => {
  it('is what 4 more bits per element say, null where the values decide, and not known of a format', () => {
    expect(eightBitShare(blocks(0.16))).toBe(0.16);
    expect(eightBitShare(blocks(0))).toBe(0);
    expect(eightBitShare(blocks(null))).toBeNull();
    expect(eightBitShare(operandFormat('int4-g128'))).toBeUndefined();
  });

  it('is 0 of outliers of other bits, and beside codes of other bits', () => {
    const apart = blocks(0.01);
    expect(eightBitShare({ ...apart, bits: { ...apart.bits!, outlier: 0.32 } })).toBe(0);
    expect(eightBitShare({ ...blocks(0.16), payload_bitsPerElement: 3 })).toBe(0);
  });
});

describe('the choice of a kernel for two precisions', () => {
  it.each([
    ['activations of two precisions, weights of one', 0.16, 0, 'comet-w4ax'],
    ['a share that is not known', null, 0, 'comet-w4ax'],
    ['every channel in 8 bits', 1, 0, 'comet-w4ax'],
    ['no block of 8 bits', 0, 0, 'w4a4-g128'],
    ['weights with such blocks too, as Atom has them', 1 / 32, 1 / 32, 'w4a4-g128'],
  ])('for %s', (_what, activation, weight, kernel) => {
    expect(kernelOf(run(card(A100), [mixed(activation, weight)]))).toEqual([kernel]);
  });

  it('leaves formats alone to the kernels that are chosen by them, and is overruled by a name', () => {
    expect(kernelOf(run(card(A100), [gemm(size, ['int4-g128', 'int4-g128'])]))).toEqual(['w4a4-g128']);
    expect(kernelOf(run(card(A100, [], ['w4a4-g128']), [mixed(0.16)]))).toEqual(['w4a4-g128']);
  });

  it.each(['fmpq-w4a4kv4', 'atom-w4a4kv4'])('of the products of %s is its own', (name) => {
    const made = workload(loadModel('opt-125m').config, loadScheme(name).config, { phase: 'decode', batch: 4, context: 64 });
    const result = simulateGpu(card(A100), made.segments, {});
    expect(kernelOf(result)).toContain(name.startsWith('fmpq') ? 'comet-w4ax' : 'w4a4-g128');
    const share = name.startsWith('fmpq') ? /84 % of the blocks of channels are W4A4.*as the activations say \(assumed\)/ : /16\.67 % of/;
    expect(result.notes.join('\n')).toMatch(share);
  });

  it('is explained on the same kernel to the same number', () => {
    for (const layer of [mixed(0.16), mixed(0.25, 0.25)]) {
      const result = run(card(A100), [layer]);
      const terms = gpuExplainer(result.hardware as GpuRun).explain(layer);
      const value = (name: string): number => terms.find((term) => term.name === name)?.value ?? NaN;
      expect(value('latency') / result.totals.latency_cycles).toBeCloseTo(1, 9);
      expect(value('energy') / (result.totals.energy_pJ ?? NaN)).toBeCloseTo(1, 9);
    }
  });
});

describe('the share of W4A4 blocks of a layer', () => {
  it('is what its activations say, unless the run asks for another', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 32 }), fc.integer({ min: 0, max: 32 }), (own, asked) => {
        const settings = [`w4a4Share=${1 - asked / 32}`];
        const [said, overruled] = [mixed(own / 32), mixed(asked / 32)].map((layer) => seconds(layer, [], ['comet-w4ax'])) as [
          number,
          number,
        ];
        expect(seconds(mixed(own / 32), settings, ['comet-w4ax'])).toBe(overruled);
        expect(seconds(gemm(size, ['int4-g128', 'int4-g128']), [`w4a4Share=${1 - own / 32}`], ['comet-w4ax'])).toBe(said);
      }),
      { numRuns: 8 },
    );
  });

  it('is that of each layer by itself', () => {
    const [few, many] = [mixed(1 / 32), mixed(0.5)];
    const { layers } = run(card(A100), [few, many, few]);
    expect(layers.map(({ latency_s }) => latency_s)).toEqual([few, many, few].map((layer) => seconds(layer)));
    expect(layers[0]!.energy_pJ.pe! < layers[1]!.energy_pJ.pe!).toBe(true);
  });

  it('is 75 % only where nothing is known, as the notes say, and all of them where the activations have no block of 8 bits', () => {
    const notes = (layer: LayerTrace, settings: readonly string[] = []): string =>
      run(card(A100, settings, ['comet-w4ax']), [layer]).notes.join('\n');
    for (const silent of [gemm(size, ['int4-g128', 'int4-g128']), mixed(null)])
      expect(notes(silent)).toMatch(/comet-w4ax: 75 % .*nothing is known of the activations; --w4a4-share or activation\.outliers/);
    expect(notes(mixed(0))).toMatch(/comet-w4ax: 100 % .*as the activations say/);
    expect(notes(mixed(0.16), ['w4a4Share=0.5'])).toMatch(/comet-w4ax: 50 % .*as asked/);
    expect(notes(mixed(1 / 32, 1 / 32))).toMatch(/weights in blocks of 8 bits are charged as INT4/);
  });
});

describe('blocks of 8 bits on a kernel of one precision', () => {
  const device = resolveGpu(loadGpu(A100).config);
  const config = loadKernel('w4a4-g128');
  const kernel = resolveKernel(config, config.takes[0]!);

  it('take tensor cores as long as INT8 products: no more for none, twice as long for all on an A100', () => {
    const passes = (...operands: Operand[]): number => withEightBitBlocks(device, kernel, operands).passes;
    expect(withEightBitBlocks(device, kernel, [blocks(0), blocks(0)])).toBe(kernel);
    expect(passes(blocks(1), blocks(0))).toBe(2);
    // The blocks of both operands stand at the same channels.
    expect(passes(blocks(1 / 32), blocks(1 / 32))).toBeCloseTo(1 + 1 / 32, 12);
    expect(passes(blocks(null), blocks(0))).toBe(1);
  });

  it('leave kernels alone that run in another type, or in two', () => {
    for (const name of ['w4a8', 'comet-w4ax']) {
      const other = loadKernel(name);
      const resolved = resolveKernel(other, other.takes[0]!);
      expect(withEightBitBlocks(device, resolved, [blocks(0.5), blocks(0)])).toBe(resolved);
    }
  });

  it('cost time and energy of products, the more the larger their share, and a note says so', () => {
    const results = [0, 1 / 32, 0.25, 1].map((share) => run(card(A100), [mixed(share, share)]));
    const steps = results.map(({ layers }) => layers[0]!.cycles.compute);
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    expect(new Set(steps).size).toBe(4);
    const [none, , , all] = results.map(({ layers }) => layers[0]!.energy_pJ.pe!);
    expect(all! / none!).toBeCloseTo(2, 9);
    expect(results[1]!.notes.join('\n')).toMatch(/w4a4-g128: 3\.125 % of the channels stand in blocks of 8 bits/);
    expect(results[0]!.notes.join('\n')).not.toMatch(/blocks of 8 bits/);
    expect(run(card(A100, [], ['w4a4-g128']), [mixed(null)]).notes.join('\n')).toMatch(/blocks of 8 bits are charged as INT4/);
  });

  it('list the parameters of the kernel once, however many shares there are', () => {
    const { constants } = run(card(A100), [mixed(1 / 32, 1 / 32), mixed(0.25, 0.25)]);
    expect(constants.map(({ name }) => name)).toEqual([...new Set(constants.map(({ name }) => name))]);
  });
});
