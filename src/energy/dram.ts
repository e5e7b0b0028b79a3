/**
 * DRAM energy: a constant per bit moved, reads and writes alike, refetches included.
 * Left out: row activation, refresh, standby and I/O termination as terms of their own; the constant stands for all of them.
 */

/** pJ of moving this many bytes. */
export function dramEnergy_pJ(bytes: number, energy_pJPerBit: number): number {
  return bytes * 8 * energy_pJPerBit;
}
