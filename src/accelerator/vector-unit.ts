/**
 * The vector unit: what softmax, norms, elementwise work and the online quantization of activations cost beside the array (docs/vector-unit.md).
 *   operations = m * n * gemms * operations per element of the kind          compute = ceil(operations / lanes)
 *   dram       = ceil((bits read + bits written) / DRAM bits per cycle)      cycles  = max(compute, dram)
 * Each element is read from and written to the activation buffer once, and moved between buffer and DRAM where its operand has bits there.
 * Source: operations per element and their source stand in the description. Left out: overlap with the array, second passes over a row that is too
 * long for the unit, second operands of gates and residuals.
 */
import { cyclesOf, type LayerActivity } from '../trace/layer-activity.js';
import { operandBits, type LayerKind, type LayerTrace } from '../trace/layer-trace.js';
import type { Term } from '../trace/term.js';
import type { AcceleratorConfig, VectorOperation, VectorUnit } from './accelerator-config.js';
import type { BufferPorts, TimedMachine } from './timing/timing-model.js';

const vectorKinds: readonly LayerKind[] = ['softmax', 'norm', 'elementwise', 'transform'];

/** Kinds of layers that a design charges to its vector unit; none without one. */
export function vectorCharges({ vectorUnit }: AcceleratorConfig): readonly LayerKind[] {
  return vectorUnit === undefined ? [] : vectorKinds;
}

/** The vector unit as a machine; `ports` are those of the array whose activation buffer it shares. */
export function vectorMachine(hardware: AcceleratorConfig, ports: BufferPorts): TimedMachine {
  const { vectorUnit, dram } = hardware;
  if (vectorUnit === undefined) throw new Error(`${hardware.name} has no vector unit`);
  const shared = { vectorUnit, port_bits: ports.activation ?? 0, dram_bitsPerCycle: dram.bandwidth_bitsPerCycle };
  return {
    ports,
    activity: (layer) => vectorActivity(shared, layer),
    explain: (layer) => vectorTerms(shared, layer),
  };
}

interface VectorHardware {
  readonly vectorUnit: VectorUnit;
  /** Widest access of the activation buffer; 0: the machine has none. */
  readonly port_bits: number;
  readonly dram_bitsPerCycle: number;
}

/** What a row asks of the unit: a transform that changes the format quantizes, one that keeps it moves. */
function operationOf({ kind, activation, output }: LayerTrace): VectorOperation {
  if (kind === 'softmax' || kind === 'norm' || kind === 'elementwise') return kind;
  if (kind !== 'transform') throw new Error(`${kind} layers are no vector work`);
  return activation.format === output.format ? 'move' : 'quantize';
}

function countsOf({ vectorUnit, dram_bitsPerCycle }: VectorHardware, layer: LayerTrace) {
  const elements = layer.m * layer.n * layer.gemms;
  const perElement = layer.operationsPerElement ?? vectorUnit.operationsPerElement[operationOf(layer)];
  const operations = elements * perElement;
  const read_bytes = Math.ceil((elements * operandBits(layer.activation)) / 8);
  const write_bytes = Math.ceil((elements * operandBits(layer.output)) / 8);
  const compute = Math.ceil(operations / vectorUnit.lanes);
  const dram = Math.ceil(((read_bytes + write_bytes) * 8) / dram_bitsPerCycle);
  return { elements, perElement, operations, read_bytes, write_bytes, compute, dram };
}

function vectorActivity(hardware: VectorHardware, layer: LayerTrace): LayerActivity {
  const { operations, read_bytes, write_bytes, compute, dram } = countsOf(hardware, layer);
  const { port_bits } = hardware;
  // What comes from DRAM is written into the buffer before it is read, what goes there is read again; on-chip operands have no bits to count.
  const accesses = port_bits === 0 ? 0 : Math.ceil((read_bytes * 8) / port_bits) + Math.ceil((write_bytes * 8) / port_bits);
  const sram: LayerActivity['sram'] =
    port_bits === 0
      ? {}
      : { activation: { read_accesses: accesses, write_accesses: accesses, access_bits: port_bits, write_bits: port_bits } };
  return {
    cycles: cyclesOf({ compute, dramStall: Math.max(0, dram - compute) }),
    macs: 0,
    peSteps: 0,
    dequant_operations: 0,
    vector_operations: operations,
    sram,
    dramRead_bytes: read_bytes,
    dramWrite_bytes: write_bytes,
    utilization: 0,
  };
}

function vectorTerms(hardware: VectorHardware, layer: LayerTrace): Term[] {
  const { vectorUnit, dram_bitsPerCycle } = hardware;
  const { elements, perElement, operations, read_bytes, write_bytes, compute, dram } = countsOf(hardware, layer);
  const dramStall = Math.max(0, dram - compute);
  const terms: readonly (readonly [name: string, formula: string, numbers: string, value: number, unit: string])[] = [
    [
      'vector operations',
      `m * n * gemms * operations per element (${operationOf(layer)})`,
      `${layer.m} * ${layer.n} * ${layer.gemms} * ${perElement}`,
      operations,
      'operations',
    ],
    ['compute', 'ceil(vector operations / lanes)', `ceil(${operations} / ${vectorUnit.lanes})`, compute, 'cycles'],
    ['read bytes', 'ceil(elements * input bits / 8)', `ceil(${elements} * ${operandBits(layer.activation)} / 8)`, read_bytes, 'bytes'],
    ['written bytes', 'ceil(elements * output bits / 8)', `ceil(${elements} * ${operandBits(layer.output)} / 8)`, write_bytes, 'bytes'],
    [
      'dram',
      'ceil((read bytes + written bytes) * 8 / DRAM bits per cycle)',
      `ceil((${read_bytes} + ${write_bytes}) * 8 / ${dram_bitsPerCycle})`,
      dram,
      'cycles',
    ],
    ['dramStall', 'max(0, dram - compute)', `max(0, ${dram} - ${compute})`, dramStall, 'cycles'],
    ['layer cycles', 'compute + dramStall = max(compute, dram)', `${compute} + ${dramStall}`, compute + dramStall, 'cycles'],
  ];
  return terms.map(([name, formula, numbers, value, unit]) => ({ name, formula, numbers, value, unit, source: vectorUnit.source }));
}
