/**
 * A layer of a trace on an accelerator, as the numbers `native` works with (NativeProblem).
 * Products that share their weight are one product with all their rows. Weights of a before-mac machine reach the PE, and stand in the weight
 * buffer, in the format of the activations; everywhere else the PE multiplies the codes.
 */
import { z } from 'zod';
import { LowbitError } from '../../../lowbit-error.js';
import type { ProcessingElement } from '../../../pe/processing-element.js';
import { operandBits, type LayerTrace, type Operand } from '../../../trace/layer-trace.js';
import type { AcceleratorConfig, ArrayShape, Dataflow } from '../../accelerator-config.js';
import { steppedTogether, synchronisations, termCycles, type TermCycles } from '../../lane-stall.js';
import { objectiveOf } from './objective.js';
import { requireOperands } from './operands.js';
import { orders, type Dequantization, type NativeProblem } from './problem.js';
import { stepCycles } from './step-cycles.js';

const size = z.int().positive();

export const nativeOptionsSchema = z.strictObject({
  objective: z
    .string()
    .default('latency')
    .superRefine((text, context) => {
      try {
        objectiveOf(text);
      } catch (error) {
        if (!(error instanceof LowbitError)) throw error;
        context.addIssue({ code: 'custom', message: error.what, params: error.details });
      }
    })
    .describe('what the mapping search minimises: latency, energy, edp, or an expression of latency_cycles, energy_pJ and edp'),
  tolerance: z
    .number()
    .min(0)
    .max(0.5)
    .default(0)
    .describe('of all mappings whose objective is within this share of the best, the one that moves the fewest bytes of DRAM is taken'),
  mapping: z
    .strictObject({
      tm: size,
      tn: size,
      tk: size,
      order: z.enum(orders).default('mn').describe('loops over tiles, outermost first; k is innermost where it is not named'),
      split: z.enum(['m', 'n']).default('n').describe('dimension divided over the cores, where there are several'),
    })
    .optional()
    .describe('fixes the tiles of every layer; absent: searched'),
  foldOverlap: z
    .enum(['overlapped', 'none'])
    .default('overlapped')
    .describe('none: a fold starts only when the one before has left the array, as in systolic-folds'),
  stationaryLoad: z
    .enum(['rows', 'in-place'])
    .default('rows')
    .describe('how ws, is get their stationary operand: a row per cycle from its buffer, or in-place: the PEs are the buffer'),
  serialOperand: z
    .enum(['weight', 'activation'])
    .optional()
    .describe('operand that enters a term-serial PE term by term; absent: the one its paper names'),
  synchronise: z
    .enum(synchronisations)
    .default('array')
    .describe('PEs that skip zero terms and begin their steps together: pe (each for itself), row, or array, as one wave'),
  accumulator_bits: z.int().positive().max(64).default(32).describe('width of a sum in the output buffer'),
  partialSums: z
    .enum(['output-buffer', 'registers'])
    .default('output-buffer')
    .describe('where sums gather over folds along k. registers: their energy is part of the PE, and only finished outputs pass the buffer'),
});
export type NativeOptions = z.infer<typeof nativeOptionsSchema>;

/** The part of an accelerator all its layers share. */
export interface NativeMachine {
  readonly name: string;
  readonly array: ArrayShape;
  readonly dataflow: Dataflow;
  readonly dotSize: number;
  readonly pe: ProcessingElement;
  readonly idleShare: number;
  readonly cores: number;
  readonly buffer_bits: { readonly weight: number; readonly activation: number; readonly output: number };
  readonly dram_bitsPerCycle: number;
  /** Until the first bits of a layer come; later requests are under way before they are waited for. 0: not stated. */
  readonly dramLatency_cycles: number;
  readonly dequantization: AcceleratorConfig['dequantization'];
  readonly options: NativeOptions;
}

/** The clock is read only where there is a time to turn into cycles: without one, machines of all clocks are the same. */
function latency_cycles(hardware: AcceleratorConfig): number {
  const { latency_ns } = hardware.dram;
  return latency_ns === undefined ? 0 : Math.ceil((latency_ns * hardware.clock_MHz) / 1000);
}

/** Machine of one array. The parts native needs are checked where the description is read. */
export function nativeMachine(hardware: AcceleratorConfig, array: ArrayShape, pe: ProcessingElement): NativeMachine {
  const { dataflow, buffers } = hardware;
  if (dataflow === undefined || buffers.output === undefined)
    throw new LowbitError('native needs a dataflow and an output buffer', {
      place: hardware.name,
      remedy: 'add dataflow and buffers.output',
    });
  const bits = (size_KiB: number): number => size_KiB * 8192;
  return {
    name: hardware.name,
    array,
    dataflow,
    dotSize: hardware.pe.dotSize,
    pe,
    idleShare: hardware.pe.idleShare,
    cores: hardware.cores,
    buffer_bits: {
      weight: bits(buffers.weight.size_KiB),
      activation: bits(buffers.activation.size_KiB),
      output: bits(buffers.output.size_KiB),
    },
    dram_bitsPerCycle: hardware.dram.bandwidth_bitsPerCycle,
    dramLatency_cycles: latency_cycles(hardware),
    dequantization: hardware.dequantization,
    options: nativeOptionsSchema.parse(hardware.timingOptions),
  };
}

