import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { reproduceDocument } from '../../src/cli/run/reproduce.js';
import { loadGpu, loadKernel } from '../../src/config/gpu-catalogue.js';
import { loadModel } from '../../src/config/catalogue.js';
import { loadSramTable } from '../../src/config/package-data.js';
import { parseConfig } from '../../src/config/parse-config.js';
import { gpuSources } from '../../src/cli/run/gpu-design.js';
import { gpuSetup } from '../../src/gpu/gpu-setup.js';
import { reproductions } from '../../src/reproduce/index.js';
import { publishedTableSchema, type PublishedTable } from '../../src/reproduce/published-table.js';
import { reproductionSchema, type Cell, type Reproduction, type ReproductionInputs } from '../../src/reproduce/reproduction.js';

const ids = ['comet', 'qserve-kernels', 'marlin', 'atom', 'abq', 'fp6'] as const;
type Id = (typeof ids)[number];

const tableOf = (id: string): PublishedTable => {
  const file = new URL(`../../reports/published/${id}.yaml`, import.meta.url);
  return parseConfig(readFileSync(file, 'utf8'), `${id}.yaml`, publishedTableSchema);
};

/** The small model of COMET's two stands for both: the large one takes seconds. */
function comet(): Reproduction {
  const entry = reproductions['comet']!;
  const small = loadModel('llama-3-8b').config;
  const inputs: ReproductionInputs = {
    hardware: {},
    models: { 'llama-3-8b': small, 'llama-3-70b': small },
    sramTable: loadSramTable(),
    gpus: { 'a100-80gb-sxm': gpuSetup(loadGpu('a100-80gb-sxm').config, gpuSources()) },
    kernels: { 'comet-w4ax': loadKernel('comet-w4ax') },
  };
  return entry.run(tableOf('comet'), inputs);
}

const done = new Map<Id, Reproduction>();
beforeAll(() => {
  for (const id of ids) done.set(id, id === 'comet' ? comet() : reproduceDocument(id));
}, 60_000);

const cellsOf = (id: Id): readonly Cell[] => done.get(id)!.cells;
const value = (id: Id, metric: string, row: string, column: string): number => {
  const cell = cellsOf(id).find((each) => each.metric === metric && each.row === row && each.column === column);
  expect(cell, `${id}: ${metric}, ${row}, ${column}`).toBeDefined();
  return cell!.simulated;
};
const row = (id: Id, metric: string, name: string): number[] =>
  cellsOf(id)
    .filter((cell) => cell.metric === metric && cell.row === name)
    .map(({ simulated }) => simulated);
const ascending = (values: readonly number[]): boolean => values.every((each, i) => i === 0 || each > values[i - 1]!);
const within = (simulated: number, published: number): number => Math.abs(simulated / published - 1);

describe('the reproductions of kernels on GPUs', () => {
  it.each(ids)('%s is a document whose every cell is a number, and every difference has a reason', (id) => {
    const reproduction = done.get(id)!;
    const { title, source, cells, summary, notes } = reproduction;
    expect(() => reproductionSchema.parse({ id, title, source, cells, summary, notes })).not.toThrow();
    expect(reproduction.cells.filter(({ simulated }) => !Number.isFinite(simulated) || simulated <= 0)).toEqual([]);
    expect(reproduction.cells.filter(({ note }) => note.includes('not explained'))).toEqual([]);
  });

  it.each(ids)('%s says where its parameters come from, and why claims without a cell have none', (id) => {
    const { notes } = done.get(id)!;
    const { notReproduced = [] } = tableOf(id);
    expect(notes.some((note) => /not fitted|fitted on/.test(note))).toBe(true);
    expect(notes.filter((note) => note.startsWith('not reproduced: '))).toHaveLength(notReproduced.length);
  });

  it('refuse a metric, a row or a column that is none of theirs, and missing cards and kernels', () => {
    const asking = (id: string, cell: { metric: string; row: string; column: string }): PublishedTable => ({
      id, title: 't', source: 's',
      tables: [{ metric: cell.metric, unit: 'x', decimals: 2, evidence: 'e', columns: [cell.column], rows: { [cell.row]: [1] } }],
    }); // prettier-ignore
    const inputs: ReproductionInputs = { hardware: {}, models: {}, sramTable: loadSramTable(), gpus: {}, kernels: {} };
    const run = (id: string, cell: { metric: string; row: string; column: string }) => () =>
      reproductions[id]!.run(asking(id, cell), inputs);
    expect(run('marlin', { metric: 'speed', row: 'MARLIN', column: '1' })).toThrow(/unknown metric of marlin: speed; expected one of/);
    expect(run('marlin', { metric: 'whole block', row: 'Llama7B', column: 'H100' })).toThrow(/unknown GPU of MARLIN: H100/);
    expect(run('marlin', { metric: 'large matrix', row: 'MARLIN', column: '1' })).toThrow(/unknown GPU of the reproduction: a10/);
    expect(run('abq', { metric: 'speed-up', row: 'w8', column: '1x1' })).toThrow(/no bits and matrix of ABQ-LLM/);
    expect(run('fp6', { metric: 'mean speed-up', row: 'TC-FPx W6A16', column: '8' })).toThrow(/unknown model of FP6-LLM: llama-7b/);
    expect(run('comet', { metric: 'conversion', row: 'x', column: 'fast' })).toThrow(/unknown kernel of the reproduction: comet-w4ax/);
    expect(run('qserve-kernels', { metric: 'conversion', row: 'x', column: 'fast' })).toThrow(/unknown model of QServe: llama-2-7b/);
  });
});

