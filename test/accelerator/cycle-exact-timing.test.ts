/** Is cycle-exact a timing model like native, for layers it can tick? */
import { describe, expect, it } from 'vitest';
import { machineOf } from '../../src/accelerator/array-design.js';
import type { AcceleratorConfig } from '../../src/accelerator/accelerator-config.js';
import type { LayerTrace } from '../../src/trace/layer-trace.js';
import { loadAccelerator } from '../../src/config/catalogue.js';
import { bits, layer } from './hardware.js';

const machine = (hardware: AcceleratorConfig, timing: string) => machineOf({ ...hardware, timing }, undefined, { energy_pJ: () => null });
const int8 = { ...loadAccelerator('int8-systolic').config, array: { rows: 8, columns: 8 } };
const small = (m: number, n: number, k: number, changes: Partial<LayerTrace> = {}) =>
  layer({ m, n, k, weight: bits(8), activation: bits(8), output: bits(8), ...changes });

describe('cycle-exact', () => {
  it.each(['os', 'ws', 'is'] as const)('gives the cycles and the traffic of native on the same description: %s', (dataflow) => {
    const hardware = { ...int8, dataflow };
    for (const trace of [
      small(20, 33, 96),
      small(1, 64, 64),
      small(7, 5, 3, { gemms: 3 }),
      small(7, 5, 3, { gemms: 3, sharedOperand: 'none' }),
    ]) {
      const ticked = machine(hardware, 'cycle-exact').activity(trace);
      const closed = machine(hardware, 'native').activity(trace);
      expect(ticked.cycles.total).toBe(closed.cycles.total);
      expect({ ...ticked, cycles: 0, peSteps: 0 }).toEqual({ ...closed, cycles: 0, peSteps: 0 });
    }
  });

  it('explains the cycles it counted', () => {
    const trace = small(20, 33, 96);
    const terms = machine(int8, 'cycle-exact').explain(trace);
    const value = (name: string): number | undefined => terms.find((term) => term.name === name)?.value;
    expect(value('layer cycles')).toBe(machine(int8, 'cycle-exact').activity(trace).cycles.total);
    expect(value('native cycles')).toBe(value('layer cycles'));
  });

  it('refuses a layer beyond its limit, naming both, and steps that are no whole cycles', () => {
    expect(() => machine(int8, 'cycle-exact').activity(small(640, 640, 640))).toThrow(
      'too many multiply-accumulates to tick: 262144000 (layer layer); cycle-exact takes layers of at most 16777216',
    );
    const histogram = { activation: { ...bits(8), statistics: { origin: 'synthetic' as const, termHistogram: [0.5, 0, 0.5] } } };
    expect(() => machine(loadAccelerator('pragmatic').config, 'cycle-exact').activity(small(20, 33, 96, histogram))).toThrow(
      'whole number of cycles',
    );
  });
});
