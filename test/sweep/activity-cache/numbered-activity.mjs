/** An activity in which every number tells which one it is. */

/** @param {number} number */
export function activityOfNumber(number) {
  const buffer = { read_accesses: number + 0.1, write_accesses: number / 3, access_bits: 64, write_bits: 128 };
  const cycles = {
    total: 3 * number,
    compute: number,
    laneStall: number,
    dequant: number,
    dramStall: 0,
    fill: 0,
    drain: 0,
    sync: 0,
    launch: 0,
  };
  return {
    cycles,
    macs: number * 2 ** 40,
    peSteps: number + 0.5,
    dequant_operations: number,
    ...(number % 2 === 0 ? {} : { vector_operations: number }),
    sram: number % 3 === 0 ? { output: buffer } : { activation: buffer, weight: buffer, output: buffer },
    dramRead_bytes: number * 1.7,
    dramWrite_bytes: 0,
    utilization: 1 / (number + 1),
  };
}
