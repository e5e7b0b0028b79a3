import { describe, expect, it } from 'vitest';
import { gpuSources } from '../../src/cli/run/gpu-design.js';
import { loadGpu, loadKernel } from '../../src/config/gpu-catalogue.js';
import { loadModel } from '../../src/config/catalogue.js';
import { loadSramTable } from '../../src/config/package-data.js';
import { gpuSetup } from '../../src/gpu/gpu-setup.js';
import { blockWeights, gpuBench, total_s, type GemmRun } from '../../src/reproduce/gpu-bench.js';
import { publishedTableSchema } from '../../src/reproduce/published-table.js';
import { compareWithPublished } from '../../src/reproduce/reproduction.js';
import { gemm, run } from '../gpu/cards.js';

const bench = gpuBench({
  hardware: {},
  models: {},
  sramTable: loadSramTable(),
  gpus: Object.fromEntries(['a10', 'h100-sxm'].map((name) => [name, gpuSetup(loadGpu(name).config, gpuSources())])),
  kernels: Object.fromEntries(['marlin', 'atom-w4a4', 'fast2bit-sync'].map((name) => [name, loadKernel(name)])),
});
const fp16: GemmRun = { gpu: 'a10', activation: 'fp16', weight: 'fp16' };
const marlin: GemmRun = { gpu: 'a10', kernel: 'marlin', activation: 'fp16', weight: 'int4-g128' };
const shape = { n: 8192, k: 8192 };

describe('a bench of GEMMs on GPUs', () => {
  it('takes the kernel of the formats unless another is named, and a host adds its time to every kernel', () => {
    expect(bench.time_s(fp16, 16, shape)).toBe(bench.time_s({ ...fp16, kernel: 'dense' }, 16, shape));
    expect(bench.time_s({ ...fp16, launch_us: 10 }, 16, shape)).toBeCloseTo(bench.time_s(fp16, 16, shape) + 10e-6, 12);
    expect(total_s(bench, fp16, 16, [shape, shape])).toBe(2 * bench.time_s(fp16, 16, shape));
  });

  it('slows products down with a locked clock, and a stream from DRAM hardly', () => {
    const slower = (rows: number): number => bench.time_s({ ...fp16, clock_MHz: 847.5 }, rows, shape) / bench.time_s(fp16, rows, shape);
    expect(slower(4096)).toBeGreaterThan(1.8);
    expect(slower(1)).toBeLessThan(1.2);
  });

  it('charges what a simulation charges, whatever the schedule and the stages of the kernel', () => {
    const named = (kernel: string) => gpuSetup(loadGpu('a10', [`kernel=${kernel}`]).config, gpuSources());
    for (const n of [4096, 8192, 12288, 28672]) {
      const simulated = run(named('marlin'), [gemm([16, n, 4096], ['fp16', 'int4-g128'])]).totals.latency_s;
      expect(bench.time_s(marlin, 16, { n, k: 4096 }) / simulated).toBeCloseTo(1, 12);
    }
    const turns: GemmRun = { gpu: 'a10', kernel: 'fast2bit-sync', activation: 'fp16', weight: 'int2-g16' };
    const simulated = run(named('fast2bit-sync'), [gemm([8, 4096, 4096], ['fp16', 'int2-g16'])]).totals.latency_s;
    expect(bench.time_s(turns, 8, { n: 4096, k: 4096 }) / simulated).toBeCloseTo(1, 12);
  });

  it('refuses cards and kernels that were not loaded, operands a kernel does not take, and types a card lacks', () => {
    expect(() => bench.time_s({ ...fp16, gpu: 'a40' }, 1, shape)).toThrow(/unknown GPU of the reproduction: a40; expected one of: a10/);
    expect(() => bench.time_s({ ...fp16, kernel: 'fp6' }, 1, shape)).toThrow(/unknown kernel of the reproduction: fp6/);
    expect(() => bench.time_s({ ...marlin, weight: 'int8' }, 1, shape)).toThrow(/marlin does not take these operands/);
    const int4: GemmRun = { gpu: 'h100-sxm', kernel: 'atom-w4a4', activation: 'int4-g128', weight: 'int4-g128' };
    expect(() => bench.time_s(int4, 1, shape)).toThrow(/has no int4 tensor cores/);
  });

  it('has the weights of a block with QKV and gate with up fused', () => {
    expect(blockWeights(loadModel('llama-3-8b').config)).toEqual([
      { n: 6144, k: 4096 }, { n: 4096, k: 4096 }, { n: 28672, k: 4096 }, { n: 4096, k: 14336 },
    ]); // prettier-ignore
    expect(blockWeights(loadModel('opt-30b').config).map(({ n }) => n)).toEqual([3 * 7168, 7168, 28672, 7168]);
    for (const name of ['bert-base', 'mixtral-8x7b']) expect(() => blockWeights(loadModel(name).config)).toThrow(/decoder without experts/);
  });
});

describe('reasons of a published table', () => {
  const table = {
    id: 't',
    title: 't',
    source: 's',
    tables: [{ metric: 'm', unit: 'x', decimals: 1, evidence: 'e', columns: ['a'], rows: { r: [1], q: [1] }, reason: 'all', rowReasons: { q: 'this' } }],
  }; // prettier-ignore

  it('stand at cells that differ, that of a row before that of the table, and not at those that do not', () => {
    const notes = (value: number): string[] => compareWithPublished(publishedTableSchema.parse(table), () => value, () => null).cells.map(({ note }) => note); // prettier-ignore
    expect(notes(1.5)).toEqual(['0.50: all', '0.50: this']);
    expect(notes(1.04)).toEqual(['', '']);
  });

  it('are refused for a row that there is not', () => {
    const wrong = { ...table, tables: [{ ...table.tables[0], rowReasons: { x: 'none' } }] };
    expect(publishedTableSchema.safeParse(wrong).error?.issues[0]?.message).toMatch(/a row that there is not/);
  });
});
