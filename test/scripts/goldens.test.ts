import { describe, expect, it } from 'vitest';
import { goldenText } from '../../scripts/goldens.mjs';

const simulation = (value: number): Record<string, unknown> => ({
  command: 'simulate',
  configHash: 'x',
  totals: { latency_cycles: value },
  omissions: [{ part: 'energy.dequant', reason: 'r' }],
  layers: [{ name: 'a', count: 2, cycles: { total: value }, energy_pJ: { total: null }, notes: 'n' }],
});

describe('the text of a golden', () => {
  it('keeps numbers to ten digits, leaves out hashes, and puts every row on a line of its own', () => {
    expect(goldenText(simulation(1 / 3)).split('\n')).toEqual([
      '{',
      '  "totals": {"latency_cycles":0.3333333333},',
      '  "layers": [',
      '    {"name":"a","count":2,"cycles":{"total":0.3333333333},"energy_pJ":{"total":null}}',
      '  ]',
      '}',
      '',
    ]);
  });

  it('says which layers are not charged, and nothing of other omissions', () => {
    const omissions = [{ part: 'layers.norm', status: 'excluded', reason: 'r' }];
    expect(goldenText({ ...simulation(1), omissions })).toContain('"uncharged": [\n    {"part":"layers.norm","reason":"r"}\n  ],');
  });

  it('moves with the tenth digit and not with the twelfth', () => {
    expect(goldenText(simulation(1.000000001))).not.toBe(goldenText(simulation(1)));
    expect(goldenText(simulation(1.00000000001))).toBe(goldenText(simulation(1)));
  });

  it('is refused for a command that has none', () => {
    expect(() => goldenText({ command: 'list' })).toThrow('list');
  });
});
