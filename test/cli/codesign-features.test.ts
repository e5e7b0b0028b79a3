/** Does `lowbit codesign` choose single output features, within the bits as stored, in schemes that give the numbers of the front? */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { codesignDocumentSchema } from '../../src/report/documents.js';
import { lowbit, scratchFolder } from './built-program.js';

const folder = scratchFolder();
afterAll(() => rmSync(folder, { recursive: true }));

const BUDGET_bits = 4.5;
const study = `name: few
model: tiny
scheme: bitmod-4b
items: output-feature
products: [layers.0.mlp.down_proj, layers.1.self_attn.q_proj]
error: weight
windows: 1
options:
  - { name: three, weight: { quantizer: rtn, bits: 3, group: 128 } }
  - { name: six, weight: { quantizer: bitmod, bits: 6 } }
hardware: [bitmod]
workload: { phase: decode, context: 64 }
budgets:
  - { resource: bits, values: [${BUDGET_bits}] }
methods: [ilp, greedy, uniform, random]
draws: 1
verify: 9
`;
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

describe('a study of output features', () => {
  const out = join(folder, 'out');
  const { code, out: text } = lowbit(['codesign', file('few.yaml', study), '--out', out, '--jobs', '1', '--json', '--quiet']);
  const document = codesignDocumentSchema.parse(JSON.parse(text));
  const mixed = document.front.find(({ features }) => features?.[0]?.every((count) => count > 0) === true)!;

  it('has matrices as items, and for every assignment how many of their features take each option', () => {
    expect(code).toBe(0);
    expect(document.items.map(({ matrix, features }) => [matrix, features])).toEqual([
      ['down_proj', 256],
      ['q_proj', 256],
    ]);
    for (const { choice, features } of [...document.front, ...document.comparisons]) {
      expect(choice).toEqual([]);
      expect(features!.map((counts) => counts.reduce((sum, count) => sum + count, 0))).toEqual([256, 256]);
    }
  });

  it('holds the budget with the maps of rows, whatever chose', () => {
    for (const { bits, budget } of document.comparisons) expect(bits).toBeLessThanOrEqual(budget.value);
    const spent = document.comparisons.filter(({ method }) => method !== 'uniform').map(({ bits }) => bits);
    for (const bits of spent) expect(bits).toBeGreaterThan(BUDGET_bits - 0.02);
    const [exact, near] = ['ilp', 'greedy'].map((name) => document.comparisons.find(({ method }) => method === name)!.predictedError);
    expect(exact!).toBeLessThanOrEqual(near!);
  });

  it('writes schemes that evaluate and simulate take, with the numbers of the front', () => {
    const scheme = join(out, mixed.scheme!);
    expect(readFileSync(scheme, 'utf8')).toMatch(/rows: /);
    const evaluated = lowbit(['evaluate', '--model', 'tiny', '--scheme', scheme, '--windows', '1', '--json', '--quiet']);
    const { perplexity, bitsPerWeight } = JSON.parse(evaluated.out) as { perplexity: number; bitsPerWeight: number };
    expect([perplexity, bitsPerWeight]).toEqual([mixed.measured!.perplexity, mixed.measured!.bitsPerWeight]);
    const words = ['simulate', '--hw', 'bitmod', '--model', 'tiny', '--scheme', scheme, '--phase', 'decode', '--context', '64'];
    const { totals } = JSON.parse(lowbit([...words, '--json', '--quiet']).out) as { totals: Record<string, number> };
    expect([totals['latency_s'], totals['energy_pJ'], totals['model_bytes']]).toEqual([
      mixed.costs.latency_s,
      mixed.costs.energy_pJ,
      mixed.costs.memory_bytes,
    ]);
  });

  it('is told in tables and in a diff of points by counts', () => {
    expect(readFileSync(join(out, 'codesign.csv'), 'utf8')).toMatch(/\d+ three, \d+ six/);
    const other = document.front.find(({ id }) => id !== mixed.id)!;
    const json = join(out, 'codesign.json');
    const { code: ended, out: told } = lowbit(['diff', `${json}#${mixed.id}`, `${json}#${other.id}`]);
    expect(ended).toBe(0);
    expect(told).toMatch(/\d+ three, \d+ six/);
  });
});
