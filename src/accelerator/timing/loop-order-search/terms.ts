/** The mapping, cycles, DRAM traffic and buffer accesses of one layer on loop-order-search as formulas with their numbers; every `numbers` evaluates to `value`. */
import type { Term } from '../../../trace/term.js';
import type { LoopedLayer } from './layer.js';
import { kernelArea, lanesPerSide, type LoopOrderMachine, type LoopOrderMapping } from './machine.js';
import { orderText } from './orders.js';

const source = 'loop-order-search, Bit Fusion (ISCA 2018) and ANT (MICRO 2022)';

/** A term whose `text` is its formula and the same with numbers. */
function term(name: string, text: readonly [formula: string, numbers: string], value: number, unit: string): Term {
  return { name, formula: text[0], numbers: text[1], value, unit, source };
}

/** Terms from the shape of a layer to its cycles, for one instance of it. */
export function loopOrderTerms(machine: LoopOrderMachine, looped: LoopedLayer, mapping: LoopOrderMapping): Term[] {
  return [
    ...tileTerms(machine, looped, mapping),
    ...computeTerms(machine, looped, mapping),
    ...trafficTerms(looped, mapping),
    ...cycleTerms(machine, looped, mapping),
    ...accessTerms(looped, mapping),
  ];
}

function tileTerms(machine: LoopOrderMachine, { loops }: LoopedLayer, mapping: LoopOrderMapping): Term[] {
  const { highest_bits, lowest_bits } = machine;
  const chosen = `fastest of all tiles and loop orders: ${orderText(mapping.order)} from the outermost loop`;
  const size = (name: string, value: number): Term => term(name, [chosen, `${value}`], value, 'per tile');
  return [
    term(
      'lanes',
      ['floor(highest bits / max(precision, lowest bits))', `floor(${highest_bits} / max(${loops.p}, ${lowest_bits}))`],
      lanesPerSide(machine, loops.p),
      'per side of a PE',
    ),
    size('tile images or rows', mapping.tile_b),
    size('tile output rows and columns', mapping.tile_o),
    size('tile input channels', mapping.tile_ic),
    size('tile output channels', mapping.tile_oc),
  ];
}

function computeTerms(machine: LoopOrderMachine, { loops, instances }: LoopedLayer, mapping: LoopOrderMapping): Term[] {
  const { tile_b: b, tile_o: o, tile_ic: ic, tile_oc: oc } = mapping;
  const lanes = lanesPerSide(machine, loops.p);
  const [rowLanes, columnLanes, area] = [machine.rows * lanes, machine.columns * lanes, kernelArea(machine, loops)];
  const tiles = Math.ceil(loops.b / b) * Math.ceil(loops.o / o) ** 2 * Math.ceil(loops.ic / ic) * Math.ceil(loops.oc / oc);
  const text = [
    `ceil(${loops.b} / ${b}) * ceil(${loops.o} / ${o})^2 * ceil(${loops.ic} / ${ic}) * ceil(${loops.oc} / ${oc})`,
    `ceil(${b} * ${o}^2 / ${rowLanes}) * ceil(${oc} / ${columnLanes}) * ${area} * ${ic}`,
    `${b} * ${o}^2 * ceil(${oc} / ${columnLanes}) * ceil(${area} * ${ic} / ${rowLanes})`,
  ] as const;
  const os = machine.dataflow === 'os';
  const perTile = os
    ? Math.ceil((b * o * o) / rowLanes) * Math.ceil(oc / columnLanes) * area * ic
    : b * o * o * Math.ceil(oc / columnLanes) * Math.ceil((area * ic) / rowLanes);
  const formula = os
    ? 'ceil(b * o^2 / (rows * lanes)) * ceil(oc / (columns * lanes)) * kernel area * ic'
    : 'b * o^2 * ceil(oc / (columns * lanes)) * ceil(kernel area * ic / (rows * lanes))';
  const plain = mapping.compute_cycles === perTile * tiles;
  return [
    term('tiles', ['ceil(B / b) * ceil(O / o)^2 * ceil(IC / ic) * ceil(OC / oc)', text[0]], tiles, 'tiles'),
    term('cycles per tile', [formula, os ? text[1] : text[2]], perTile, 'cycles'),
    term(
      'compute',
      plain
        ? ['cycles per tile * tiles * products', `${perTile} * ${tiles} * ${instances}`]
        : [
            '(tiles with their true edges, and filling the array as timingOptions say) * products',
            `${mapping.compute_cycles} * ${instances}`,
          ],
      mapping.compute_cycles * instances,
      'cycles',
    ),
  ];
}

