/** Does `lowbit codesign` keep what it measured, give the same bytes again, and do its schemes give the numbers of the front? */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { codesignDocumentSchema } from '../../src/report/documents.js';
import { lowbit, scratchFolder } from './built-program.js';

const folder = scratchFolder();
afterAll(() => rmSync(folder, { recursive: true }));

const study = `name: small
model: tiny
scheme: bitmod-4b
items: block
error: output
windows: 2
options:
  - { name: three, weight: { quantizer: bitmod, bits: 3 } }
  - { name: six, weight: { quantizer: bitmod, bits: 6 } }
hardware: [bitmod]
workload: { phase: decode, context: 64 }
budgets:
  - { resource: bits, values: [4.7] }
methods: [ilp, uniform, random]
verify: 2
`;
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const out = join(folder, 'out');
const tiny = resolve(import.meta.dirname, '../../models/tiny');
const total = (text: string, key: string): unknown => (JSON.parse(text) as { totals: Record<string, unknown> }).totals[key];

describe('a study', () => {
  const words = ['codesign', file('study.yaml', study), '--out', out, '--jobs', '1', '--json', '--quiet'];
  const first = lowbit(words);
  const document = codesignDocumentSchema.parse(JSON.parse(first.out));
  const point = document.front.find(({ scheme }) => scheme !== null)!;
  const scheme = join(out, point.scheme ?? '');

  it('prints what it writes, and nothing half-written is left', () => {
    expect(first.code).toBe(0);
    expect(readFileSync(join(out, 'codesign.json'), 'utf8')).toBe(first.out);
    expect(readdirSync(out).sort()).toEqual([
      ...['codesign-bit.svg', 'codesign-front.svg', 'codesign-map.svg', 'codesign-measured.svg', 'codesign.csv', 'codesign.json'],
      ...['index.html', 'measured', 'schemes', 'summary.md'],
    ]);
  });

  it('gives the same bytes again without measuring', () => {
    const kept = readdirSync(join(out, 'measured')).sort();
    expect(lowbit(words).out).toBe(first.out);
    expect(readdirSync(join(out, 'measured')).sort()).toEqual(kept);
  });

  it('promises costs that simulate gives for the scheme file, to the last bit', () => {
    const simulated = lowbit([
      ...['simulate', '--hw', 'bitmod', '--model', tiny, '--scheme', scheme, '--phase', 'decode', '--context', '64'],
      ...['--json', '--quiet'],
    ]);
    expect(total(simulated.out, 'latency_s')).toBe(point.costs.latency_s);
    expect(total(simulated.out, 'energy_pJ')).toBe(point.costs.energy_pJ);
    expect(total(simulated.out, 'model_bytes')).toBe(point.costs.memory_bytes);
  });

  it('promises accuracy that evaluate gives for the scheme file', () => {
    const evaluated = lowbit(['evaluate', '--model', 'tiny', '--scheme', scheme, '--windows', '2', '--json', '--quiet']);
    const { perplexity, bitsPerWeight } = JSON.parse(evaluated.out) as { perplexity: number; bitsPerWeight: number };
    expect([perplexity, bitsPerWeight]).toEqual([point.measured?.perplexity, point.measured?.bitsPerWeight]);
  });
});

describe('a study that promises a loss', () => {
  const promising = study
    .replace('scheme: bitmod-4b', 'scheme: w4a16-g128')
    .replaceAll('quantizer: bitmod', 'quantizer: rtn, group: 128')
    .replace('error: output', 'errorWindows: 1\npromise: { windows: 2, assignments: 4 }\ncompare: false');
  const { code, out: text } = lowbit(['codesign', file('promising.yaml', promising), '--jobs', '1', '--json', '--quiet']);
  const { promise, front, options } = codesignDocumentSchema.parse(JSON.parse(text));

  it('measures every option and mixtures of them whole', () => {
    expect(code).toBe(0);
    expect(promise?.anchors.length).toBe(options.length + 4);
    expect(promise?.windows).toBe(2);
  });

  it('says of every point of its front what it will lose, and of measured ones whether it did', () => {
    for (const { promise: promised, measured } of front) {
      expect(promised!.low).toBeLessThanOrEqual(promised!.mean);
      expect(promised!.mean).toBeLessThanOrEqual(promised!.high);
      expect(promised!.holds === null).toBe(measured === null);
    }
    const means = front.map((point) => [point.predictedError, point.promise!.mean] as const).sort(([a], [b]) => a - b);
    expect(means.map(([, mean]) => mean)).toEqual(means.map(([, mean]) => mean).sort((a, b) => a - b));
  });
});

describe('a study that cannot be', () => {
  it.each([
    [
      'a budget below the smallest choice',
      'values: [4.7]',
      'values: [2]',
      /budget below the smallest choice: 2 \(\S+:13:\d+\); the smallest is 3\.13/,
    ],
    ['a name that matches no layer', 'items: block', 'products: [donw_proj]', /matches: donw_proj \(\S+:4:\d+\); did you mean down_proj/],
    ['an unknown method', 'methods: [ilp,', 'methods: [ipl,', /unknown allocation method: ipl \(\S+:14:\d+\)/],
  ])('names %s with its place', (name, from, to, message) => {
    const at = join(folder, 'bad');
    const result = lowbit(['codesign', file('bad.yaml', study.replace(from, to)), '--out', at, '--json', '--quiet']);
    expect([result.code, result.out], name).toEqual([1, '']);
    expect(result.err).toMatch(message);
    // Told before anything is measured.
    expect([existsSync(join(at, 'codesign.json')), existsSync(join(at, 'measured'))]).toEqual([false, false]);
  });

  it('names an objective that a design has no model for', () => {
    const onGpu = study
      .replaceAll('quantizer: bitmod', 'quantizer: rtn, group: 128')
      .replace('bits: 3', 'bits: 4')
      .replace('bits: 6', 'bits: 8')
      .replace('scheme: bitmod-4b', 'scheme: w4a16-g128')
      .replace('[bitmod]', '[a100-80gb-sxm]\nobjectives: [error, area_mm2]');
    const { code, err } = lowbit(['codesign', file('bad.yaml', onGpu), '--quiet']);
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/an objective without a model behind it: area_mm2 \(\S+:11:\d+\); a100-80gb-sxm/),
    ]);
  });
});