describe("COMET's figures", () => {
  it('keep the published order of schedules, decomposed within 10 %', () => {
    const of = (schedule: string): number => value('comet', 'schedule over W4A8', schedule, 'LLaMA-3-8B');
    expect(of('naive')).toBeLessThan(of('remapped'));
    expect(of('remapped')).toBeLessThan(of('decomposed'));
    expect(within(of('decomposed'), 1.71)).toBeLessThan(0.1);
    expect([of('naive') < 1.31, of('barrier-free') > 1.31]).toEqual([true, true]);
  });

  it('have the example of 18 tiles on 4 SMs take what follows from the picture, to the last digit', () => {
    const schedules = ['naive', 'barrier-free', 'remapped', 'decomposed'];
    expect(schedules.map((schedule) => value('comet', 'example of 18 tiles on 4 SMs', schedule, 'time'))).toEqual([10, 10, 8, 6.75]);
  });

  it('lose what the paper loses without each mechanism, within 10 %', () => {
    const published = { 'software pipeline': 1.69, 'weight interleaving': 1.27, 'fast conversion': 1.53 };
    for (const [mechanism, loss] of Object.entries(published))
      expect(within(value('comet', 'slowdown without', mechanism, 'slowdown'), loss)).toBeLessThan(0.1);
  });

  it('win over each baseline at every batch; W8A8 over cuBLAS stays below the 2.17 that the published ratios imply', () => {
    for (const cell of cellsOf('comet').filter(({ metric }) => metric === 'speed-up by batch')) expect(cell.simulated).toBeGreaterThan(1);
    expect(value('comet', 'baseline over cuBLAS', 'TRT-LLM W8A8', '256')).toBeLessThan(2.17);
  });
});

describe("QServe's and LiquidGEMM's claims", () => {
  it('have KV4 attention slower than KV8 when it is naive on A100, 1.3 to 1.5 times as fast with fp16 math, 1.7 times on L40S', () => {
    const kv4 = (kind: string, column: string): number => value('qserve-kernels', 'KV4 over KV8 attention', kind, column);
    expect(kv4('naive', 'A100 largest')).toBeLessThan(1);
    expect(kv4('naive', 'A100 smallest')).toBeGreaterThan(0.8);
    expect(kv4('QServe', 'A100 smallest')).toBeGreaterThan(1.25);
    expect(kv4('QServe', 'A100 largest')).toBeLessThan(1.55);
    expect(within(kv4('naive', 'L40S'), 1.7)).toBeLessThan(0.12);
  });

  it('meet the rooflines within the rounding of bandwidth', () => {
    for (const { published, relativeError } of cellsOf('qserve-kernels').filter(({ metric }) => metric === 'roofline crossing'))
      if (published !== null) expect(Math.abs(relativeError!)).toBeLessThan(0.03);
  });

  it('have QServe lose to W8A8 on Hopper, and LiquidGEMM win over both', () => {
    expect(value('qserve-kernels', 'QServe over W8A8 on Hopper', 'largest slowdown', '128-256')).toBeGreaterThan(1.2);
    expect(value('qserve-kernels', 'LiquidGEMM speed-up', 'over QServe', 'largest')).toBeGreaterThan(1.5);
    expect(value('qserve-kernels', 'LiquidGEMM speed-up', 'over TRT-LLM', 'smallest')).toBeGreaterThan(1);
  });
});

