/**
 * A GPU as the models see it: resolved numbers of one device file (hw-configs/gpus/), each with its source there.
 * Rates are dense and per clock and SM; what a kernel reaches of them is fitted (`calibration/`), never written into the device.
 */

/** Operand types of tensor cores, by the names of the data sheets. `fp16` accumulates in fp16 where a card halves fp32 accumulation (`fp16_acc32`). */
export const tensorTypes = ['fp16', 'fp16_acc32', 'bf16', 'tf32', 'int8', 'int4', 'int1', 'fp8', 'fp8_acc32', 'fp6', 'fp4'] as const;
export type TensorType = (typeof tensorTypes)[number];

export const architectures = ['volta', 'turing', 'ampere', 'ada', 'hopper', 'blackwell'] as const;
export type Architecture = (typeof architectures)[number];

/** A card as the models see it. */
export interface GpuDevice {
  readonly name: string;
  readonly kind: 'gpu';
  readonly architecture: Architecture;
  readonly sms: number;
  /** Clock that the rates hold at (boost of the data sheet). */
  readonly clock_MHz: number;
  /** Multiply-accumulates per clock and SM; a type without an entry does not exist on this card. */
  readonly tensor_macPerClockPerSm: Readonly<Partial<Record<TensorType, number>>>;
  readonly cuda: {
    readonly fp32_fmaPerClockPerSm: number;
    readonly fp16_fmaPerClockPerSm: number;
    readonly int32_opPerClockPerSm: number;
    readonly sfu_opPerClockPerSm: number;
  };
  readonly sharedMemory: { readonly size_KiB: number; readonly bytesPerClockPerSm: number };
  readonly registers_KiB: number;
  readonly l2: { readonly size_MiB: number; readonly bytesPerClock: number };
  readonly dram: { readonly usable_bytes: number; readonly bandwidth_GBps: number; readonly energy_pJPerBit: number | null };
  readonly power: { readonly board_W: number; readonly idle_W: number };
  /** Per product at full rate of tensor cores (registers and shared memory included), per lane operation, per byte of L2. */
  readonly energy: {
    readonly tensor_pJPerMac: Readonly<Partial<Record<TensorType, number>>>;
    readonly cuda_pJPerOp: number;
    readonly l2_pJPerByte: number;
  };
}

/** The machine that was measured: what a source's timing adds to or takes from kernel time on a healthy card. */
export interface GpuProfile {
  readonly name: string;
  /** Added to every kernel. */
  readonly launch_us: number;
  /** Added to kernels of these kinds instead (elementwise/). */
  readonly vectorLaunch_us?: Readonly<Record<string, number>> | undefined;
  /** Clock that was sustained over `clock_MHz`. */
  readonly clockFactor: number;
  /** Power above idle that the board sustained, over `board_W - idle_W`; absent: 1. Below 1 only kernels at full rate are slower. */
  readonly boardFactor?: number | undefined;
}
