import { describe, expect, it } from 'vitest';
import { parseMeasured } from '../../../src/gpu/calibration/measured-rows.js';
import { sameGpu } from '../../../src/gpu/calibration/measured-table.js';

const header = 'gpu,op,m,n,k,dtype,latency_us,source';
const row = 'A100,gemm,16,4096,4096,bf16,25.5,mine';

describe('measured files', () => {
  it('are rows of GEMMs with their lines; other operators are counted only', () => {
    const { calls, otherRows } = parseMeasured(
      `${header}\n${row}\nA100,softmax,4096,32,,fp16,12,mine\n\nA100,matmul,1,2,3,fp16,1e1,\n`,
      'f.csv',
    );
    expect(otherRows).toBe(1);
    expect(calls).toEqual([
      { line: 2, gpu: 'A100', m: 16, n: 4096, k: 4096, dtype: 'bf16', latency_us: 25.5, source: 'mine' },
      { line: 5, gpu: 'A100', m: 1, n: 2, k: 3, dtype: 'fp16', latency_us: 10, source: '' },
    ]);
  });

  it('may have their columns in any order', () => {
    const { calls } = parseMeasured('latency_us,k,n,m,op,gpu,source,dtype\n5,3,2,1,gemm,L40S,s,fp8\n', 'f.csv');
    expect(calls[0]).toMatchObject({ m: 1, n: 2, k: 3, latency_us: 5, gpu: 'L40S', dtype: 'fp8' });
  });

  it.each<[string, RegExp]>([
    ['', /no header \(f\.csv\)/],
    [header, /no measured rows/],
    [`${header.replace('latency_us', 'latency_ms')}\n${row}`, /unknown column: latency_ms \(f\.csv:1\).*microseconds/],
    [`${header.replace('dtype', 'dtipe')}\n${row}`, /unknown column: dtipe \(f\.csv:1\).*did you mean dtype/],
    [`${header},m\n${row},3`, /column given twice: m \(f\.csv:1\)/],
    ['gpu,op,m,n,k\nA,gemm,1,1,1', /column is missing: dtype, latency_us, source \(f\.csv:1\)/],
    [`${header}\n${row},9`, /row of another length than the header: 9 cells \(f\.csv:2\)/],
    [`${header}\n${row}\n${row.replace(',16,', ',0,')}`, /m must be a positive integer.*0 \(f\.csv:3\)/],
    [`${header}\n${row.replace('25.5', '-1')}`, /latency_us must be a positive number.*-1 \(f\.csv:2\)/],
    [`${header}\n${row.replace('25.5', '0')}`, /latency_us must be a positive number/],
    [`${header}\n${row.replace('25.5', '')}`, /latency_us must be.*nothing/],
    [`${header}\n${row.replace('25.5', 'NaN')}`, /latency_us must be.*NaN/],
    [`${header}\n${row.replace('A100', '')}`, /row without gpu \(f\.csv:2\)/],
  ])('say file and line of what is wrong with %j', (text, message) => {
    expect(() => parseMeasured(text, 'f.csv')).toThrow(message);
  });

  it('name a card with or without separators', () => {
    expect(sameGpu('RTX4090', 'rtx-4090')).toBe(true);
    expect(sameGpu('A100-80GB-SXM', 'a100-80gb-sxm')).toBe(true);
    expect(sameGpu('A100', 'A10')).toBe(false);
  });
});
