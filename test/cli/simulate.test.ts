import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { simulateDocumentSchema, type SimulateDocument } from '../../src/report/documents.js';
import { lowbit, lowbitJson, scratchFolder } from './built-program.js';

const llama = ['simulate', '--hw', 'bitmod', '--model', 'llama-3-8b', '--scheme', 'bitmod-4b'];

describe('lowbit simulate', () => {
  it('prints one document that its own schema accepts and whose parts add up', () => {
    const document = simulateDocumentSchema.parse(lowbitJson([...llama, '--phase', 'prefill', '--batch', '2', '--context', '1024']));
    const sum = (value: (layer: SimulateDocument['layers'][number]) => number): number =>
      document.layers.reduce((total, layer) => total + value(layer), 0);
    expect(sum((layer) => layer.latency_cycles)).toBe(document.totals.latency_cycles);
    expect(sum((layer) => layer.energy_pJ.total ?? NaN) / (document.totals.energy_pJ ?? NaN)).toBeCloseTo(1, 12);
    for (const { cycles } of document.layers) {
      const { total, ...causes } = cycles;
      expect(Object.values(causes).reduce((a, b) => a + b, 0)).toBe(total);
    }
  });

  it('follows the corrected convention: q_proj of two prompts of 1024 tokens takes K/4 x N/32 x M/32 tiles of 2 terms each, twice, in 32 blocks', () => {
    const { layers } = lowbitJson<SimulateDocument>([...llama, '--phase', 'prefill', '--batch', '2', '--context', '1024']);
    const q = layers.find(({ name }) => name === 'q_proj');
    expect(q?.cycles.compute).toBe((4096 / 4) * (4096 / 32) * (1024 / 32) * 2 * 2 * 32);
    const qk = layers.find(({ kind }) => kind === 'attention-qk');
    // 2 sequences x 8 KV heads; 4 query heads share a KV head; 8-bit keys are 4 terms.
    expect([qk?.gemms, qk?.m, qk?.n, qk?.k]).toEqual([16, 4096, 1024, 128]);
    expect(qk?.cycles.compute).toBe((128 / 4) * (1024 / 32) * (4096 / 32) * 4 * 16 * 32);
  });

  it('charges generate as the prefill and every decode step at its own context', () => {
    const at = (...words: string[]): number => lowbitJson<SimulateDocument>([...llama, ...words]).totals.latency_cycles;
    const steps = [256, 257, 258].map((context) => at('--phase', 'decode', '--context', String(context)));
    const generated = at('--phase', 'generate', '--context', '256', '--tokens', '3');
    expect(generated).toBe(at('--phase', 'prefill', '--context', '256') + steps.reduce((a, b) => a + b, 0));
  });

  it('reads layers from a CSV on stdin and keeps the order of the rows', () => {
    const rows = 'name,m,n,k,count,activation,weight\nb,1,64,64,1,fp16,int4-g128\na,33,65,129,3,fp16,int8\n';
    const { layers } = lowbitJson<SimulateDocument>(['simulate', '--hw', 'bitmod', '--layers', '-'], { input: rows });
    expect(layers.map(({ name, m, count }) => [name, m, count])).toEqual([
      ['b', 1, 1],
      ['a', 33, 3],
    ]);
  });

  it('lets --set change any key, and an explicit array win over the shape of the phase with a note', () => {
    const words = [...llama, '--phase', 'decode', '--set', 'array.rows=32', '--set', 'array.columns=32'];
    const set = lowbitJson<SimulateDocument>(words);
    expect(set.hardware).toMatchObject({ array: { rows: 32, columns: 32 } });
    expect(lowbit(words).err).toMatch(/array/);
    const faster = lowbitJson<SimulateDocument>([...llama, '--phase', 'decode', '--set', 'dram.bandwidth_bitsPerCycle=512']);
    expect(faster.totals.latency_cycles).toBeLessThan(lowbitJson<SimulateDocument>([...llama, '--phase', 'decode']).totals.latency_cycles);
  });

  it('says every note once, and exactly those the document holds', () => {
    const words = [...llama, '--phase', 'decode', '--set', 'array.rows=32'];
    const { notes } = lowbitJson<SimulateDocument>(words);
    const lines = lowbit(words).err.trimEnd().split('\n');
    expect(lines).toEqual(notes);
    expect(new Set(lines).size).toBe(lines.length);
    expect(lines.length).toBeGreaterThan(1);
  });

  it('gives the same bytes for the same question, and another hash for another', () => {
    const [a, b] = [lowbit([...llama, '--json']), lowbit([...llama, '--json'])];
    expect(a.out).toBe(b.out);
    const hash = (words: string[]): string => lowbitJson<SimulateDocument>(words).configHash;
    expect(hash([...llama, '--context', '257'])).not.toBe(hash(llama));
  });

  it('exits 1 and says the figure when a --require constraint is violated, 0 when it holds', () => {
    const violated = lowbit([...llama, '--require', 'latency_s < 1 us']);
    expect(violated.code).toBe(1);
    expect(violated.err).toMatch(/constraint violated by bitmod: latency_s < 1 us; it has latency_s = \d/);
    expect(lowbit([...llama, '--require', 'area_mm2 <= 12 mm^2 and TOPS > 1']).code).toBe(0);
    const unit = lowbit([...llama, '--require', 'latency_s < 3 pJ']);
    expect([unit.code, unit.err]).toEqual([1, expect.stringMatching(/constraint cannot be evaluated/)]);
  });

  it('explains every cycle and picojoule of a layer by terms, and a diff names what changed', () => {
    const folder = scratchFolder();
    const save = (name: string, ...words: string[]): string => {
      const file = join(folder, name);
      writeFileSync(file, lowbit([...llama, ...words, '--json']).out);
      return file;
    };
    const [a, b] = [save('a.json'), save('b.json', '--set', 'dram.bandwidth_bitsPerCycle=512')];
    const { terms } = lowbitJson<{ terms: { layer: string; name: string; value: number }[] }>(['explain', a, 'down_proj']);
    expect(new Set(terms.map(({ layer }) => layer))).toEqual(new Set(['down_proj']));
    expect(terms.length).toBeGreaterThan(10);
    const diff = lowbitJson<{ settings: { path: string }[]; totals: { name: string }[]; terms: unknown[] }>(['diff', a, b]);
    expect(diff.settings.map(({ path }) => path)).toEqual(['hardware.dram.bandwidth_bitsPerCycle', 'hardware.dram.source']);
    expect(diff.totals.map(({ name }) => name)).toContain('latency_cycles');
    expect(diff.terms.length).toBeGreaterThan(0);
    expect(lowbit(['diff', a, a]).out).toBe('no difference\n');
    expect(lowbit(['explain', a, 'down_prj']).err).toMatch(/unknown layer: down_prj.*did you mean down_proj/);
  });
});
