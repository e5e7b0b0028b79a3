import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { reproduceDocument } from '../../src/cli/run/reproduce.js';
import { publishedTableSchema } from '../../src/reproduce/published-table.js';

/** Reproductions of this file, by what their claims are called in the table of published figures. */
const systems: Readonly<Record<string, RegExp>> = {
  'mr-gptq': /MR-GPTQ/,
  fireq: /FireQ/,
  fast2bit: /2311\.16442/,
  mixllm: /MixLLM/,
  apex4: /APEX4/,
};
const ids = [...Object.keys(systems), 'olive-gpu'];
const documents = Object.fromEntries(ids.map((id) => [id, reproduceDocument(id)]));
const tables = Object.fromEntries(
  ids.map((id) => [
    id,
    publishedTableSchema.parse(parse(readFileSync(new URL(`../../reports/published/${id}.yaml`, import.meta.url), 'utf8'))),
  ]),
);

function value(id: string, metric: string, row: string, column: string): number {
  const cell = documents[id]!.cells.find((each) => each.metric === metric && each.row === row && each.column === column);
  return cell?.simulated ?? NaN;
}

const reference = new URL('../../../shared/reference/gpu/', import.meta.url);
const withReference = describe.skipIf(!existsSync(reference));

interface Claim {
  readonly system: string;
  readonly source: string;
  readonly claim: string;
  readonly value: number;
}

withReference('published claims, against the table of figures that was collected', () => {
  const claims = JSON.parse(readFileSync(new URL('gpu_published.json', reference), 'utf8')) as readonly Claim[];

  it.each(Object.entries(systems))('gives every claim of %s a cell, or a reason why there is none', (id, called) => {
    const found = claims.filter(({ system, source }) => called.test(`${system} ${source}`));
    expect(found.length).toBeGreaterThan(0);
    const cells = documents[id]!.cells.flatMap(({ published }) => (published === null ? [] : [published]));
    const left = (tables[id]!.notReproduced ?? []).flatMap(({ values }) => values);
    for (const claim of found) expect([...cells, ...left], claim.claim).toContain(claim.value);
  });

  it('holds every point of the curves of QuTLASS', () => {
    const metrics: Readonly<Record<string, string>> = {
      'mxfp4 gemm only': 'mxfp4',
      'mxfp4 + online hadamard128 quant': 'mxfp4-hadamard',
      'nvfp4 gemm only': 'nvfp4',
      bf16: 'bf16',
    };
    const cards: Readonly<Record<string, string>> = { RTX5090: 'RTX 5090', B200: 'B200' };
    const lines = readFileSync(new URL('gpu_measured_lowbit_figures.csv', reference), 'utf8').trim().split('\n').slice(1);
    const points = lines.map((line) => line.split(',')).filter(([gpu = '']) => gpu in cards);
    expect(points).toHaveLength(80);
    for (const [gpu = '', , rows = '', , , dtype = '', latency_us = ''] of points) {
      const cell = documents['mr-gptq']!.cells.find(
        ({ metric, row, column }) => metric === metrics[dtype] && row === cards[gpu] && column === rows,
      );
      expect(cell?.published, `${dtype} on ${gpu}, ${rows} rows`).toBe(Number(latency_us));
    }
  });
});

describe('reproductions of low-bit kernels on GPUs', () => {
  it.each(ids)('%s: every cell has a finite time, and a reason where it differs', (id) => {
    for (const { simulated, published, note } of documents[id]!.cells) {
      expect(simulated).toBeGreaterThan(0);
      expect(Number.isFinite(simulated)).toBe(true);
      expect(note).not.toMatch(/not explained/);
      if (published === null) expect(note).toBe('');
    }
  });

  it.each(ids)('%s: lists every claim that it leaves out', (id) => {
    for (const { claim } of tables[id]!.notReproduced ?? [])
      expect(documents[id]!.notes.some((note) => note.startsWith(`not reproduced: ${claim}`))).toBe(true);
  });

  it('takes nothing from the published column', () => {
    const id = 'apex4';
    const { cells } = documents[id]!;
    expect(cells.map(({ simulated }) => simulated)).not.toEqual(cells.map(({ published }) => published));
  });
});

