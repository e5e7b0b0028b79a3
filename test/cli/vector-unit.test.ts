import { describe, expect, it } from 'vitest';
import { lowbit, lowbitJson } from './built-program.js';

const unit =
  'vectorUnit={ lanes: 64, energy_pJPerOperation: 0.4, area_um2: null, operationsPerElement: { softmax: 5, norm: 7, elementwise: 2, quantize: 3 }, source: assumed }';
const command = (...more: string[]): string[] => [
  ...['simulate', '--hw', 'bitmod', '--model', 'opt-125m', '--scheme', 'w8a8', '--phase', 'decode', '--context', '16'],
  ...more,
];
interface Result {
  readonly layers: readonly {
    readonly name: string;
    readonly kind: string;
    readonly latency_cycles: number;
    readonly energy_pJ: { readonly vector: number | null };
  }[];
  readonly totals: { readonly energyParts_pJ: { readonly vector: number | null } };
  readonly omissions: readonly { readonly part: string; readonly status: string }[];
  readonly notes: readonly string[];
}
const simulate = (...more: string[]): Result => lowbitJson<Result>(command(...more));

describe('a vector unit on the command line', () => {
  it('brings the rows it charges with it', () => {
    const { layers, totals } = simulate('--set', unit);
    expect(layers.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['attention-softmax', 'norm', 'activation', 'residual', 'quantize-activations', 'quantize-kv']),
    );
    const vector = layers.reduce((sum, { energy_pJ }) => sum + (energy_pJ.vector ?? NaN), 0);
    expect(totals.energyParts_pJ.vector).toBeCloseTo(vector, 3);
    expect(vector).toBeGreaterThan(0);
  });

  it('leaves them out on request, and everything about them without one', () => {
    const plain = simulate();
    const refused = simulate('--set', unit, '--refine', 'no-vectorOps');
    expect(refused.layers.map(({ name, latency_cycles }) => [name, latency_cycles])).toEqual(
      plain.layers.map(({ name, latency_cycles }) => [name, latency_cycles]),
    );
    expect(plain.totals.energyParts_pJ.vector).toBeNull();
    expect(plain.omissions).toContainEqual(expect.objectContaining({ part: 'vector', status: 'excluded' }));
    expect(lowbit(command('--refine', 'no-vectorOp')).err).toMatch(/unknown refinement: no-vectorOp.*vectorOps/);
  });
});

describe('memories on the command line', () => {
  it('are listed with bandwidth, latency and energy', () => {
    const rows = lowbitJson<{ name: string; description: string }[]>(['list', 'memories']);
    expect(rows.find(({ name }) => name === 'ddr4')?.description).toMatch(
      /25\.6 GB\/s peak, 24\.3 streamed.*30\.0 ns to a closed row, 20\.3 pJ\/bit/,
    );
    expect(rows.find(({ name }) => name === 'hbm3')?.description).toMatch(/819\.2 GB\/s peak.*energy unknown/);
  });

  it('set bandwidth and energy, and PEs follow the technology, each with a note', () => {
    const { notes } = simulate('--set', 'dram.preset=ddr4', '--set', 'dram.channels=2', '--set', 'technology_nm=16');
    expect(notes.join('\n')).toMatch(
      /--set dram\.preset changes bandwidth.*[^]*PEs are scaled from 28 to 16 nm.*[^]*SRAM at 16 nm is scaled from 22 nm/,
    );
  });
});
