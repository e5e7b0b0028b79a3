/**
 * Activity of a mapped layer: its counts in accesses as wide as the ports of the buffers.
 *   port = dotSize * whole nibbles of a code * lanes (../bus-width.ts); a lane without work is gated, so an access counts by the lanes it serves
 *   PE steps = PE-cycles with work + idleShare * PE-cycles of streaming without; a stalled array holds its clock
 * DRAM bytes are the bits of the operands, metadata included, unrounded.
 */
import { cyclesOf, type Cycles, type LayerActivity } from '../../../trace/layer-activity.js';
import { layerMacs, type LayerTrace } from '../../../trace/layer-trace.js';
import { busBits } from '../../bus-width.js';
import { peWeight, type NativeMachine } from './layer.js';
import { nativeCounts } from './counts.js';
import type { Mapping, NativeProblem } from './problem.js';
import type { BufferPorts } from '../timing-model.js';

/** Bits of a write that fills a buffer from DRAM. */
const FILL_bits = 64;

/** Lanes each operand enters or leaves by. */
function lanesOf(
  dataflow: NativeMachine['dataflow'],
  { rows, columns }: { readonly rows: number; readonly columns: number },
): { weight: number; activation: number; output: number } {
  return dataflow === 'is'
    ? { weight: rows, activation: columns, output: columns }
    : { weight: columns, activation: rows, output: columns };
}

/** Widest accesses: the widest codes the PE takes on every lane, sums on every column. */
export function nativePorts(machine: NativeMachine): BufferPorts {
  const { pe, dataflow, array, options } = machine;
  const lanes = lanesOf(dataflow, array);
  return {
    weight: busBits(machine, pe.widestWeight_bits, lanes.weight),
    activation: busBits(machine, pe.widestActivation_bits, lanes.activation),
    output: options.accumulator_bits * lanes.output,
  };
}

/** Cycles of a layer with the wait for its first bits, which every mapping has. */
export function withDramLatency({ dramLatency_cycles }: NativeMachine, cycles: Cycles): Cycles {
  return cyclesOf({ ...cycles, fill: cycles.fill + dramLatency_cycles });
}

/** Activity of one instance of the layer under a mapping. */
export function nativeActivity(
  machine: NativeMachine,
  problem: NativeProblem,
  layer: LayerTrace,
  { mapping, cycles }: { readonly mapping: Mapping; readonly cycles: Cycles },
): LayerActivity {
  const { pe, array, options, idleShare, cores } = machine;
  const counts = nativeCounts(problem, mapping);
  const { dram_bits, held_bits, rows, columns, dotSize, step } = problem;
  const lanes = lanesOf(problem.dataflow, problem);
  const pes = array.rows * array.columns;
  const active = (counts.activePeCycles * pes) / (rows * columns);
  const streaming = pes * cores * (cycles.compute + cycles.laneStall);
  // A bit-serial PE takes its word over two cycles at half the width.
  const halves = pe.bitSerial ? 2 : 1;
  const operand = (payload_bits: number, words: number, width: number, fill_bits: number) => ({
    // An operand of no bits stays on the array.
    read_accesses: payload_bits === 0 ? 0 : (words * halves) / width,
    write_accesses: fill_bits / FILL_bits,
    access_bits: busBits(machine, payload_bits, width),
    write_bits: FILL_bits,
  });
  const inRegisters = options.partialSums === 'registers';
  const sums_bits = (inRegisters ? dram_bits.output : options.accumulator_bits) * lanes.output;
  const macs = layerMacs(layer);
  return {
    cycles,
    macs,
    peSteps: active + idleShare * Math.max(0, streaming - active),
    sram: {
      weight: operand(
        peWeight(machine, layer).payload_bitsPerElement,
        counts.weightWords,
        lanes.weight,
        counts.weightFills * held_bits.weight,
      ),
      activation: operand(
        layer.activation.payload_bitsPerElement,
        counts.activationWords,
        lanes.activation,
        counts.activationFills * held_bits.activation,
      ),
      output: {
        read_accesses: ((inRegisters ? 0 : counts.outputReadBacks) + counts.outputs) / lanes.output,
        write_accesses: (inRegisters ? counts.outputs : counts.outputWrites) / lanes.output,
        access_bits: sums_bits,
        write_bits: sums_bits,
      },
    },
    dequant_operations: counts.dequantizations,
    dramRead_bytes: (counts.weightLoads * dram_bits.weight + counts.activationLoads * dram_bits.activation) / 8,
    dramWrite_bytes: (counts.outputs * dram_bits.output) / 8,
    utilization: Math.min(1, (macs * step.useful_cycles) / (rows * columns * cores * dotSize * cycles.total)),
  };
}