/** The weight as it reaches the PE: dequantized to the format of the activations on a before-mac machine, else its codes. */
export function peWeight({ dequantization }: NativeMachine, { weight, activation }: LayerTrace): Operand {
  const dequantized = dequantization?.placement === 'before-mac' && weight.group !== undefined;
  return dequantized ? { ...activation, metadata_bitsPerElement: 0 } : weight;
}

/** The layer in numbers. Throws LowbitError for operands the PE refuses and groups nothing dequantizes. */
export function nativeProblem(machine: NativeMachine, layer: LayerTrace): NativeProblem {
  const { pe, dataflow, options, buffer_bits } = machine;
  const weight = peWeight(machine, layer);
  requireOperands(pe, layer, weight);
  const widths = { weight_bits: weight.payload_bitsPerElement, activation_bits: layer.activation.payload_bitsPerElement };
  const shared = layer.sharedOperand === 'weight';
  const heldWeight_bits = weight === layer.weight ? operandBits(layer.weight) : weight.payload_bitsPerElement;
  const half = (bits: number): number => bits / 2;
  const fused = fusedArray(machine, layer, widths);
  return {
    m: shared ? layer.m * layer.gemms : layer.m,
    n: layer.n,
    k: layer.k,
    gemms: shared ? 1 : layer.gemms,
    cores: machine.cores,
    dataflow,
    foldOverlap: options.foldOverlap === 'overlapped',
    loadsInPlace: options.stationaryLoad === 'in-place',
    ...fused,
    dotSize: machine.dotSize,
    step: stepCycles(pe, {
      ...widths,
      ...innerScales(machine, layer),
      ...serial(machine, layer, fused),
      outlierProducts: outlierProducts(machine, layer, fused),
    }),
    dram_bits: { weight: operandBits(layer.weight), activation: operandBits(layer.activation), output: operandBits(layer.output) },
    held_bits: { weight: heldWeight_bits, activation: operandBits(layer.activation), output: options.accumulator_bits },
    half_bits: { weight: half(buffer_bits.weight), activation: half(buffer_bits.activation), output: half(buffer_bits.output) },
    dram_bitsPerCycle: machine.dram_bitsPerCycle,
    dequantization: dequantizationOf(machine, layer),
  };
}

/** Rows and columns after PEs split or join for these widths: activations enter the rows of os and ws, weights those of is. */
function fusedArray(
  { array, dataflow, pe }: NativeMachine,
  layer: LayerTrace,
  { weight_bits, activation_bits }: { readonly weight_bits: number; readonly activation_bits: number },
): { rows: number; columns: number } {
  const { weightLanes, activationLanes } = pe.fusion?.(weight_bits, activation_bits) ?? { weightLanes: 1, activationLanes: 1 };
  const [rowLanes, columnLanes] = dataflow === 'is' ? [weightLanes, activationLanes] : [activationLanes, weightLanes];
  const rows = Math.floor(array.rows * rowLanes);
  const columns = Math.floor(array.columns * columnLanes);
  if (rows >= 1 && columns >= 1) return { rows, columns };
  throw new LowbitError(`the array is too small for ${pe.name} PEs to join for these operands`, {
    value: `${array.rows} x ${array.columns}`,
    place: `layer ${layer.name}: ${weight_bits}-bit weights, ${activation_bits}-bit activations`,
    remedy: `needs at least ${Math.ceil(1 / rowLanes)} rows and ${Math.ceil(1 / columnLanes)} columns`,
  });
}

/** The operand that enters term by term, and its terms where the PE skips zero ones and the trace counts them. */
function serialTerms(
  machine: NativeMachine,
  layer: LayerTrace,
): { serialOperand: 'weight' | 'activation'; histogram: readonly number[] | undefined } {
  const { pe, options } = machine;
  const serialOperand = options.serialOperand ?? pe.serialOperand ?? 'weight';
  // Weights that are dequantized on the way are other numbers than those of the histogram.
  const known = serialOperand === 'activation' || peWeight(machine, layer) === layer.weight;
  return { serialOperand, histogram: known && pe.skipsZeroTerms === true ? layer[serialOperand].statistics?.termHistogram : undefined };
}