describe("MARLIN's figures", () => {
  it('hold three to four times FP16 up to 32 rows and fall above, as the ideal kernel does', () => {
    const marlin = row('marlin', 'large matrix', 'MARLIN');
    for (const few of marlin.slice(0, 6)) expect(few).toBeGreaterThan(2.8);
    expect(ascending(marlin.slice(5).toReversed())).toBe(true);
    row('marlin', 'large matrix', 'ideal').forEach((ideal, i) => expect(ideal).toBeGreaterThan(0.95 * marlin[i]!));
  });

  it('lose sooner at the base clock, where products take longer and bandwidth stays', () => {
    for (const rows of ['64', '128'])
      expect(value('marlin', 'base clock', 'MARLIN', rows)).toBeLessThan(value('marlin', 'large matrix', 'MARLIN', rows));
  });

  it('win more on blocks of larger models on an A100', () => {
    const models = ['Llama7B', 'Llama13B', 'Llama33B', 'Llama65B', 'Falcon180B'];
    expect(ascending(models.map((model) => value('marlin', 'whole block', model, 'A100')))).toBe(true);
  });
});

describe('the figures of ABQ-LLM, Atom and FP6-LLM', () => {
  it('gain with every bit less, on each matrix', () => {
    for (const column of ['4096x4096', '4096x11008', '11008x4096']) {
      const gains = (bits: readonly string[]): number[] => bits.map((each) => value('abq', 'speed-up', each, column));
      expect(ascending(gains(['w8a8', 'w7a7', 'w6a6', 'w5a5']))).toBe(true);
      expect(ascending(gains(['w8a8', 'w4a8', 'w3a8', 'w2a8']))).toBe(true);
    }
  });

  it('have W4A4 of Atom flat up to 256 rows and faster than W8A8 at every m', () => {
    const w4a4 = (rows: string): number => value('atom', 'latency of Atom W4A4', 'Atom W4A4', rows);
    expect(within(w4a4('256'), w4a4('16'))).toBeLessThan(0.05);
    for (const rows of ['16', '32', '128', '256', '512', '1024', '2048', '4096'])
      expect(w4a4(rows)).toBeLessThan(value('atom', 'latency of W8A8 torch-int', 'W8A8 torch-int', rows));
  });

  it('have six bits about 16 / 6 times as fast as FP16 or less, and bitsandbytes slower than it', () => {
    for (const gain of row('fp6', 'mean speed-up', 'TC-FPx W6A16')) {
      expect(gain).toBeGreaterThan(1.8);
      expect(gain).toBeLessThan(16 / 6);
    }
    expect(value('fp6', 'mean of dequantize-first', 'bitsandbytes', 'LLaMA')).toBeLessThan(0.6);
  });
});

const reference = new URL('../../../shared/reference/gpu/gpu_published.json', import.meta.url);
/** Which table holds the claims of a source. */
const sources: readonly (readonly [RegExp, Id])[] = [
  [/^COMET/, 'comet'],
  [/^QServe|^LiquidGEMM|TensorRT-LLM#2300/, 'qserve-kernels'],
  [/^MARLIN|^AWQ/, 'marlin'],
  [/^Atom/, 'atom'],
  [/^ABQ-LLM/, 'abq'],
  [/^FP6-LLM/, 'fp6'],
];

describe.skipIf(!existsSync(reference))('published claims (skipped without the reference file gpu_published.json)', () => {
  it.each(sources)('of %s are each a cell or listed with a reason', (source, id) => {
    const claims = (JSON.parse(readFileSync(reference, 'utf8')) as { source: string; value: number; claim: string }[]).filter((claim) =>
      source.test(claim.source),
    );
    expect(claims.length).toBeGreaterThan(0);
    const { tables, notReproduced = [] } = tableOf(id);
    const left = [...tables.flatMap(({ rows }) => Object.values(rows).flat()), ...notReproduced.flatMap(({ values }) => values)];
    const missing = claims.filter((claim) => {
      const at = left.indexOf(claim.value);
      if (at >= 0) left.splice(at, 1);
      return at < 0;
    });
    expect(missing).toEqual([]);
  });
});
