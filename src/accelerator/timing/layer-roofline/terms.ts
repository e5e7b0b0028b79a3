/** The cycles of one layer on layer-roofline as formulas with their numbers; every `numbers` is an expression that evaluates to `value`. */
import type { LayerTrace } from '../../../trace/layer-trace.js';
import type { Term } from '../../../trace/term.js';
import { activationBusOperand_bits, rooflineCharge, type RooflineCharge } from './charge.js';
import { rooflineCounts, type RooflineCounts } from './counts.js';
import type { RooflineHardware } from './hardware.js';

const source = 'layer-roofline, BitMoD (HPCA 2025), section V';

/** Terms from the shape of a layer to its cycles, for one instance of it. */
export function rooflineTerms(hardware: RooflineHardware, layer: LayerTrace): Term[] {
  const charge = rooflineCharge(hardware, layer);
  const counts = rooflineCounts(hardware, charge);
  return [
    ...computeTerms(hardware, charge, { counts, code_bits: layer.weight.payload_bitsPerElement }),
    ...byteTerms(charge, counts),
    ...passTerms(hardware, counts),
    ...cycleTerms(hardware, counts),
    ...accessTerms(hardware, charge, counts),
  ];
}

function computeTerms(
  hardware: RooflineHardware,
  charge: RooflineCharge,
  { counts, code_bits }: { readonly counts: RooflineCounts; readonly code_bits: number },
): Term[] {
  const { rows, columns, dotSize, pe } = hardware;
  const { m, n, k, gemms, terms } = charge;
  return [
    {
      name: 'terms',
      formula: pe.bitSerial ? 'max(1, ceil(floor(code bits of the weight) / 2))' : '1 (bit-parallel PE)',
      numbers: pe.bitSerial ? `max(1, ceil(floor(${code_bits}) / 2))` : '1',
      value: terms,
      unit: 'cycles per PE step',
      source,
    },
    {
      name: 'tiles',
      formula: 'ceil(k / dotSize) * ceil(n / rows) * ceil(m / columns) * gemms',
      numbers: `ceil(${k} / ${dotSize}) * ceil(${n} / ${rows}) * ceil(${m} / ${columns}) * ${gemms}`,
      value: counts.tiles,
      unit: 'tile steps',
      source,
    },
    {
      name: 'compute',
      formula: 'tiles * terms',
      numbers: `${counts.tiles} * ${terms}`,
      value: counts.compute_cycles,
      unit: 'cycles',
      source,
    },
  ];
}

function byteTerms(charge: RooflineCharge, counts: RooflineCounts): Term[] {
  const { m, n, inputWidth, k, gemms, weightCopies, weight_bits, input_bits, output_bits } = charge;
  const bytes = (term: Omit<Term, 'unit' | 'source'>): Term => ({ ...term, unit: 'bytes', source });
  return [
    bytes({
      name: 'weight bytes',
      formula: 'ceil(k * weight bits / 8) * n * copies (1 when shared by the gemms)',
      numbers: `ceil(${k} * ${weight_bits} / 8) * ${n} * ${weightCopies}`,
      value: counts.weight_bytes,
    }),
    bytes({
      name: 'input bytes',
      formula: 'ceil(k * input bits / 8) * m * gemms',
      numbers: `ceil(${inputWidth} * ${input_bits} / 8) * ${m} * ${gemms}`,
      value: counts.input_bytes,
    }),
    bytes({
      name: 'output bytes',
      formula: 'ceil(n * output bits / 8) * m * gemms',
      numbers: `ceil(${n} * ${output_bits} / 8) * ${m} * ${gemms}`,
      value: counts.output_bytes,
    }),
  ];
}