/** What is taken for granted where the trace holds no statistics that the PE works by. */
export function nativeNotes(machine: NativeMachine, layer: LayerTrace): string[] {
  const { pe } = machine;
  const { serialOperand, histogram } = serialTerms(machine, layer);
  const notes: string[] = [];
  if (pe.skipsZeroTerms === true && histogram === undefined)
    notes.push(`no term histogram of the ${serialOperand}: the ${pe.name} PE is charged as if none of its terms were zero`);
  const counted = [layer.weight, layer.activation].some(({ statistics }) => statistics?.outlierShare !== undefined);
  if (pe.pesPerOutlierMultiplier !== undefined && !counted)
    notes.push(`no share of outliers: the ${pe.name} PE is charged as if there were none`);
  const idle = (option: string, why: string): void => {
    notes.push(`timingOptions.${option} changes nothing: ${why}`);
  };
  const { options, dataflow } = machine;
  if (options.synchronise !== 'array' && pe.skipsZeroTerms !== true) idle('synchronise', `the ${pe.name} PE skips no terms`);
  if (options.serialOperand !== undefined && pe.terms(1) === pe.terms(16)) idle('serialOperand', `the ${pe.name} PE takes whole operands`);
  if (options.stationaryLoad === 'in-place' && dataflow === 'os') idle('stationaryLoad', 'with dataflow os no operand stays in the PEs');
  return notes;
}

/** The operand that enters term by term, and what its steps take where the PE skips zero terms and the trace says how many there are. */
function serial(
  machine: NativeMachine,
  layer: LayerTrace,
  { rows, columns }: { readonly rows: number; readonly columns: number },
): { serialOperand: 'weight' | 'activation'; skipping: TermCycles | undefined } {
  const { options, dataflow, dotSize } = machine;
  const { serialOperand, histogram } = serialTerms(machine, layer);
  if (histogram === undefined) return { serialOperand, skipping: undefined };
  const m = layer.sharedOperand === 'weight' ? layer.m * layer.gemms : layer.m;
  const { n, k } = layer;
  const together = steppedTogether({ synchronise: options.synchronise, dataflow, serialOperand, dotSize, rows, columns, m, n, k });
  return { serialOperand, skipping: termCycles(histogram, together) };
}

/** Products with an outlier among those of a step of all PEs that share a multiplier for them, by the shares the trace states. */
function outlierProducts(
  machine: NativeMachine,
  layer: LayerTrace,
  { rows, columns }: { readonly rows: number; readonly columns: number },
): number {
  const { pe, array, dotSize } = machine;
  if (pe.pesPerOutlierMultiplier === undefined) return 0;
  const weights = peWeight(machine, layer) === layer.weight ? (layer.weight.statistics?.outlierShare ?? 0) : 0;
  const activations = layer.activation.statistics?.outlierShare ?? 0;
  const share = 1 - (1 - weights) * (1 - activations);
  // PEs that join for wide operands are fewer on the same multiplier, those that split are more.
  const sharing = (pe.pesPerOutlierMultiplier * rows * columns) / (array.rows * array.columns);
  return sharing * dotSize * share;
}

function dequantizationOf({ dequantization }: NativeMachine, { weight, k, name }: LayerTrace): Dequantization | null {
  // Formats without a scale have nothing to multiply.
  if (dequantization === undefined || weight.group === undefined) return null;
  const { placement, operationsPerCycle } = dequantization;
  const grouped = weight.group > 0 && weight.group < k;
  if (placement === 'epilogue' && grouped)
    throw new LowbitError('scales that change along k cannot wait for the epilogue', {
      value: `${weight.format}, a scale per ${weight.group} elements`,
      place: `layer ${name}`,
      remedy: 'set dequantization.placement to after-group or before-mac, or use a scale per channel',
    });
  // A scale per channel or tensor is one for the whole sum: once per output.
  const once = placement === 'after-group' && weight.group === 0;
  return { placement: once ? 'epilogue' : placement, operationsPerCycle, group: weight.group > 0 ? weight.group : k };
}

/** Groups whose scales the PE multiplies itself; { 0, 0 } where it has no need to. */
function innerScales(
  { pe, dequantization, dataflow }: NativeMachine,
  { weight, k, name }: LayerTrace,
): { group: number; scale_bits: number } {
  const none = { group: 0, scale_bits: 0 };
  const { format, group = 0 } = weight;
  if (dequantization !== undefined || group === 0) return none;
  const inside = pe.scaledOperands?.includes('weight') === true;
  if (inside && dataflow === 'os') return { group: Math.min(group, k), scale_bits: scaleBits(weight, group) };
  // A group as long as the sum is a scale per channel: outside the array, and not charged.
  if (group >= k) return none;
  throw new LowbitError(
    inside ? `${pe.name} scales groups only where sums stay in the PE` : `nothing dequantizes the groups of this weight`,
    {
      value: `${format}${inside ? `, dataflow ${dataflow}` : ''}`,
      place: `layer ${name}`,
      remedy: `add dequantization: { placement: before-mac | after-group, operationsPerCycle, energy_pJPerOperation, source }${inside ? ', or choose dataflow: os' : ''}`,
    },
  );
}

/** Bits of a group's scale: its side data without the 2-bit selector of a special-value format. */
function scaleBits({ format, metadata_bitsPerElement }: Operand, group: number): number {
  return Math.round(metadata_bitsPerElement * group) - (/^bitmod-fp/.test(format) ? 2 : 0);
}
