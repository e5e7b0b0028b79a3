import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { machineOf } from '../../../src/accelerator/array-design.js';
import { timingNamed } from '../../../src/accelerator/timing/index.js';
import { catalogueNames } from '../../../src/config/files.js';
import { loadAccelerator, loadModel, loadScheme } from '../../../src/config/catalogue.js';
import { operandFormat } from '../../../src/formats/index.js';
import { LowbitError } from '../../../src/lowbit-error.js';
import { decodeActivity, encodeActivity, ROW_WIDTH } from '../../../src/sweep/evaluate/activity-cache/activity-row.js';
import { cyclesOf, type LayerActivity } from '../../../src/trace/layer-activity.js';
import { workload } from '../../../src/trace/workload/workload.js';
import { layer } from '../../accelerator/hardware.js';

function through(activity: LayerActivity): LayerActivity {
  const rows = new Float64Array(3 * ROW_WIDTH).fill(7);
  expect(encodeActivity(activity, rows, ROW_WIDTH)).toBe(true);
  expect([...rows.subarray(0, ROW_WIDTH), ...rows.subarray(2 * ROW_WIDTH)].every((value) => value === 7)).toBe(true);
  return decodeActivity(rows, ROW_WIDTH);
}

const count = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 31 }),
  fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, 2 ** 53 - 1, 1e300),
);
const buffer = fc.record({ read_accesses: count, write_accesses: count, access_bits: count, write_bits: count }, { noNullPrototype: true });
const activities: fc.Arbitrary<LayerActivity> = fc
  .record({
    parts: fc.record({
      compute: count,
      laneStall: count,
      dequant: count,
      dramStall: count,
      fill: count,
      drain: count,
      sync: count,
      launch: count,
    }),
    counts: fc.record({
      macs: count,
      peSteps: count,
      dequant_operations: count,
      dramRead_bytes: count,
      dramWrite_bytes: count,
      utilization: count,
    }),
    vector: fc.option(count, { nil: undefined }),
    buffers: fc.uniqueArray(fc.tuple(fc.constantFrom('weight', 'activation', 'output'), buffer), { selector: ([name]) => name }),
  })
  .map(({ parts, counts, vector, buffers }) => ({
    cycles: cyclesOf(parts),
    ...counts,
    ...(vector === undefined ? {} : { vector_operations: vector }),
    sram: Object.fromEntries(buffers),
  }));

describe('an activity as a row', () => {
  it('is the same to the last bit, with its buffers in their order', () => {
    fc.assert(
      fc.property(activities, (activity) => {
        const back = through(activity);
        expect(back).toStrictEqual(activity);
        expect(Object.entries(back.sram)).toStrictEqual(Object.entries(activity.sram));
        expect(Object.hasOwn(back, 'vector_operations')).toBe(Object.hasOwn(activity, 'vector_operations'));
      }),
      { numRuns: 500 },
    );
  });

  it('tells no operations of the vector unit from none stated', () => {
    const activity: LayerActivity = through({
      cycles: cyclesOf({}),
      macs: 0,
      peSteps: 0,
      dequant_operations: 0,
      vector_operations: 0,
      sram: {},
      dramRead_bytes: 0,
      dramWrite_bytes: 0,
      utilization: 0,
    });
    expect(activity.vector_operations).toBe(0);
  });

  it('holds what every timing model finds', () => {
    const model = loadModel('opt-125m').config;
    const seen = new Set<string>();
    for (const name of catalogueNames('accelerators')) {
      const hardware = loadAccelerator(name).config;
      for (const scheme of ['fp16', 'w8a8', 'bitmod-4b', 'ant-w4a4kv4', 'olive-w4a4kv4']) {
        const { segments } = workload(model, loadScheme(scheme).config, { phase: 'decode', batch: 1, context: 32, options: {} });
        const machine = machineOf(hardware, 'decode', { energy_pJ: () => null });
        const charged = segments.flatMap(({ layers }) => layers).filter(({ kind }) => timingNamed(hardware.timing).charges.includes(kind));
        for (const one of charged.slice(0, 5)) {
          const activity = activityOrNull(() => machine.activity(one));
          if (activity === null) continue;
          seen.add(hardware.timing);
          expect(JSON.stringify(Object.entries(through(activity).sram))).toBe(JSON.stringify(Object.entries(activity.sram)));
          expect(through(activity)).toStrictEqual(activity);
        }
      }
    }
    const { latency_ns: _latency, ...dram } = loadAccelerator('int8-systolic').config.dram;
    const { dequantization: _none, ...hardware } = { ...loadAccelerator('int8-systolic').config, dram, array: { rows: 4, columns: 4 } };
    const int8 = operandFormat('int8');
    const small = layer({ m: 8, n: 8, k: 8, weight: int8, activation: int8, output: int8 });
    const ticked = timingNamed('cycle-exact')
      .machine(hardware, hardware.array, { energy_pJ: () => null })
      .activity(small);
    expect(through(ticked)).toStrictEqual(ticked);
    expect([...seen].sort()).toEqual(expect.arrayContaining(['layer-roofline', 'loop-order-search', 'native', 'systolic-folds']));
  });
});

/** null: the machine refuses the layer. */
function activityOrNull(activity: () => LayerActivity): LayerActivity | null {
  try {
    return activity();
  } catch (error) {
    if (error instanceof LowbitError) return null;
    throw error;
  }
}
