import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CompareDocument, DiffDocument, ExplainDocument, SimulateDocument } from '../../src/report/documents.js';
import { lowbit, lowbitJson, scratchFolder } from './built-program.js';

const folder = scratchFolder();
const layers = join(folder, 'layers.csv');
const formats = [
  ['bf16', 'bf16'],
  ['bf16', 'int4-g128'],
  ['bf16', 'int8'],
  ['int8', 'int8'],
];
const rows = formats.map(([activation, weight], i) => `l${i},512,4096,4096,${activation},${weight}`);
writeFileSync(layers, `name,m,n,k,activation,weight\n${rows.join('\n')}\n`);
const dense = join(folder, 'dense.csv');
writeFileSync(dense, 'name,m,n,k\nsmall,16,4096,4096\nlarge,8192,8192,8192\n');
const onA100 = ['simulate', '--hw', 'a100-80gb-sxm', '--quiet'];

describe('GPUs on the command line', () => {
  it('run rows of a CSV with the kernel that their formats ask for, in the order of the rows', () => {
    const { layers: results, hardware, totals } = lowbitJson<SimulateDocument>([...onA100, '--layers', layers]);
    expect(results.map(({ name, latency_s }) => [name, latency_s > 0])).toEqual(formats.map((_pair, i) => [`l${i}`, true]));
    expect(Object.keys(hardware['ran'] as object)).toEqual(['dense', 'w4a16-trtllm', 'w8a16-trtllm', 'w8a8-trtllm']);
    expect([totals.area_mm2, totals.power_W !== null]).toEqual([null, true]);
  });

  it('take formats that rows leave open from the device file', () => {
    const { layers: results } = lowbitJson<SimulateDocument>([...onA100, '--layers', dense]);
    expect(results.map(({ trace }) => trace.weight.format)).toEqual(['bf16', 'bf16']);
    const volta = lowbitJson<SimulateDocument>(['simulate', '--hw', 'v100-pcie-16gb', '--quiet', '--layers', dense]);
    expect(volta.layers.map(({ trace }) => trace.weight.format)).toEqual(['fp16', 'fp16']);
  });

  it('run models with their schemes, and list what is not charged', () => {
    const words = [...onA100, '--model', 'llama-2-7b', '--scheme', 'w4a16-g128', '--phase', 'decode', '--context', '1024'];
    const { totals, omissions, layers: results } = lowbitJson<SimulateDocument>(words);
    expect(totals.fitsDram).toBe(true);
    expect(results.length).toBeGreaterThan(5);
    for (const { part, reason } of omissions) expect([part, reason]).not.toContain('');
  });

  it('stand beside accelerators in a comparison', () => {
    const { rows: compared } = lowbitJson<CompareDocument>([
      'compare',
      '--hw',
      'a100-80gb-sxm,h100-sxm,bitmod',
      '--layers',
      dense,
      '--quiet',
    ]);
    expect(compared.map(({ hardware }) => hardware)).toEqual(['a100-80gb-sxm', 'h100-sxm', 'bitmod']);
    expect(compared[1]?.speedup).toBeGreaterThan(1);
    const { rows: kernels } = lowbitJson<CompareDocument>([
      ...['compare', '--hw', 'a100-80gb-sxm,a100-80gb-sxm', '--layers', layers, '--quiet'],
      ...['--kernel', 'by-formats,marlin', '--profile', 'aiconfigurator'],
    ]);
    expect(kernels).toHaveLength(2);
  });

  it('explain a result and tell two of them apart', () => {
    const [a, b] = [join(folder, 'a.json'), join(folder, 'b.json')];
    writeFileSync(a, lowbit([...onA100, '--layers', dense, '--json']).out);
    writeFileSync(b, lowbit([...onA100, '--layers', dense, '--profile', 'llmcompass', '--json']).out);
    const { terms } = lowbitJson<ExplainDocument>(['explain', a, 'large', '--quiet']);
    expect(terms.map(({ name }) => name)).toEqual(expect.arrayContaining(['waves', 'least time of DRAM', 'layer time', 'energy']));
    const { settings, terms: changed } = lowbitJson<DiffDocument>(['diff', a, b]);
    expect(settings.map(({ path }) => path)).toContain('hardware.machine.launch_us');
    expect(changed.map(({ name }) => name)).toContain('launch time');
  });

  it('draw a layer on their SMs, in the time that the closed form gives', () => {
    const [picture, trace] = [join(folder, 't.svg'), join(folder, 't.json')];
    const { err } = lowbit(['simulate', '--hw', 'a100-80gb-sxm', '--layers', dense, '--timeline', picture, '--layer', 'large']);
    expect(err).toMatch(/wrote .*t\.svg: \d+ thread blocks/);
    expect(readFileSync(picture, 'utf8')).toMatch(/^<svg/);
    const { layers: results } = lowbitJson<SimulateDocument>([...onA100, '--layers', dense, '--timeline', trace, '--layer', 'large']);
    const shown_us = Number(/([\d.]+) us with launch/.exec(err)?.[1]);
    expect(Math.abs(shown_us / ((results[1]?.latency_s ?? NaN) * 1e6) - 1)).toBeLessThan(0.02);
    expect(Object.keys(JSON.parse(readFileSync(trace, 'utf8')) as object)).toContain('traceEvents');
  });

  it('make a page', () => {
    const out = join(folder, 'page');
    expect(lowbit([...onA100, '--layers', layers, '--out', out]).code).toBe(0);
  });

  it.each<[string[], RegExp]>([
    [['simulate', '--hw', 'h100', '--layers', dense], /unknown accelerator or GPU: h100; .*did you mean h100-sxm\?/],
    [['simulate', '--hw', 'bitmod', '--profile', 'vidur', '--layers', dense], /--profile goes with GPUs only: bitmod/],
    [[...onA100, '--profile', 'vidr', '--layers', dense], /unknown profile of a100-80gb-sxm: vidr.*did you mean vidur\?/],
    [['simulate', '--hw', 'rtx-3090', '--profile', 'vidur', '--layers', dense], /rtx-3090 has no profiles: vidur/],
    [[...onA100, '--kernel', 'marlinn', '--layers', dense], /unknown kernel: marlinn; did you mean marlin\?/],
    [
      [...onA100, '--kernel', 'marlin', '--layers', dense],
      /kernel marlin takes no layer of the workload: bf16 x bf16; expected one of: dense;/,
    ],
    [
      ['simulate', '--hw', 'v100-pcie-16gb', '--layers', layers],
      /v100-pcie-16gb has no bf16 tensor cores.*layer l0.*expected one of: .*fp16 x fp16/,
    ],
    [[...onA100, '--layers', dense, '--timeline', 't.png', '--layer', 'large'], /--timeline writes \.json \(Perfetto\) or \.svg: t\.png/],
    [[...onA100, '--layers', dense, '--timeline', 't.svg'], /--timeline shows one layer; expected one of: small, large; add --layer NAME/],
    [
      ['simulate', '--hw', 'bitmod', '--layers', dense, '--timeline', 't.svg', '--layer', 'large'],
      /--timeline goes with GPUs only: bitmod/,
    ],
    [[...onA100, '--iso', 'area', '--layers', dense], /--iso resizes arrays of accelerators: a100-80gb-sxm/],
    [[...onA100, '--set', 'array.rows=64', '--layers', dense], /unknown path: array\.rows/],
    [[...onA100, '--set', 'sms=0', '--layers', dense], /sms must be .*: 0 \(--set sms=0\)/],
    [['compare', '--hw', 'a100-80gb-sxm,l40s', '--kernel', 'dense,dense,dense', '--layers', dense], /--kernel has 3 entries for 2 designs/],
  ])('answer the mistake in %j with what, value, place and remedy', (words, message) => {
    const { code, out, err } = lowbit(words);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(message);
  });
});
