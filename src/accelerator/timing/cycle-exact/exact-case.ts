/** What the cycle-exact simulator is given and gives back: a small machine, a product of integers, a mapping. Numbers only. */
import type { Dataflow } from '../../accelerator-config.js';
import type { Cycles } from '../../../trace/layer-activity.js';

/** The machine of docs/timing/native.md. */
export interface ExactMachine {
  /** PEs after splitting or joining for the widths of the operands. */
  readonly rows: number;
  readonly columns: number;
  /** Elements of k a PE multiplies per step. */
  readonly dotSize: number;
  /** Cycles of a step: digits a weight is cut into. */
  readonly termCycles: number;
  readonly dataflow: Dataflow;
  /** false: a fold starts only when the fold before has left the array. */
  readonly foldOverlap: boolean;
  /** The operand that stays is buffered in the PEs themselves: a fold switches without a load. Absent: it is sent down, row by row. */
  readonly loadsInPlace?: boolean;
  readonly bandwidth_bitsPerCycle: number;
  /** Elements half of each buffer holds. */
  readonly half: { readonly weight: number; readonly activation: number; readonly output: number };
  /** Multiplications by a scale per cycle, where the machine makes them. */
  readonly dequantization?: {
    readonly placement: 'before-mac' | 'after-group' | 'epilogue';
    readonly perCycle: number;
    /** Elements of k that share a scale. */
    readonly group: number;
  };
}

/** products independent results output[m, n] = activation[m, k] x weight[n, k]. */
export interface ExactProduct {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly products: number;
  /** products * m * k integers, row-major. */
  readonly activations: Int32Array;
  /** products * n * k integers, row-major. */
  readonly weights: Int32Array;
  /** Bits per element in DRAM, metadata included. */
  readonly bits: { readonly weight: number; readonly activation: number; readonly output: number };
}

/** Tile sizes, and the loops over tiles, outermost first; k is innermost where it is not named. */
export interface ExactMapping {
  readonly tm: number;
  readonly tn: number;
  readonly tk: number;
  readonly order: 'mn' | 'nm' | 'nkm' | 'mkn';
  /** Operands of which every tile of a product has a place of its own and stays there. */
  readonly resident: { readonly weight: boolean; readonly activation: boolean };
}

/** What was counted while ticking. */
export interface ExactResult {
  readonly cycles: Cycles;
  readonly dramBeats: number;
  readonly dramRead_bits: number;
  readonly dramWrite_bits: number;
  /** PE-cycles with work. */
  readonly activePeCycles: number;
  readonly dequant_operations: number;
  /** Elements through the ports of the buffers. */
  readonly sram: Readonly<Record<'weight' | 'activation' | 'output', { readonly reads: number; readonly writes: number }>>;
  /** products * m * n sums, as they arrived in DRAM. */
  readonly output: Float64Array;
}
