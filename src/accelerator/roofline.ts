/**
 * Roofline of an accelerator: attainable ops/s = min(peak, intensity * bandwidth); they meet at the ridge.
 * Source: Williams, Waterman, Patterson, CACM 52(4), 2009. The peak is that of whole tiles: array * dotSize / terms, one op = half a MAC.
 */
import type { AcceleratorConfig } from './accelerator-config.js';
import { timedHardware, type ArrayPhase } from './array-design.js';

export interface Roofline {
  readonly peak_opsPerSecond: number;
  readonly bandwidth_bytesPerSecond: number;
  /** Arithmetic intensity from which a layer can be compute-bound. */
  readonly ridge_opsPerByte: number;
}

/** The roof over layers of one weight precision in one phase. */
export function roofline(hardware: AcceleratorConfig, weight_bits: number, phase?: ArrayPhase): Roofline {
  const { rows, columns, dotSize, pe } = timedHardware(hardware, phase);
  const clock_Hz = hardware.clock_MHz * 1e6;
  const peak_opsPerSecond = ((2 * rows * columns * dotSize) / pe.terms(weight_bits)) * clock_Hz;
  const bandwidth_bytesPerSecond = (hardware.dram.bandwidth_bitsPerCycle / 8) * clock_Hz;
  return { peak_opsPerSecond, bandwidth_bytesPerSecond, ridge_opsPerByte: peak_opsPerSecond / bandwidth_bytesPerSecond };
}
