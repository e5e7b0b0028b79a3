import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cycleCauses } from '../../src/trace/layer-activity.js';
import { simulationResultSchema } from '../../src/trace/simulation-result.js';
import { simulateGpu } from '../../src/gpu/simulate.js';
import { card, gemm, run } from './cards.js';

const a100 = card('a100-80gb-sxm');
const shape = fc.tuple(fc.integer({ min: 1, max: 9000 }), fc.integer({ min: 8, max: 9000 }), fc.integer({ min: 32, max: 9000 }));

describe('a GPU simulation', () => {
  it('is a result like that of any design: rows add up to totals, causes to cycles, cycles to seconds', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(shape, fc.integer({ min: 1, max: 90 })), { minLength: 1, maxLength: 4 }), (rows) => {
        const result = run(
          a100,
          rows.map(([size, repeat]) => ({ ...gemm(size), repeat })),
        );
        simulationResultSchema.parse({ ...result, workload: {} });
        for (const { cycles, latency_cycles, latency_s, utilization } of result.layers) {
          const causes = cycleCauses.reduce((sum, cause) => sum + cycles[cause], 0);
          expect(Math.abs(causes / latency_cycles - 1)).toBeLessThan(1e-12);
          expect(latency_s).toBeCloseTo(latency_cycles / 1410e6, 12);
          expect(utilization).toBeLessThanOrEqual(1);
        }
        const sum = result.layers.reduce((total, layer) => total + layer.latency_s, 0);
        expect(result.totals.latency_s).toBe(sum);
        expect(result.totals.energy_pJ).toBeCloseTo(
          result.layers.reduce((total, layer) => total + (layer.energy_pJ.total ?? NaN), 0),
          0,
        );
      }),
      { numRuns: 25 },
    );
  });

  it('charges identical layers once each', () => {
    const [one] = run(a100, [gemm([64, 4096, 4096])]).layers;
    const [many] = run(a100, [{ ...gemm([64, 4096, 4096]), repeat: 32 }]).layers;
    expect((many?.latency_s ?? NaN) / (one?.latency_s ?? NaN)).toBeCloseTo(32, 9);
    expect((many?.energy_pJ.total ?? NaN) / (one?.energy_pJ.total ?? NaN)).toBeCloseTo(32, 9);
  });

  it('runs products that share weights as one with more rows, and experts as one launch over their weights', () => {
    const time = (layer: ReturnType<typeof gemm>) => run(a100, [layer]).totals.latency_s;
    expect(time({ ...gemm([8, 4096, 4096]), gemms: 16 })).toBe(time(gemm([128, 4096, 4096])));
    const experts = { ...gemm([8, 4096, 4096]), gemms: 4, sharedOperand: 'none' as const };
    expect(time(experts)).toBe(time(gemm([8, 4 * 4096, 4096])));
    expect(run(a100, [experts]).notes.join('\n')).toMatch(/one grouped launch \(8x4096x4096\)/);
  });

  it('writes outputs to L2 whether they stay there or go on to DRAM', () => {
    for (const m of [16, 4096]) {
      const [layer] = run(a100, [gemm([m, 4096, 4096])]).layers;
      const { write_accesses, write_bits } = layer!.activity.sram['l2']!;
      expect((write_accesses * write_bits) / 8).toBe(m * 4096 * 2);
    }
    const norm = { ...gemm([16, 4096, 1]), kind: 'norm' as const };
    for (const layer of run(a100, [gemm([16, 4096, 4096]), norm]).layers) {
      expect(layer.activity.dramWrite_bytes).toBe(0);
      expect(layer.activity.sram['l2']?.write_accesses).toBe((16 * 4096 * 2) / 32);
    }
  });

  it('charges every kind of layer', () => {
    const kinds = ['softmax', 'norm', 'elementwise', 'transform'] as const;
    const { layers } = run(
      a100,
      kinds.map((kind) => ({ ...gemm([8, 64, 1]), kind, name: kind })),
    );
    for (const { latency_s, activity } of layers) expect([latency_s > 0, activity.macs]).toEqual([true, 0]);
  });

  it('has no area and says so', () => {
    const { totals, omissions } = run(a100, [gemm([8, 64, 64])]);
    expect([totals.area_mm2, totals.TOPS_mm2]).toEqual([null, null]);
    expect(omissions).toContainEqual({ part: 'area', status: 'unknown', reason: 'dies of GPUs are not described' });
  });

  it('judges whether a model fits what a program can allocate', () => {
    const fits = (modelBytes: number) => simulateGpu(a100, [{ layers: [gemm([8, 64, 64])] }], { modelBytes }).totals.fitsDram;
    expect([fits(84.97e9), fits(84.97e9 + 1)]).toEqual([true, false]);
  });

  it('names the layer whose operands no kernel takes', () => {
    expect(() => run(card('h100-sxm'), [gemm([8, 64, 64], ['int4', 'int4'])])).toThrow(
      /^h100-sxm has no int4 tensor cores, which w4a4 needs: int4 x int4 \(layer 8x64x64\); expected one of: /,
    );
  });

  it('uses a named kernel where it takes the operands and others elsewhere', () => {
    const layers = [gemm([64, 4096, 4096], ['bf16', 'int4-g128']), gemm([64, 4096, 4096])];
    const { hardware } = run(card('a100-80gb-sxm', [], ['marlin']), layers);
    expect(Object.keys(hardware['ran'] as object)).toEqual(['marlin', 'dense']);
  });

  it('refuses a named kernel that no layer uses', () => {
    expect(() => run(card('a100-80gb-sxm', [], ['w4a8']), [gemm([64, 4096, 4096])])).toThrow(
      /^kernel w4a8 takes no layer of the workload: bf16 x bf16; expected one of: dense; w4a8 takes int8 x int4/,
    );
  });

  it('adds the launch of the machine that was measured, and slows its clock', () => {
    const slow = { ...a100, profile: { name: 'slow', launch_us: 21, clockFactor: 0.9 } };
    const [size, large] = [gemm([1, 512, 512]), gemm([8192, 8192, 8192])];
    expect(run(slow, [size]).totals.latency_s - run(a100, [size]).totals.latency_s).toBeGreaterThan(20.9e-6);
    expect(run(slow, [large]).totals.latency_s / run(a100, [large]).totals.latency_s).toBeGreaterThan(1.08);
    expect(run(slow, [size]).notes[0]).toMatch(/times are for slow$/);
  });

  it('says of a kernel without measurements what error to expect, by product and architecture', () => {
    const note = (name: string, operands: readonly [string, string]) => run(card(name), [gemm([8, 64, 64], operands)]).notes.join('\n');
    expect(note('a100-80gb-sxm', ['bf16', 'bf16'])).toMatch(
      /dense was not measured on a100-80gb-sxm or a similar card: default parameters, expect a mean error of 9 to 15 % \(measured cards of ampere by the fit of another card/,
    );
    expect(note('a10', ['bf16', 'int4-g128'])).toMatch(/expect a mean error of 27 %/);
    expect(note('l40s', ['int8', 'int8'])).toMatch(/expect a mean error of 34 %/);
    expect(note('b200', ['nvfp4', 'nvfp4'])).toMatch(/expect a mean error of 34 to 37 %/);
  });

  it('says that the error is not known where nothing like a kernel was measured', () => {
    const note = (name: string, operands: readonly [string, string]) => run(card(name), [gemm([8, 64, 64], operands)]).notes.join('\n');
    expect(note('a100-80gb-sxm', ['int4-g128', 'int4-g128'])).toMatch(/default parameters, their error is not known/);
    expect(note('h100-sxm', ['int8', 'int8'])).toMatch(/default parameters, their error is not known/);
  });

  it('says of a fitted kernel how far it was off on shapes it was not fitted to', () => {
    const figures = { mean_pct: 6.1, median_pct: 4, p90_pct: 14, bias_pct: 0 };
    const errors = [{ regime: 'all', from_us: 0, rows: 1470, inSample: { ...figures, mean_pct: 5.9 }, outOfSample: figures }];
    const fitted = { dense: { from: 'a100-80gb-sxm', parameters: { launch_us: 3 }, errors } };
    const notes = run({ ...a100, fitted }, [gemm([8, 64, 64])]).notes.join('\n');
    expect(notes).toMatch(/dense on a100-80gb-sxm: mean error 6\.1 % on shapes it was not fitted to \(1470 rows\)/);
    const other = run({ ...card('a100-40gb-sxm'), fitted }, [gemm([8, 64, 64])]).notes.join('\n');
    const like = { 'w4a16-trtllm': { from: 'a100-80gb-sxm', like: 'dense', parameters: { launch_us: 3 } } };
    expect(run({ ...a100, fitted: like }, [gemm([8, 64, 64], ['bf16', 'int4-g128'])]).notes.join('\n')).toMatch(
      /w4a16-trtllm was not measured: parameters of dense, fitted on a100-80gb-sxm, are used for it on a100-80gb-sxm/,
    );
    expect(other).toMatch(/its parameters are used for a100-40gb-sxm, where it was not measured: expect a mean error of \d+/);
  });
});
