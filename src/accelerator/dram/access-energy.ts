/**
 * Energy of DRAM per bit in two terms, bits moved and rows activated (docs/memories.md).
 *   device and interface = energy per bit + activate energy * (1 / r - 1 / bursts of a row) / burst bits      r = bursts per activation
 *   array alone          = read and write energy by their shares + activate energy / (r * burst bits)
 * The published energy per bit of a memory is taken as that of rows read whole; only activations beyond those are added to it, none counts twice.
 * Source: the memory files; currents of data sheets for the array. Left out: refresh and standby power, which cost time, not bits.
 */
import { burstBytes, burstsPerActivation, type DramAccess, type DramStandard } from './dram-standard.js';

/** Energy of a bit moved under an access pattern, device and interface; null: unknown. Without an activate energy it is that of whole rows. */
export function accessEnergy_pJPerBit(standard: DramStandard, access: DramAccess): number | null {
  const { energy_pJPerBit, coreEnergy, row_bytes } = standard;
  if (energy_pJPerBit === null || coreEnergy === null) return energy_pJPerBit;
  const burst_bytes = burstBytes(standard);
  const activations = 1 / burstsPerActivation(standard, access) - burst_bytes / row_bytes;
  return energy_pJPerBit + (coreEnergy.activate_pJ * activations) / (burst_bytes * 8);
}

/** Energy of a bit in the array alone, without interface and termination; null: unknown. */
export function arrayEnergy_pJPerBit(standard: DramStandard, access: DramAccess): number | null {
  const { coreEnergy } = standard;
  if (coreEnergy === null) return null;
  const { read_pJPerBit, write_pJPerBit, activate_pJ } = coreEnergy;
  const moved = (1 - access.writeShare) * read_pJPerBit + access.writeShare * write_pJPerBit;
  return moved + activate_pJ / (burstsPerActivation(standard, access) * burstBytes(standard) * 8);
}