function trafficTerms({ instances }: LoopedLayer, mapping: LoopOrderMapping): Term[] {
  const bits = (name: string, text: readonly [string, string], value: number): Term => term(name, text, value, 'bits');
  const stream = (name: string, all: number, passes: number): Term =>
    bits(
      `${name} over DRAM`,
      ['all tiles once * passes (loops outside the promoted block) * products', `${all} * ${passes} * ${instances}`],
      all * passes * instances,
    );
  const operands = mapping.activationAll_bits * mapping.activationPasses + mapping.weightAll_bits * mapping.weightPasses;
  const back = mapping.dramRead_bits - operands;
  return [
    stream('activations', mapping.activationAll_bits, mapping.activationPasses),
    stream('weights', mapping.weightAll_bits, mapping.weightPasses),
    stream('outputs', mapping.outputAll_bits, mapping.outputPasses),
    bits(
      'DRAM reads',
      [
        '(activations + weights + partial sums that come back) * products',
        `(${mapping.activationAll_bits * mapping.activationPasses} + ${mapping.weightAll_bits * mapping.weightPasses} + ${back}) * ${instances}`,
      ],
      mapping.dramRead_bits * instances,
    ),
  ];
}

function cycleTerms(machine: LoopOrderMachine, { instances }: LoopedLayer, mapping: LoopOrderMapping): Term[] {
  const { dram_bitsPerCycle } = machine;
  const { activationFirst_bits, weightFirst_bits, outputLast_bits, compute_cycles, overflow_cycles, fill_cycles, drain_cycles } = mapping;
  const cycles = (name: string, text: readonly [string, string], value: number): Term => term(name, text, value, 'cycles');
  const middle = `ceil((${mapping.dramRead_bits} + ${mapping.dramWrite_bits} - ${activationFirst_bits} - ${weightFirst_bits} - ${outputLast_bits}) / ${dram_bitsPerCycle})`;
  return [
    cycles(
      'fill',
      [
        'ceil((first activation block + first weight block, as promoted) / DRAM bits per cycle) * products',
        `ceil((${activationFirst_bits} + ${weightFirst_bits}) / ${dram_bitsPerCycle}) * ${instances}`,
      ],
      fill_cycles * instances,
    ),
    cycles(
      'drain',
      ['ceil(last output block / DRAM bits per cycle) * products', `ceil(${outputLast_bits} / ${dram_bitsPerCycle}) * ${instances}`],
      drain_cycles * instances,
    ),
    cycles(
      'dramStall',
      [
        'max(0, ceil((DRAM reads + writes - first and last blocks) / DRAM bits per cycle) - compute) * products',
        `max(0, ${middle} - ${compute_cycles}) * ${instances}`,
      ],
      overflow_cycles * instances,
    ),
    cycles(
      'layer cycles',
      [
        'compute + dramStall + fill + drain',
        `${compute_cycles * instances} + ${overflow_cycles * instances} + ${fill_cycles * instances} + ${drain_cycles * instances}`,
      ],
      (compute_cycles + overflow_cycles + fill_cycles + drain_cycles) * instances,
    ),
  ];
}

function accessTerms({ instances }: LoopedLayer, mapping: LoopOrderMapping): Term[] {
  const bits = (name: string, formula: string, value: number): Term =>
    term(name, [`${formula} * products`, `${value} * ${instances}`], value * instances, 'bits');
  return [
    bits(
      'activation buffer reads',
      'MACs * precision, or once per row of PEs that shares a read (operandReuse)',
      mapping.activationRead_bits,
    ),
    bits('activation buffer writes', 'DRAM reads of activations', mapping.activationWrite_bits),
    bits(
      'weight buffer reads',
      'os: MACs * precision, or once per column that shares a read (operandReuse); ws: every weight once per tile',
      mapping.weightRead_bits,
    ),
    bits('weight buffer writes', 'DRAM reads of weights', mapping.weightWrite_bits),
    bits('output buffer reads', 'partial sums, and outputs on their way to DRAM', mapping.outputRead_bits),
    bits('output buffer writes', 'os: every output once per tile of the reduction; ws: one per MAC', mapping.outputWrite_bits),
  ];
}
