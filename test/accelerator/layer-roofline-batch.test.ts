import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { activityColumns, bufferNames, setActivity } from '../../src/accelerator/activity-columns.js';
import { layerRoofline } from '../../src/accelerator/timing/layer-roofline/layer-roofline.js';
import { peNamed } from '../../src/pe/index.js';
import type { LayerTrace } from '../../src/trace/layer-trace.js';
import { accelerator, bits, layer } from './hardware.js';

const width = fc.constantFrom(0, 3, 4, 8, 16);
const randomLayer: fc.Arbitrary<LayerTrace> = fc
  .record({
    m: fc.integer({ min: 1, max: 3000 }),
    n: fc.integer({ min: 1, max: 5000 }),
    k: fc.integer({ min: 1, max: 5000 }),
    gemms: fc.integer({ min: 1, max: 40 }),
    sharedOperand: fc.constantFrom('weight' as const, 'none' as const),
    weight: fc.tuple(fc.constantFrom(3, 4, 8), fc.constantFrom(0, 0.078125, 0.5)).map(([payload, metadata]) => bits(payload, metadata)),
    activation: width.map((payload) => bits(payload)),
    output: width.map((payload) => bits(payload)),
  })
  .map((shape) => layer({ name: 'random', ...shape }));

describe('layer-roofline in batches', () => {
  it('gives what its machine gives for each layer, to the last bit', () => {
    fc.assert(
      fc.property(
        fc.array(randomLayer, { minLength: 1, maxLength: 8 }),
        fc.constantFrom('bitmod', 'ant', 'fp16'),
        fc.record({ rows: fc.integer({ min: 1, max: 200 }), columns: fc.integer({ min: 1, max: 200 }) }),
        fc.record({
          size_KiB: fc.double({ min: 0.01, max: 5000, noNaN: true }),
          bandwidth: fc.double({ min: 0.1, max: 5000, noNaN: true }),
        }),
        (layers, name, array, { size_KiB, bandwidth }) => {
          const base = accelerator(name);
          const buffer = { ...base.buffers.weight, size_KiB };
          const hardware = {
            ...base,
            buffers: { weight: buffer, activation: buffer },
            dram: { ...base.dram, bandwidth_bitsPerCycle: bandwidth },
          };
          const machine = layerRoofline.machine(hardware, array, { energy_pJ: () => null });
          const [filled, expected] = [activityColumns(layers.length + 1), activityColumns(layers.length + 1)];
          layerRoofline.batch!(layers, peNamed(hardware.pe.model)).fill(hardware, array, filled, 1);
          layers.forEach((each, i) => setActivity(expected, i + 1, machine.activity(each)));
          expect(filled).toEqual(expected);
        },
      ),
    );
  });

  it('counts buffers in the order in which energies are added up', () => {
    const activity = layerRoofline
      .machine(accelerator('bitmod'), { rows: 4, columns: 4 }, { energy_pJ: () => null })
      .activity(layer({ name: 'x', m: 1, n: 1, k: 1 }));
    const { weight, activation } = activity.sram;
    expect(() => setActivity(activityColumns(1), 0, { ...activity, sram: { activation: activation!, weight: weight! } })).toThrow(
      `buffers out of the order ${bufferNames.join(', ')}`,
    );
  });
});
