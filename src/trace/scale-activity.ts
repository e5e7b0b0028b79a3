/** Activity of several identical layers: every count times their number, shares and widths as they are. */
import { cycleCauses, type Cycles, type LayerActivity } from './layer-activity.js';

/** `count` times an activity. */
export function scaleActivity(activity: LayerActivity, count: number): LayerActivity {
  if (count === 1) return activity;
  const sram: LayerActivity['sram'] = {};
  for (const [buffer, access] of Object.entries(activity.sram)) {
    sram[buffer] = { ...access, read_accesses: access.read_accesses * count, write_accesses: access.write_accesses * count };
  }
  return {
    ...activity,
    cycles: scaleCycles(activity.cycles, count),
    macs: activity.macs * count,
    peSteps: activity.peSteps * count,
    dequant_operations: activity.dequant_operations * count,
    ...(activity.vector_operations === undefined ? {} : { vector_operations: activity.vector_operations * count }),
    sram,
    dramRead_bytes: activity.dramRead_bytes * count,
    dramWrite_bytes: activity.dramWrite_bytes * count,
  };
}

/** Sum of cycles cause by cause. */
export function sumCycles(all: readonly Cycles[]): Cycles {
  const sum = { total: 0, compute: 0, laneStall: 0, dequant: 0, dramStall: 0, fill: 0, drain: 0, sync: 0, launch: 0 };
  for (const cycles of all) {
    sum.total += cycles.total;
    for (const cause of cycleCauses) sum[cause] += cycles[cause];
  }
  return sum;
}

function scaleCycles(cycles: Cycles, count: number): Cycles {
  const scaled = { ...cycles, total: cycles.total * count };
  for (const cause of cycleCauses) scaled[cause] *= count;
  return scaled;
}
