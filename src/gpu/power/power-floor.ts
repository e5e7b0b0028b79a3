/**
 * Board power as a bound of time: what a kernel does in picojoules, over the watts that the board has above idle. A kernel that would take more runs
 * at a lower clock, so its time is no less than
 *   (products * pJ per product * tensorPower + DRAM bytes * pJ per byte + L2 bytes * pJ per byte + conversions * pJ per operation) / (board_W - idle_W).
 * Energy of a layer is the sum of the same terms and idle power over its time: power never exceeds the board by construction.
 * Left out: that the energy of a product falls with the voltage at a lower clock; the data it depends on (zeros cost less than random numbers).
 */
import type { GpuDevice, TensorType } from '../device/gpu-device.js';

/** Energies of the actions of a kernel on a card. */
export interface ActionEnergies {
  readonly mac_pJ: number;
  readonly cudaOp_pJ: number;
  readonly l2Byte_pJ: number;
  /** null: unknown. */
  readonly dramByte_pJ: number | null;
}

/** Seconds per action at the power that the board has above idle. */
export interface PowerFloor {
  readonly s_perMac: number;
  readonly s_perConversionOp: number;
  readonly s_perL2Byte: number;
  /** 0 where the energy of DRAM is unknown: it cannot bind. */
  readonly s_perDramByte: number;
}

/** Energies of a kernel that runs in `type`; `tensorPower` is its share of what the card can spend on products at full rate. */
export function actionEnergies(device: GpuDevice, type: TensorType, tensorPower: number): ActionEnergies {
  const { tensor_pJPerMac, cuda_pJPerOp, l2_pJPerByte } = device.energy;
  const mac_pJ = tensor_pJPerMac[type];
  if (mac_pJ === undefined) throw new Error(`no energy of ${type} on ${device.name}`);
  const { energy_pJPerBit } = device.dram;
  return {
    mac_pJ: mac_pJ * tensorPower,
    cudaOp_pJ: cuda_pJPerOp,
    l2Byte_pJ: l2_pJPerByte,
    dramByte_pJ: energy_pJPerBit === null ? null : energy_pJPerBit * 8,
  };
}

/** Energies of a kernel without products. */
export function vectorEnergies({ energy, dram }: GpuDevice): ActionEnergies {
  return {
    mac_pJ: 0,
    cudaOp_pJ: energy.cuda_pJPerOp,
    l2Byte_pJ: energy.l2_pJPerByte,
    dramByte_pJ: dram.energy_pJPerBit === null ? null : dram.energy_pJPerBit * 8,
  };
}

/** The bound of time that board power sets on those actions. */
export function powerFloor(device: GpuDevice, energies: ActionEnergies): PowerFloor {
  const seconds_perPicojoule = 1e-12 / (device.power.board_W - device.power.idle_W);
  return {
    s_perMac: energies.mac_pJ * seconds_perPicojoule,
    s_perConversionOp: energies.cudaOp_pJ * seconds_perPicojoule,
    s_perL2Byte: energies.l2Byte_pJ * seconds_perPicojoule,
    s_perDramByte: (energies.dramByte_pJ ?? 0) * seconds_perPicojoule,
  };
}
