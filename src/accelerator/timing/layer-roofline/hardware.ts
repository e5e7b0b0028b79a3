/** The part of an accelerator that layer-roofline depends on, with the array of the phase in force. */
import { peNamed } from '../../../pe/index.js';
import type { ProcessingElement } from '../../../pe/processing-element.js';
import type { AcceleratorConfig, ArrayShape } from '../../accelerator-config.js';

export interface RooflineHardware {
  readonly rows: number;
  readonly columns: number;
  /** Weights multiplied per PE step. */
  readonly dotSize: number;
  readonly pe: Pick<ProcessingElement, 'bitSerial' | 'terms'>;
  readonly weightBuffer_bytes: number;
  readonly activationBuffer_bytes: number;
  readonly dram_bitsPerCycle: number;
}

/** Throws LowbitError for an unknown PE model. */
export function rooflineHardware(hardware: AcceleratorConfig, { rows, columns }: ArrayShape): RooflineHardware {
  return {
    rows,
    columns,
    dotSize: hardware.pe.dotSize,
    pe: peNamed(hardware.pe.model, `${hardware.name}: pe.model`),
    weightBuffer_bytes: hardware.buffers.weight.size_KiB * 1024,
    activationBuffer_bytes: hardware.buffers.activation.size_KiB * 1024,
    dram_bitsPerCycle: hardware.dram.bandwidth_bitsPerCycle,
  };
}
