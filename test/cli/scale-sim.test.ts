import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SimulateDocument } from '../../src/report/documents.js';
import { lowbit, lowbitJson, scratchFolder } from './built-program.js';

const folder = scratchFolder();
const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const config = (dataflow: string, mode: string) => `[general]
run_name = run
[architecture_presets]
ArrayHeight: 32
ArrayWidth: 32
IfmapSramSzkB: 64
FilterSramSzkB: 64
OfmapSramSzkB: 64
Bandwidth: 64
Dataflow: ${dataflow}
[layout]
IfmapSRAMBankBandwidth: 64
FilterSRAMBankBandwidth: 64
[run_presets]
InterfaceBandwidth: ${mode}
`;
const alexnet = write(
  'alexnet.csv',
  'Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,\nConv1 ,224 ,224 ,11 ,11 ,3 ,96 ,4 ,\n',
);
const testMnk = write('test_mnk.csv', 'Layer Name, M, N, K,\nTest 1, 256, 128, 256,');
const simulate = (cfg: string, topology: string, ...settings: string[]) =>
  lowbitJson<SimulateDocument>(['simulate', '--hw', cfg, '--layers', topology, ...settings.flatMap((setting) => ['--set', setting])]);

describe('lowbit simulate with files of SCALE-Sim', () => {
  it('gives the cycles that SCALE-Sim reports for its first AlexNet layer, weight-stationary: 112,283 under its convention', () => {
    const ws = write('ws.cfg', config('ws', 'CALC'));
    expect(simulate(ws, alexnet, 'timingOptions.convention=scale-sim').totals.latency_cycles).toBe(112_283);
    const { totals, layers, notes } = simulate(ws, alexnet);
    expect(totals.latency_cycles).toBe(112_284);
    expect(layers[0]).toMatchObject({ name: 'Conv1', m: 3025, n: 96, k: 363 });
    expect(notes.join(' ')).toContain('timingOptions.convention=scale-sim');
  });

  it('stalls on ports of their own in USER mode only', () => {
    const cycles = (mode: string, ...settings: string[]) =>
      simulate(write(`${mode}.cfg`, config('is', mode)), testMnk, ...settings).totals.cycles;
    expect(cycles('CALC')).toMatchObject({ total: 14_208, dramStall: 0 });
    expect(cycles('USER')).toMatchObject({ total: 14_208, dramStall: 0 });
    const slow = cycles('USER', 'timingOptions.activationPort_elementsPerCycle=2');
    expect(slow.total).toBe((256 * 256 - 64 * 512) / 2);
  });

  it('checks such a configuration by name, and refuses what it does not model with the line', () => {
    expect(lowbit(['validate', write('good.cfg', config('os', 'CALC'))])).toMatchObject({ code: 0 });
    const sparse = write('sparse.cfg', `${config('os', 'CALC')}[sparsity]\nSparsitySupport: true\n`);
    const { code, err } = lowbit(['simulate', '--hw', sparse, '--layers', testMnk]);
    expect(code).toBe(1);
    expect(err).toMatch(/SparsitySupport of SCALE-Sim is not modelled: true \(.*sparse.cfg:17:18\)/);
  });
});