describe('kernels of QuTLASS', () => {
  const error = (metric: string, row: string): number => {
    const points = documents['mr-gptq']!.cells.filter((cell) => cell.metric === metric && cell.row === row && cell.relativeError !== null);
    expect(points.length).toBeGreaterThanOrEqual(9);
    return points.reduce((sum, { relativeError }) => sum + Math.abs(relativeError ?? NaN), 0) / points.length;
  };

  it.each(['RTX 5090', 'B200'])('FP4 curves on %s are within 12 percent on average', (card) => {
    for (const metric of ['mxfp4', 'mxfp4-hadamard', 'nvfp4']) expect(error(metric, card), metric).toBeLessThanOrEqual(0.12);
  });

  it('reach the published plateau within 7 percent', () => {
    const plateau = documents['mr-gptq']!.cells.filter(
      ({ metric, row, column }) => metric !== 'bf16' && column === (row === 'B200' ? '8192' : '2048'),
    );
    for (const { relativeError, metric, row } of plateau.filter(({ published }) => published !== null))
      expect(Math.abs(relativeError ?? NaN), `${metric} on ${row}`).toBeLessThanOrEqual(0.07);
  });

  it('cost more with the rotation, by less than a fifth from 256 rows', () => {
    for (const [row, columns] of Object.entries({ 'RTX 5090': ['256', '2048'], B200: ['256', '8192'] }))
      for (const column of columns) {
        const ratio = value('mr-gptq', 'mxfp4-hadamard', row, column) / value('mr-gptq', 'mxfp4', row, column);
        expect(ratio).toBeGreaterThan(1);
        expect(ratio).toBeLessThan(1.2);
      }
  });
});

describe('W4A4 with groups of 128', () => {
  const speed = (row: string, column: string): number => value('apex4', 'speed over FP16', row, column);

  it('is slower than FP16 on an A100 within the range asked for, and faster on an RTX 3090, from one constant', () => {
    expect(speed('A100', 'low')).toBeGreaterThanOrEqual(0.4);
    expect(speed('A100', 'high')).toBeLessThanOrEqual(0.47);
    // The range asked for ends at 2.7, which is missed (docs/reproduce-apex4.md): only the direction is held.
    expect(speed('RTX 3090', 'low')).toBeGreaterThan(1);
  });
});

describe('FireQ', () => {
  it('gains more over QServe the more rows there are, and never loses', () => {
    const at = (rows: number): number => value('fireq', 'speed over QServe by rows', 'FFN, Llama-2-7B', String(rows));
    expect(at(16)).toBeGreaterThan(1);
    expect(at(128)).toBeGreaterThan(at(64));
    expect(at(4096)).toBeGreaterThan(at(128));
  });
});

describe('2-bit weights', () => {
  it('are faster with asynchronous dequantization, by at most what two overlapping stages give', () => {
    const gain = value('fast2bit', 'speed of asynchronous over synchronous dequantization', 'Llama-2-7B', '1');
    expect(gain).toBeGreaterThan(1.3);
    expect(gain).toBeLessThan(2);
  });

  it('spend a large part of a synchronous kernel on dequantization, and sparse outliers a part of their own', () => {
    expect(value('fast2bit', 'share of dequantization', 'Llama-2-7B', '1')).toBeGreaterThan(0.3);
    expect(value('fast2bit', 'slowdown by outliers', 'Llama-2-7B', '1')).toBeGreaterThan(0.1);
  });
});

describe('MixLLM', () => {
  const speed = (row: string, rows: number): number => value('mixllm', 'speed over FP16', row, String(rows));

  it('pays little for a tenth of the features at 8 bits, and is faster than W8A8 for few rows and than W4A16 for many', () => {
    for (const rows of [1, 32, 128]) {
      expect(speed('W4.4A8', rows)).toBeLessThanOrEqual(speed('W4A8', rows));
      expect(speed('W4.4A8', rows)).toBeGreaterThan(0.9 * speed('W4A8', rows));
    }
    expect(speed('W4.4A8', 16)).toBeGreaterThan(speed('W8A8', 16));
    expect(speed('W4.4A8', 512)).toBeGreaterThan(speed('W4A16', 512));
  });
});

describe('OliVe on tensor cores', () => {
  it.each(['speedup', 'energyRatio'])('is ahead of ANT and 8-bit tensor cores, and most of GOBO (%s)', (metric) => {
    const over = (row: string): number => value('olive-gpu', metric, row, 'mean');
    expect(over('ANT')).toBeGreaterThan(1);
    expect(over('INT8 tensor cores')).toBeGreaterThanOrEqual(over('ANT'));
    expect(over('GOBO')).toBeGreaterThan(over('INT8 tensor cores'));
  });
});
