import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CalibrateDocument } from '../../src/report/calibrate-document.js';
import type { GpuErrorsDocument } from '../../src/report/gpu-errors-document.js';
import { lowbit, lowbitJson, scratchFolder } from './built-program.js';

const header = 'gpu,op,m,n,k,dtype,latency_us,source';
/** A roofline of 80 % with 4 us, on a few pairs. */
const rows = [1024, 4096, 12288].flatMap((n) =>
  [2048, 8192].flatMap((k) =>
    [1, 64, 1024].map((m) => {
      const time_us = 4 + Math.max((m * n * k) / (156e12 * 0.8), (2 * (m * k + n * k + m * n)) / (2.039e12 * 0.8)) * 1e6;
      return `A100-80GB-SXM,gemm,${m},${n},${k},bf16,${time_us.toFixed(2)},mine`;
    }),
  ),
);
const impossible = 'A100-80GB-SXM,gemm,4096,16384,16384,bf16,3000,mine';
const inMilliseconds = 'A100-80GB-SXM,gemm,4096,16384,16384,bf16,8.6,mine';
const folder = scratchFolder();
const measured = join(folder, 'gemm.csv');
const words = ['calibrate', '--hw', 'a100-80gb-sxm', '--measured', measured, '--dtype', 'bf16'];

beforeAll(() => {
  writeFileSync(
    measured,
    [header, ...rows, impossible, inMilliseconds, 'A100-80GB-SXM,softmax,1,2,,fp16,3,mine', 'L40S,gemm,1,2,3,bf16,9,x'].join('\n'),
  );
});

describe('calibrate', () => {
  it('fits, reports rows that cannot be true one by one, and writes a file that simulate takes', () => {
    const out = join(folder, 'mine.yaml');
    const document = lowbitJson<CalibrateDocument>([...words, '--folds', '2', '--out', out]);
    expect(document).toMatchObject({ device: 'a100-80gb-sxm', kernel: 'dense', fitted: 'kernel', profile: null, folds: 2 });
    expect(document.measured).toMatchObject({ rows: rows.length, pairs: 6, otherRows: 2, sources: ['mine'] });
    expect(document.refused.map(({ line, reason }) => [line, reason])).toEqual([
      [rows.length + 2, 'tensor peak'],
      [rows.length + 3, 'unit'],
    ]);
    expect(document.errors[0]).toMatchObject({ regime: 'all', rows: rows.length });
    expect(document.errors[0]?.outOfSample).not.toBeNull();
    const layers = join(folder, 'layers.csv');
    writeFileSync(layers, 'name,m,n,k,activation,weight\na,64,4096,8192,bf16,bf16\n');
    const simulated = lowbitJson<{ notes: string[] }>(['simulate', '--hw', 'a100-80gb-sxm', '--set', `fitted=${out}`, '--layers', layers]);
    expect(simulated.notes.join(' ')).toContain(`mean error ${document.errors[0]?.outOfSample?.mean_pct ?? ''} %`);

    const again = join(folder, 'again.yaml');
    lowbitJson([...words, '--folds', '2', '--out', again]);
    expect(readFileSync(again, 'utf8')).toBe(readFileSync(out, 'utf8'));

    const other = lowbitJson<CalibrateDocument>([...words, '--folds', '0', '--out', out, '--profile', 'other']);
    expect(other).toMatchObject({ fitted: 'source', profile: 'other' });
    expect(other.parameters.map(({ name }) => name)).toEqual(['launch_us', 'clockFactor', 'boardFactor']);
    const written = readFileSync(out, 'utf8');
    expect(written).toContain('  dense:\n');
    expect(written).toContain('  other:\n');

    writeFileSync(out, written.replace(/dramEfficiency: .*/, 'dramEfficiency: -3'));
    const line = written.split('\n').findIndex((text) => text.includes('dramEfficiency')) + 1;
    const refused = lowbit(['simulate', '--hw', 'a100-80gb-sxm', '--set', `fitted=${out}`, '--layers', layers]);
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(new RegExp(`dramEfficiency is outside what is physically possible: -3 \\(.*mine\\.yaml:${line}:`));
    expect(lowbit(['validate', out]).code).toBe(1);
  });

  it('checks parameters as they are without a fit', () => {
    const document = lowbitJson<CalibrateDocument>([...words, '--check', '--set', 'fitted=none']);
    expect(document).toMatchObject({ fitted: 'nothing', parameters: [], loss: null, wrote: null, folds: 0 });
    expect(document.errors[0]?.inSample.mean_pct).toBeGreaterThan(0);
  });

  it.each<[string[], RegExp]>([
    [['calibrate'], /no --hw given/],
    [['calibrate', '--hw', 'a100-80gb-sxm'], /no --measured given/],
    [['calibrate', '--hw', 'a100', '--measured', 'x.csv'], /unknown GPU: a100/],
    [[...words, '--folds', '7'], /--folds 7 does not split 6 \(n,k\) pairs; between 2 and 6/],
    [[...words, '--folds', '1'], /--folds 1 does not split/],
    [[...words, '--folds', '-2'], /--folds takes an integer from 0/],
    [[...words, '--seed', 'x'], /--seed takes an integer from 0: x/],
    [[...words.slice(0, -1), 'w4a16'], /unknown measured type: w4a16 .*bf16/],
    [[...words.slice(0, -2), '--kernel', 'densee'], /unknown kernel: densee.*did you mean dense/],
    [['calibrate', '--hw', 'b200', '--measured', measured], /no measured row of b200 .*A100-80GB-SXM, L40S.*--gpu/],
  ])('answers the mistake in %j', (mistaken, message) => {
    const { code, out, err } = lowbit(mistaken);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(message);
  });

  it('says file and line of a cell that is no number', () => {
    const file = join(folder, 'bad.csv');
    writeFileSync(file, [header, rows[0], rows[1]?.replace(/,[\d.]+,mine/, ',fast,mine')].join('\n'));
    expect(lowbit(['calibrate', '--hw', 'a100-80gb-sxm', '--measured', file]).err).toMatch(
      /latency_us must be a positive number.*fast \(.*bad\.csv:3\)/,
    );
  });
});

describe('list gpus --errors', () => {
  it('has unseen errors of every shipped fit, none of them of a model of the past', () => {
    const { fits } = lowbitJson<GpuErrorsDocument>(['list', 'gpus', '--errors']);
    expect(fits.filter(({ stale }) => stale).map(({ device, kernel }) => `${device} ${kernel}`)).toEqual([]);
    for (const { fitted, errors, folds } of fits) {
      const all = errors.find(({ regime, from_us }) => regime === 'all' && from_us === 0);
      expect(all?.outOfSample === null).toBe(folds === 0);
      const { mean_pct = NaN } = all?.outOfSample ?? all?.inSample ?? {};
      // Attention has few rows and no bar: its figure is stated, whatever it is. Sources of a kernel that was fitted elsewhere are further off.
      const ofGemms = errors.some(({ regime }) => regime.startsWith('m '));
      if (ofGemms) expect(mean_pct).toBeLessThan(fitted === 'kernel' ? 15 : 20);
      else expect(mean_pct).toBeGreaterThan(0);
    }
    expect(lowbit(['list', 'models', '--errors']).err).toMatch(/--errors goes with gpus: models/);
  });
});
