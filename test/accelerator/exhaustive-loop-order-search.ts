/** The published search as its rules are written down: every tile, all 120 loop orders, nothing left out, one stream after the other. */
import type { LoopOrderLayer, LoopOrderMachine } from '../../src/accelerator/timing/loop-order-search/machine.js';

const loops = ['B', 'OW', 'OH', 'IC', 'OC'] as const;
type Loop = (typeof loops)[number];

const depends = { activation: ['B', 'OW', 'OH', 'IC'], weight: ['IC', 'OC'], output: ['B', 'OW', 'OH', 'OC'] };

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) => permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));
}

const orders = permutations(loops);

function sizes(extent: number): number[] {
  return Array.from({ length: Math.ceil(Math.log2(extent)) + 1 }, (_, i) => Math.min(2 ** i, extent));
}

interface Stream {
  readonly traffic: number;
  /** Block as promoted; of outputs 0 once promoted. */
  readonly block: number;
}

/** One stream under one order: promoted outwards while it fits. */
function streamed(
  order: readonly Loop[],
  trips: Record<Loop, number>,
  stream: { of: keyof typeof depends; tile: number; half: number },
): Stream {
  let [traffic, block, promoted] = [stream.tile, stream.tile, true];
  for (const loop of [...order].reverse()) {
    if (promoted && !depends[stream.of].includes(loop)) continue;
    traffic *= trips[loop];
    if (!promoted) continue;
    if (traffic > stream.half) promoted = false;
    else block = stream.of === 'output' ? 0 : traffic;
  }
  return { traffic, block };
}

export interface ExhaustiveMapping {
  readonly cycles: number;
  readonly energy_pJ: number;
  readonly orderText: string;
  readonly order: number;
  readonly tile: readonly [number, number, number, number];
}

/** The best mapping, or null when no tile fits; rules as published. */
export function exhaustiveSearch(machine: LoopOrderMachine, layer: LoopOrderLayer): ExhaustiveMapping | null {
  let best: ExhaustiveMapping | null = null;
  for (const b of sizes(layer.b))
    for (const o of sizes(layer.o))
      for (const ic of sizes(layer.ic))
        for (const oc of sizes(layer.oc))
          orders.forEach((order, at) => {
            const found = mapped(machine, layer, { tile: [b, o, ic, oc], order, at });
            if (found !== null && (best === null || before(found, best))) best = found;
          });
  return best;
}

function before(a: ExhaustiveMapping, b: ExhaustiveMapping): boolean {
  const [keyA, keyB] = [a, b].map(({ cycles, energy_pJ, order, tile }) => [cycles, energy_pJ, order, ...tile]) as [number[], number[]];
  const at = keyA.findIndex((value, i) => value !== keyB[i]);
  return at >= 0 && keyA[at]! < keyB[at]!;
}

interface Candidate {
  readonly tile: readonly [number, number, number, number];
  readonly order: readonly Loop[];
  readonly at: number;
}

function mapped(machine: LoopOrderMachine, layer: LoopOrderLayer, { tile, order, at }: Candidate): ExhaustiveMapping | null {
  const { p } = layer;
  const [b, o, ic, oc] = tile;
  const lanes = Math.floor(machine.highest_bits / Math.max(p, machine.lowest_bits));
  const [rows, columns, area] = [machine.rows * lanes, machine.columns * lanes, layer.kernelHeight ** 2];
  const trips = {
    B: Math.ceil(layer.b / b),
    OW: Math.ceil(layer.o / o),
    OH: Math.ceil(layer.o / o),
    IC: Math.ceil(layer.ic / ic),
    OC: Math.ceil(layer.oc / oc),
  };
  const tiles = loops.reduce((product, loop) => product * trips[loop], 1);
  const weightTile = Math.ceil((area * ic) / rows) * rows * oc * p;
  const activationTile = o * o * b * Math.ceil((area * ic) / columns) * columns * p;
  if (weightTile > machine.weightHalf_bits || activationTile > machine.activationHalf_bits) return null;
  const perTile =
    machine.dataflow === 'os'
      ? Math.ceil((b * o * o) / rows) * Math.ceil(oc / columns) * area * ic
      : b * o * o * Math.ceil(oc / columns) * Math.ceil((area * ic) / rows);
  const activation = streamed(order, trips, { of: 'activation', tile: activationTile, half: machine.activationHalf_bits });
  const weight = streamed(order, trips, { of: 'weight', tile: weightTile, half: machine.weightHalf_bits });
  const output = streamed(order, trips, { of: 'output', tile: o * o * oc * b * machine.output_bits, half: machine.outputHalf_bits });
  const compute = perTile * tiles;
  const first = activation.block + weight.block;
  const middle = activation.traffic + weight.traffic + output.traffic - first - output.block;
  const beats = (bits: number): number => Math.ceil(bits / machine.dram_bitsPerCycle);
  const cycles = compute + Math.max(0, beats(middle) - compute) + beats(first) + beats(output.block);
  const macs = area * ic * oc * b * o * o * tiles;
  const sums = machine.dataflow === 'os' ? b * o * o * oc * tiles : macs;
  const e = machine.energies;
  const energy_pJ =
    cycles * e.static_pJPerCycle +
    compute * e.compute_pJPerCycle +
    (activation.traffic + weight.traffic) * e.dramRead_pJPerBit +
    output.traffic * (e.dramWrite_pJPerBit + e.outputRead_pJPerBit) +
    activation.traffic * e.activationWrite_pJPerBit +
    weight.traffic * e.weightWrite_pJPerBit +
    macs * p * e.activationRead_pJPerBit +
    (machine.dataflow === 'os' ? macs : tiles * area * ic * oc) * p * e.weightRead_pJPerBit +
    sums * machine.output_bits * (e.outputRead_pJPerBit + e.outputWrite_pJPerBit);
  return { cycles, energy_pJ, orderText: order.join('>'), order: at, tile };
}
