/** All results of SCALE-Sim for the benchmark, simulated on its own machine. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const results = fileURLToPath(new URL('../../test/fixtures/scale-sim/results.csv', import.meta.url));

/** Every result of SCALE-Sim on its own machine, from the parsed layers to cycles, accesses and energy. */
export async function scaleSimSet() {
  const { parse } = await import('csv-parse/sync');
  const { loadAccelerator } = await import('../../dist/config/catalogue.js');
  const { loadSramTable } = await import('../../dist/config/package-data.js');
  const { simulateAccelerator } = await import('../../dist/accelerator/simulate.js');
  const { operandFormat } = await import('../../dist/formats/index.js');
  const { config } = loadAccelerator('systolic');
  const sramTable = loadSramTable();
  const int8 = operandFormat('int8');
  const operands = { activation: int8, weight: int8, output: int8 };
  const text = readFileSync(results, 'utf8');
  const rows = /** @type {Record<string, string>[]} */ (parse(text, { columns: true }));
  /** @type {Map<string, { hardware: typeof config, layers: import('../../dist/trace/layer-trace.js').LayerTrace[] }>} */
  const designs = new Map();
  for (const row of rows) {
    const rate = Number(row['bw_words_per_cycle']);
    const ports = { activationPort_elementsPerCycle: rate, weightPort_elementsPerCycle: rate, outputPort_elementsPerCycle: rate };
    const key = ['dataflow', 'array_h', 'array_w', 'bw_mode', 'bw_words_per_cycle'].map((column) => row[column]).join(' ');
    const design = designs.get(key) ?? {
      hardware: {
        ...config,
        dataflow: /** @type {'os' | 'ws' | 'is'} */ (row['dataflow']),
        array: { rows: Number(row['array_h']), columns: Number(row['array_w']) },
        timingOptions: row['bw_mode'] === 'USER' ? { bandwidth: 'ports', ...ports } : { bandwidth: 'unlimited' },
      },
      layers: [],
    };
    designs.set(key, design);
    const shape = { name: row['layer'] ?? '', m: Number(row['M']), n: Number(row['N']), k: Number(row['K']), gemms: 1, repeat: 1 };
    design.layers.push({ kind: 'gemm', sharedOperand: 'weight', ...shape, ...operands });
  }
  return () =>
    [...designs.values()].map(({ hardware, layers }) => simulateAccelerator(hardware, [{ layers }], { sramTable }).totals.latency_cycles);
}
