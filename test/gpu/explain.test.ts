import fc from 'fast-check';
import { all, create } from 'mathjs';
import { describe, expect, it } from 'vitest';
import { cycleCauses } from '../../src/trace/layer-activity.js';
import { gpuExplainer } from '../../src/gpu/explain.js';
import { gpuRunSchema } from '../../src/gpu/gpu-run.js';
import { card, gemm, run } from './cards.js';

const math = create(all as NonNullable<typeof all>);
const shape = fc.tuple(fc.integer({ min: 1, max: 9000 }), fc.integer({ min: 8, max: 9000 }), fc.integer({ min: 32, max: 9000 }));
const formats = fc.constantFrom<[string, string][]>(['bf16', 'bf16'], ['bf16', 'int4-g128'], ['int8', 'int8'], ['int4-g128', 'int4-g128']);

describe('an explanation of a GPU layer', () => {
  it('has numbers that evaluate to its values and give the result when put together', () => {
    const setup = card('a100-80gb-sxm');
    fc.assert(
      fc.property(shape, formats, fc.integer({ min: 1, max: 40 }), (size, operands, repeat) => {
        const layer = { ...gemm(size, operands), repeat };
        const result = run(setup, [layer]);
        // As read back from a file of `simulate --json`.
        const hardware = gpuRunSchema.parse(JSON.parse(JSON.stringify(result.hardware)));
        const terms = gpuExplainer(hardware).explain(layer);
        for (const { name, numbers, value, source } of terms) {
          // What remains of sums that cancel is held against the time of the layer.
          const scale = Math.max(Math.abs(value), result.totals.latency_s * 1e-6);
          expect(Math.abs(Number(math.evaluate(numbers)) - value), `${name}: ${numbers}`).toBeLessThanOrEqual(1e-9 * scale);
          expect(source).not.toBe('');
        }
        const value = (name: string) => terms.find((term) => term.name === name)?.value ?? NaN;
        expect(value('latency') / result.totals.latency_cycles).toBeCloseTo(1, 9);
        for (const cause of cycleCauses) {
          const term = terms.find(({ name }) => name === `${cause} time`);
          const seconds = (result.layers[0]?.cycles[cause] ?? NaN) / 1410e6 / repeat;
          expect(Math.abs((term?.value ?? 0) - seconds), cause).toBeLessThanOrEqual(1e-12 * (result.layers[0]?.latency_s ?? NaN));
        }
        expect(value('energy') / (result.totals.energy_pJ ?? NaN)).toBeCloseTo(1, 9);
      }),
      { numRuns: 30 },
    );
  });

  it('covers attention and layers without products, and says of rows done in passing that they take none', () => {
    const setup = card('a100-80gb-sxm');
    const base = gemm([4, 512, 128], ['fp16', 'int8']);
    const layers = [
      { ...base, kind: 'attention-qk' as const, gemms: 64, sharedOperand: 'none' as const, repeat: 3 },
      { ...base, kind: 'norm' as const, name: 'norm' },
      { ...base, kind: 'softmax' as const, name: 'attention-softmax' },
    ];
    for (const layer of layers) {
      const result = run(setup, [layer]);
      const terms = gpuExplainer(gpuRunSchema.parse(JSON.parse(JSON.stringify(result.hardware)))).explain(layer);
      for (const { name, numbers, value, source } of terms) {
        // What remains of sums that cancel is held against the time of the layer.
        const scale = Math.max(Math.abs(value), result.totals.latency_s * 1e-6);
        expect(Math.abs(Number(math.evaluate(numbers)) - value), `${name}: ${numbers}`).toBeLessThanOrEqual(1e-9 * scale);
        expect(source).not.toBe('');
      }
      const value = (name: string) => terms.find((term) => term.name === name)?.value ?? NaN;
      expect(value('latency')).toBeCloseTo(result.totals.latency_cycles, 3);
      expect(value('energy')).toBeCloseTo(result.totals.energy_pJ ?? NaN, 0);
    }
  });

  it('uses the kernel that was named', () => {
    const layer = gemm([64, 4096, 4096], ['bf16', 'int4-g128']);
    const { hardware } = run(card('a100-80gb-sxm', [], ['marlin']), [layer]);
    const [first] = gpuExplainer(gpuRunSchema.parse(hardware)).explain(layer);
    expect(first?.formula).toMatch(/of marlin\b/);
  });
});