function passTerms(hardware: RooflineHardware, counts: RooflineCounts): Term[] {
  const { weightBuffer_bytes, activationBuffer_bytes } = hardware;
  const { weight_bytes, input_bytes, weightPasses, inputPasses } = counts;
  const both = weight_bytes > weightBuffer_bytes && input_bytes > activationBuffer_bytes;
  const why = both
    ? 'both operands exceed their buffers; the cheaper of reading weights or inputs again'
    : 'one operand fits its buffer: each is read once';
  const weightAgain = weightPasses > 1;
  return [
    {
      name: 'weight passes',
      formula: weightAgain ? `ceil(input bytes / activation buffer); ${why}` : `1; ${why}`,
      numbers: weightAgain ? `ceil(${input_bytes} / ${activationBuffer_bytes})` : '1',
      value: weightPasses,
      unit: 'reads of the operand',
      source,
    },
    {
      name: 'input passes',
      formula: inputPasses > 1 ? `ceil(weight bytes / weight buffer); ${why}` : `1; ${why}`,
      numbers: inputPasses > 1 ? `ceil(${weight_bytes} / ${weightBuffer_bytes})` : '1',
      value: inputPasses,
      unit: 'reads of the operand',
      source,
    },
  ];
}

function cycleTerms(hardware: RooflineHardware, counts: RooflineCounts): Term[] {
  const { weight_bytes, weightPasses, output_bytes, input_bytes, inputPasses, dram_cycles, compute_cycles } = counts;
  const dramStall = Math.max(0, dram_cycles - compute_cycles);
  return [
    {
      name: 'dram',
      formula: 'floor((weight bytes * weight passes + output bytes + input bytes * input passes) * 8 / DRAM bits per cycle)',
      numbers: `floor((${weight_bytes} * ${weightPasses} + ${output_bytes} + ${input_bytes} * ${inputPasses}) * 8 / ${hardware.dram_bitsPerCycle})`,
      value: dram_cycles,
      unit: 'cycles',
      source,
    },
    {
      name: 'dramStall',
      formula: 'max(0, dram - compute)',
      numbers: `max(0, ${dram_cycles} - ${compute_cycles})`,
      value: dramStall,
      unit: 'cycles',
      source,
    },
    {
      name: 'layer cycles',
      formula: 'compute + dramStall = max(compute, dram)',
      numbers: `${compute_cycles} + ${dramStall}`,
      value: compute_cycles + dramStall,
      unit: 'cycles',
      source,
    },
  ];
}

function accessTerms(hardware: RooflineHardware, charge: RooflineCharge, counts: RooflineCounts): Term[] {
  const { rows, columns, dotSize, pe } = hardware;
  const { m, n, k, gemms, inputWidth, weightCopies, weightGranule_bits, weightBus_bits, input_bits, output_bits } = charge;
  const half = pe.bitSerial ? ' / 2' : '';
  const halved = pe.bitSerial ? ', halved for a bit-serial PE' : '';
  const bus = (term: Omit<Term, 'unit' | 'source'>): Term => ({ ...term, unit: 'bits', source });
  return [
    bus({
      name: 'weight bus',
      formula: `dotSize * ceil(weight bits / 4) * 4 * rows${halved}`,
      numbers: `${dotSize} * ceil(${weightBus_bits} / 4) * 4 * ${rows}${half}`,
      value: counts.weightBus_bits,
    }),
    bus({
      name: 'activation bus',
      formula: `dotSize * ceil(input bits / 4) * 4 * columns${halved}`,
      numbers: `${dotSize} * ceil(${activationBusOperand_bits(charge)} / 4) * 4 * ${columns}${half}`,
      value: counts.inputBus_bits,
    }),
    {
      name: 'weight buffer writes',
      formula: 'ceil(k * weight bits / 64) * n * copies * weight passes',
      numbers: `ceil(${k} * ${weightGranule_bits} / 64) * ${n} * ${weightCopies} * ${counts.weightPasses}`,
      value: counts.weightGranules,
      unit: 'granules of 64 bits',
      source,
    },
    {
      name: 'activation buffer writes',
      formula: '(ceil(k * input bits / 64) * m * input passes + ceil(n * output bits / 64) * m) * gemms',
      numbers: `(ceil(${inputWidth} * ${input_bits} / 64) * ${m} * ${counts.inputPasses} + ceil(${n} * ${output_bits} / 64) * ${m}) * ${gemms}`,
      value: counts.inputGranules,
      unit: 'granules of 64 bits',
      source,
    },
  ];
}
