import { describe, expect, it } from 'vitest';
import { attentionSubject } from '../../../src/gpu/calibration/attention-subject.js';
import { calibrate } from '../../../src/gpu/calibration/calibrate.js';
import { attentionRow } from '../../../src/gpu/calibration/dtype-formats.js';
import { foldsOf } from '../../../src/gpu/calibration/pair-folds.js';
import { isAttention, parseMeasuredAttention, type MeasuredAttention } from '../../../src/gpu/calibration/measured-attention.js';
import { judgeRows } from '../../../src/gpu/calibration/row-judgement.js';
import { loadGpu, loadKernel } from '../../../src/config/gpu-catalogue.js';
import { healthyCard, resolveGpu } from '../../../src/gpu/device/gpu-schema.js';
import { namedKernel } from '../../../src/gpu/kernels/kernel-choice.js';

const header = 'gpu,op,batch_size,seq,num_heads,num_key_value_heads,head_dim,kv_dtype,latency_us,source';
const row = 'A100-80GB-SXM,attn_decode,8,1024,32,32,128,bf16,100,mine';
const device = resolveGpu(loadGpu('a100-80gb-sxm').config);
const file = loadKernel('attention-16');
const kernel = namedKernel(device, file, { activation: 'bf16', weight: 'bf16', attention: true }, [file]);
const subject = attentionSubject(device, kernel);
const call = (sequences: number, keys: number, more: Partial<MeasuredAttention> = {}): MeasuredAttention => ({
  ...{ line: 2, gpu: 'A100', dtype: 'bf16', source: 'test', latency_us: 100, queryHeads: 32, kvHeads: 32, headDim: 128 },
  ...{ sequences, keys },
  ...more,
});

describe('measured attention', () => {
  it('is told by the header, and read with the heads of queries and of keys', () => {
    expect(isAttention(`${header}\n${row}`)).toBe(true);
    expect(isAttention('gpu,op,m,n,k,dtype,latency_us,source\n')).toBe(false);
    const { calls, otherRows } = parseMeasuredAttention(`${header}\n${row}\n${row.replace('attn_decode', 'attn_prefill')}`, 'f.csv');
    expect(otherRows).toBe(1);
    expect(calls).toEqual([
      {
        ...{ line: 2, gpu: 'A100-80GB-SXM', sequences: 8, keys: 1024, queryHeads: 32, kvHeads: 32, headDim: 128 },
        ...{ dtype: 'bf16', latency_us: 100, source: 'mine' },
      },
    ]);
  });

  it.each<[string, RegExp]>([
    [row.replace(',32,32,', ',32,5,'), /num_heads must be a multiple of num_key_value_heads: 32 and 5 \(f\.csv:2\)/],
    [row.replace(',8,', ',0,'), /batch_size must be a positive integer.*0 \(f\.csv:2\)/],
    [row.replace(',100,', ',-1,'), /latency_us must be a positive number.*-1 \(f\.csv:2\)/],
    [row.replace('bf16', ''), /row without kv_dtype \(f\.csv:2\)/],
  ])('says file and line of what is wrong with %j', (text, message) => {
    expect(() => parseMeasuredAttention(`${header}\n${text}`, 'f.csv')).toThrow(message);
  });

  it('just below the DRAM peak beyond what L2 holds is kept, just above refused', () => {
    const read = attentionRow(call(64, 4096));
    // Keys and values of 2048 heads, and 16 bits of queries and outputs each.
    expect(read.bytes).toBe(2 * 2048 * 4096 * 128 * 2 + 2 * 2048 * 128 * 2);
    const least_us = (read.bytes - device.l2.size_MiB * 2 ** 20) / (device.dram.bandwidth_GBps * 1e3) / 1.02;
    const refusedAt = (latency_us: number) =>
      judgeRows(
        [latency_us, 3000].map((us) => attentionRow(call(64, 4096, { latency_us: us }))),
        { device, kernel, file: 'f.csv' },
      ).refused;
    expect(refusedAt(least_us * 1.0001)).toEqual([]);
    const refused = refusedAt(least_us * 0.9999);
    expect(refused).toEqual([expect.objectContaining({ reason: 'DRAM peak', sizes: expect.objectContaining({ seq: 4096 }) as object })]);
  });

  it('is folded by what a kernel sees: sequences for heads, all in one fold', () => {
    const rows = [call(32, 64), call(64, 128, { queryHeads: 16, kvHeads: 16 }), call(1, 64), call(2, 64), call(4, 64)].map(attentionRow);
    const fold = foldsOf(
      rows.map(({ pair }) => pair),
      4,
    );
    expect(fold[0]).toBe(fold[1]);
    expect(new Set(fold).size).toBe(4);
  });
});

describe('a calibration of attention', () => {
  const known = { launch_us: 6, block_us: 2, stepLatency_us: 0.3, dramEfficiency: 0.75, overlapLoss: 0.2, splitFixed_us: 8 };
  const model = subject.model({ ...known, keptInL2: 0.4 }, healthyCard);
  const rows = [1, 8, 32, 128].flatMap((sequences) =>
    [16, 256, 1024, 4096, 16384].map((keys) => {
      const read = attentionRow(call(sequences, keys));
      return { ...read, latency_s: model.time_s(read.shape) };
    }),
  );
  const task = { kind: 'kernel', subject, rows, seed: 0, effort: [{ starts: 1, evaluations: 1500 }] } as const;

  it('finds what the rows tell, and keeps what belongs to the loop they were timed in out of the kernel', () => {
    const { parameters, harness, errors } = calibrate({ ...task, folds: 2 });
    expect(Object.keys(parameters).sort()).toEqual(Object.keys(known).sort());
    expect(parameters['dramEfficiency']).toBeCloseTo(0.75, 1);
    expect(harness['keptInL2']).toBeCloseTo(0.4, 1);
    expect(errors[0]?.inSample.mean_pct).toBeLessThan(2);
    expect(errors[0]?.outOfSample).not.toBeNull();
    expect(errors.some(({ regime }) => regime === 'keys 257-2048')).toBe(true);
  });
});
