/** Results of SCALE-Sim v3 (test/fixtures/scale-sim/results.csv), and the machine of systolic-folds that each was made on. */
import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import type { Dataflow } from '../../src/accelerator/accelerator-config.js';
import { foldOptionsSchema, type FoldHardware } from '../../src/accelerator/timing/systolic-folds/layer.js';
import type { LayerTrace } from '../../src/trace/layer-trace.js';
import { bits, layer } from './hardware.js';

/** One row; numbers as they are printed. */
export type ScaleSimRow = Readonly<Record<string, string>> & { readonly dataflow: Dataflow };

export const scaleSimRows = parse(readFileSync(new URL('../fixtures/scale-sim/results.csv', import.meta.url)), {
  columns: true,
}) as unknown as ScaleSimRow[];

export const numberOf = (row: ScaleSimRow, column: string): number => {
  const value = Number(row[column]);
  if (row[column] === undefined || Number.isNaN(value)) throw new Error(`no number in column ${column}`);
  return value;
};

export const titleOf = (row: ScaleSimRow): string =>
  `${row['layer']} ${row['M']}x${row['N']}x${row['K']} ${row.dataflow} ${row['array_h']}x${row['array_w']} ${row['bw_mode']} ${row['bw_words_per_cycle']}`;

/** The machine of a row; words have 8 bits. */
export function hardwareOf(row: ScaleSimRow, convention: 'lowbit' | 'scale-sim'): FoldHardware {
  const words = row['bw_mode'] === 'USER' ? numberOf(row, 'bw_words_per_cycle') : undefined;
  const ports = { activationPort_elementsPerCycle: words, weightPort_elementsPerCycle: words, outputPort_elementsPerCycle: words };
  return {
    array: { rows: numberOf(row, 'array_h'), columns: numberOf(row, 'array_w') },
    dataflow: row.dataflow,
    dotSize: 1,
    buffers_bytes: {
      activation: 1024 * numberOf(row, 'ifmap_sram_kb'),
      weight: 1024 * numberOf(row, 'filter_sram_kb'),
      output: 1024 * numberOf(row, 'ofmap_sram_kb'),
    },
    dram_bitsPerCycle: 1,
    options: foldOptionsSchema.parse({
      convention,
      ...(words === undefined ? { bandwidth: 'unlimited' } : { bandwidth: 'ports', ...ports }),
    }),
  };
}

/** Geometry of the one convolution among the rows: 7x7x192, 3x3, 384 filters. */
const inception = {
  batch: 1,
  outputHeight: 5,
  outputWidth: 5,
  kernelHeight: 3,
  kernelWidth: 3,
  strideHeight: 1,
  strideWidth: 1,
  inputChannels: 192,
  outputChannels: 384,
};

export function layerOf(row: ScaleSimRow): LayerTrace {
  return layer({
    m: numberOf(row, 'M'),
    n: numberOf(row, 'N'),
    k: numberOf(row, 'K'),
    activation: bits(8),
    weight: bits(8),
    output: bits(8),
    ...(row['workload'] === 'inc5b' ? { conv: inception } : {}),
  });
}
