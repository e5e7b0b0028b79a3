/**
 * A LayerActivity as a row of float64, exact to the last bit: cycles with their total, counts, and up to three buffers in their order, which
 * sums of energies follow. What is absent is NaN, which no count is.
 */
import { cycleCauses, type LayerActivity } from '../../../trace/layer-activity.js';

/** Raised when the places below change: rows of another version are never read. */
export const ROW_VERSION = 1;

const buffers = ['weight', 'activation', 'output'] as const;
const accesses = ['read_accesses', 'write_accesses', 'access_bits', 'write_bits'] as const;
const counts = ['macs', 'peSteps', 'dequant_operations', 'dramRead_bytes', 'dramWrite_bytes', 'utilization'] as const;

const CAUSES = 1;
const COUNTS = CAUSES + cycleCauses.length;
const VECTOR = COUNTS + counts.length;
/** Which buffers there are, in order: a digit to the base 4 each, the first one lowest; 0 ends the list. */
const LAYOUT = VECTOR + 1;
const BUFFERS = LAYOUT + 1;
/** Numbers of a row. */
export const ROW_WIDTH = BUFFERS + buffers.length * accesses.length;

/** Writes an activity at a place of the rows. False, and nothing to be read there: it has a part that a row has no place for. */
export function encodeActivity(activity: LayerActivity, rows: Float64Array, at: number): boolean {
  const { cycles, sram, vector_operations } = activity;
  rows[at] = cycles.total;
  cycleCauses.forEach((cause, i) => (rows[at + CAUSES + i] = cycles[cause]));
  counts.forEach((name, i) => (rows[at + COUNTS + i] = activity[name]));
  rows[at + VECTOR] = vector_operations ?? NaN;
  let layout = 0;
  let digit = 1;
  for (const [name, buffer] of Object.entries(sram)) {
    const which = buffers.findIndex((known) => known === name);
    if (which < 0) return false;
    layout += (which + 1) * digit;
    digit *= 4;
    accesses.forEach((access, i) => (rows[at + BUFFERS + which * accesses.length + i] = buffer[access]));
  }
  rows[at + LAYOUT] = layout;
  return true;
}

/** The activity at a place of the rows. */
export function decodeActivity(rows: Float64Array, at: number): LayerActivity {
  const number = (place: number): number => rows[at + place]!;
  const cause = (name: (typeof cycleCauses)[number]): number => number(CAUSES + cycleCauses.indexOf(name));
  const count = (name: (typeof counts)[number]): number => number(COUNTS + counts.indexOf(name));
  const sram: LayerActivity['sram'] = {};
  for (let layout = number(LAYOUT); layout > 0; layout = Math.floor(layout / 4)) {
    const which = (layout % 4) - 1;
    const access = (i: number): number => number(BUFFERS + which * accesses.length + i);
    sram[buffers[which]!] = { read_accesses: access(0), write_accesses: access(1), access_bits: access(2), write_bits: access(3) };
  }
  const vector_operations = number(VECTOR);
  return {
    cycles: {
      total: number(0),
      compute: cause('compute'),
      laneStall: cause('laneStall'),
      dequant: cause('dequant'),
      dramStall: cause('dramStall'),
      fill: cause('fill'),
      drain: cause('drain'),
      sync: cause('sync'),
      launch: cause('launch'),
    },
    macs: count('macs'),
    peSteps: count('peSteps'),
    dequant_operations: count('dequant_operations'),
    ...(Number.isNaN(vector_operations) ? {} : { vector_operations }),
    sram,
    dramRead_bytes: count('dramRead_bytes'),
    dramWrite_bytes: count('dramWrite_bytes'),
    utilization: count('utilization'),
  };
}
