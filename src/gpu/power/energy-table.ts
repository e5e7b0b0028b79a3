/** Energy of a GPU's activity: the table that `energy/` multiplies counts with, made of the energies of the device file. */
import type { EnergyTable } from '../../energy/breakdown.js';
import type { GpuDevice } from '../device/gpu-device.js';
import type { ActionEnergies } from './power-floor.js';

/** Bytes of an access of L2 and of shared memory, as activities count them: a sector, and a row of all banks. */
export const accessBytes = { l2: 32, sharedMemory: 128 } as const;

/** The table of a kernel on a card; `product_pJ`: a multiply-accumulate of the path it took. */
export function energyTable(device: GpuDevice, energies: ActionEnergies, product_pJ: number): EnergyTable {
  const dram = device.dram.energy_pJPerBit ?? 'unknown';
  return {
    pe_pJPerStep: product_pJ,
    dramRead_pJPerBit: dram,
    dramWrite_pJPerBit: dram,
    sramCost: (buffer, bus_bits) => {
      // Shared memory and registers are part of a product.
      const access_pJ = buffer === 'l2' ? energies.l2Byte_pJ * (bus_bits / 8) : 0;
      return { read_pJ: access_pJ, write_pJ: access_pJ, bus_bits };
    },
    dequant_pJPerOperation: energies.cudaOp_pJ,
    vector_pJPerOperation: energies.cudaOp_pJ,
    standing: [{ name: 'idle power', pJPerCycle: (device.power.idle_W * 1e6) / device.clock_MHz, source: 'power.idle_W' }],
  };
}
