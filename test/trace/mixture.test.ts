import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expertGroups, type Mixture } from '../../src/trace/workload/moe.js';
import { workload } from '../../src/trace/workload/workload.js';
import { modelNamed, schemeNamed } from './catalogue.js';

const mixture = fc
  .integer({ min: 1, max: 128 })
  .chain((experts) => fc.record({ experts: fc.constant(experts), expertsPerToken: fc.integer({ min: 1, max: experts }) }));
const tokens = fc.integer({ min: 1, max: 5000 });

function activeExperts(shape: Mixture, count: number): number {
  return expertGroups(shape, count).reduce((sum, group) => sum + group.experts, 0);
}

describe('routing of a mixture of experts', () => {
  it('loses no token and loads active experts within one token of each other', () => {
    fc.assert(
      fc.property(mixture, tokens, (shape, count) => {
        const groups = expertGroups(shape, count);
        expect(groups.reduce((sum, group) => sum + group.experts * group.tokens, 0)).toBe(count * shape.expertsPerToken);
        expect(activeExperts(shape, count)).toBeLessThanOrEqual(Math.min(shape.experts, count * shape.expertsPerToken));
        const loads = groups.map((group) => group.tokens);
        expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('gives no expert more tokens than there are', () => {
    fc.assert(
      fc.property(mixture, tokens, (shape, count) => {
        expect(Math.max(...expertGroups(shape, count).map((group) => group.tokens))).toBeLessThanOrEqual(count);
      }),
    );
  });

  it('reaches never fewer experts with more tokens', () => {
    fc.assert(
      fc.property(mixture, tokens, (shape, count) => {
        expect(activeExperts(shape, count + 1)).toBeGreaterThanOrEqual(activeExperts(shape, count));
      }),
    );
  });

  it.each([
    [1, 2],
    [2, 4],
    [4, 5],
    [8, 7],
    [16, 8],
  ])('Mixtral with %i tokens at once works on %i of 8 experts', (count, active) => {
    // 8 (1 - 0.75^t) = 2, 3.5, 5.47, 7.20, 7.92
    expect(activeExperts({ experts: 8, expertsPerToken: 2 }, count)).toBe(active);
  });

  it('a prefill of Mixtral runs every expert once per sequence on a quarter of the prompt', () => {
    const made = workload(modelNamed('mixtral-8x7b'), schemeNamed('fp16'), { phase: 'prefill', batch: 2, context: 256 });
    const down = made.segments[0]?.layers.find((layer) => layer.name === 'experts.down_proj');
    expect(down).toMatchObject({ m: 64, n: 4096, k: 14336, gemms: 2, repeat: 256 });
  });

  it('an uneven split is two rows whose names say their load', () => {
    const made = workload(modelNamed('mixtral-8x7b'), schemeNamed('fp16'), { phase: 'prefill', context: 257 });
    const names = made.segments[0]?.layers
      .filter((layer) => layer.name.startsWith('experts.up_proj'))
      .map((layer) => [layer.name, layer.m, layer.repeat]);
    expect(names).toEqual([
      ['experts.up_proj[65 tokens]', 65, 64],
      ['experts.up_proj[64 tokens]', 64, 192],
    ]);
  });

  it('the notes say how many experts work, in each phase', () => {
    const { notes } = workload(modelNamed('mixtral-8x7b'), schemeNamed('fp16'), { phase: 'generate', batch: 4, context: 257, tokens: 2 });
    expect(notes).toContain('prefill: 8 of 8 experts on 65 or 64 tokens each');
    expect(notes).toContain('decode: 5 of 8 experts on 2 or 1 tokens each');
  });
});
