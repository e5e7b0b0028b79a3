/**
 * cycle-exact: the machine of `native` ticked register by register on seeded random integers (cycle-exact/simulator.ts), for small layers.
 * The mapping is the one `native` chooses, or the one the description fixes; time, DRAM traffic and dequantizations are counted while ticking,
 * accesses of the buffers follow from the mapping as in `native`. Source: docs/timing/native.md (the machine), docs/timing/cycle-exact.md.
 * Left out: several cores, PEs whose steps depend on the values, dequantization inside a PE; see simulator.ts.
 */
import { LowbitError } from '../../../lowbit-error.js';
import { seededRandom } from '../../../numeric/random.js';
import { peNamed } from '../../../pe/index.js';
import { cycleCauses, type Cycles, type LayerActivity } from '../../../trace/layer-activity.js';
import type { LayerTrace } from '../../../trace/layer-trace.js';
import type { Term } from '../../../trace/term.js';
import type { ExactMachine, ExactProduct, ExactResult } from './exact-case.js';
import { runCycleExact } from './simulator.js';
import { nativeActivity, nativePorts, withDramLatency } from '../native/activity.js';
import { nativeMachine, nativeOptionsSchema, nativeProblem, type NativeMachine } from '../native/layer.js';
import { objectiveOf } from '../native/objective.js';
import { residencyOf, type NativeProblem } from '../native/problem.js';
import { bestMapping, fixedMapping, type Mapped } from '../native/search.js';
import type { MachineContext, TimingModel } from '../timing-model.js';

/** What is ticked within seconds. */
const MOST_MACS = 2 ** 24;
const MOST_CYCLES = 2 ** 24;
const WIDEST_INTEGER_bits = 16;

interface Ticked {
  readonly problem: NativeProblem;
  readonly mapped: Mapped;
  readonly exact: ExactResult;
}

export const cycleExact: TimingModel = {
  name: 'cycle-exact',
  modelVersion: 1,
  description: 'the machine of native ticked PE by PE and beat by beat on random integers, for small layers',
  source: "lowbit's own, docs/timing/cycle-exact.md",
  searches: true,
  charges: ['gemm', 'attention-qk', 'attention-pv', 'transform'],
  excludedEnergy: [],
  needs: ['dataflow', 'buffers.output'],
  reads: ['dataflow', 'buffers.output', 'dequantization'],
  options: nativeOptionsSchema,
  machine: (hardware, array, context) => {
    const machine = nativeMachine(hardware, array, peNamed(hardware.pe.model, `${hardware.name}: pe.model`));
    return {
      ports: nativePorts(machine),
      activity: (layer) => activityOf(machine, layer, ticked(machine, layer, context)),
      explain: (layer) => termsOf(ticked(machine, layer, context)),
    };
  },
};

function ticked(machine: NativeMachine, layer: LayerTrace, context: MachineContext): Ticked {
  const place = `layer ${layer.name}`;
  const problem = nativeProblem(machine, layer);
  requireTickable(problem, place);
  const { mapping: fixed, objective, tolerance } = machine.options;
  const goal = {
    objective: objectiveOf(objective),
    tolerance,
    activity: (mapping: Mapped['mapping'], cycles: Mapped['cycles']) => nativeActivity(machine, problem, layer, { mapping, cycles }),
    energy_pJ: (activity: LayerActivity) => context.energy_pJ(activity),
    place,
  };
  const mapped = fixed === undefined ? bestMapping(problem, goal) : fixedMapping(problem, fixed, goal);
  requireFew('cycles', mapped.cycles.total, MOST_CYCLES, place);
  const bits = (payload_bits: number): number => Math.min(WIDEST_INTEGER_bits, Math.max(2, Math.ceil(payload_bits)));
  const weight_bits = bits(layer.weight.payload_bitsPerElement);
  const product = randomProduct(problem, { weight: weight_bits, activation: bits(layer.activation.payload_bitsPerElement) });
  const { tm, tn, tk, order } = mapped.mapping;
  const tiles = { tm, tn, tk, order, resident: residencyOf(problem, 'none') };
  const exact = runCycleExact(exactMachine(problem), product, tiles, weight_bits);
  const late = <T extends { readonly cycles: Cycles }>(result: T): T => ({ ...result, cycles: withDramLatency(machine, result.cycles) });
  return { problem, mapped: late(mapped), exact: late(exact) };
}

/** Throws LowbitError for a machine or layer that is not ticked. */
function requireTickable({ m, n, k, gemms, step, dram_bits, cores }: NativeProblem, place: string): void {
  requireFew('multiply-accumulates', m * n * k * gemms, MOST_MACS, place);
  const remedy = 'simulate it with timing: native';
  if (cores > 1) throw new LowbitError('cycle-exact ticks one core', { value: cores, place, remedy });
  if (step.useful_cycles !== step.cycles || !Number.isInteger(step.cycles) || step.groupStall_cycles > 0)
    throw new LowbitError('cycle-exact ticks PEs whose every step takes the same whole number of cycles', {
      value: `${step.cycles} cycles, ${step.groupStall_cycles} more for each group`,
      place,
      remedy,
    });
  if (Math.min(dram_bits.weight, dram_bits.activation, dram_bits.output) <= 0)
    throw new LowbitError('cycle-exact moves every operand through DRAM; one of this layer takes no bits', { place, remedy });
}

function requireFew(what: string, count: number, limit: number, place: string): void {
  if (count <= limit) return;
  throw new LowbitError(`too many ${what} to tick`, {
    value: count,
    place,
    remedy: `cycle-exact takes layers of at most ${limit}; make the layer smaller, or simulate it with timing: native`,
  });
}

/** Integers of the widths of the operands; the same for the same shape. */
function randomProduct(problem: NativeProblem, width: { readonly weight: number; readonly activation: number }): ExactProduct {
  const { m, n, k, gemms, dram_bits } = problem;
  const random = seededRandom(0);
  const integers = (count: number, bits: number): Int32Array =>
    Int32Array.from({ length: count }, () => random.integer(2 ** bits) - 2 ** (bits - 1));
  return {
    m,
    n,
    k,
    products: gemms,
    activations: integers(gemms * m * k, width.activation),
    weights: integers(gemms * n * k, width.weight),
    bits: dram_bits,
  };
}

function exactMachine(problem: NativeProblem): ExactMachine {
  const { rows, columns, dotSize, dataflow, foldOverlap, loadsInPlace, step, half_bits, held_bits, dram_bitsPerCycle, dequantization } =
    problem;
  const half = (operand: 'weight' | 'activation' | 'output'): number => Math.floor(half_bits[operand] / held_bits[operand]);
  return {
    rows,
    columns,
    dotSize,
    dataflow,
    foldOverlap,
    loadsInPlace,
    termCycles: step.cycles,
    bandwidth_bitsPerCycle: dram_bitsPerCycle,
    half: { weight: half('weight'), activation: half('activation'), output: half('output') },
    ...(dequantization === null
      ? {}
      : {
          dequantization: {
            placement: dequantization.placement,
            perCycle: dequantization.operationsPerCycle,
            group: dequantization.group,
          },
        }),
  };
}

function activityOf(machine: NativeMachine, layer: LayerTrace, { problem, mapped, exact }: Ticked): LayerActivity {
  return {
    ...nativeActivity(machine, problem, layer, { mapping: mapped.mapping, cycles: exact.cycles }),
    dequant_operations: exact.dequant_operations,
    dramRead_bytes: exact.dramRead_bits / 8,
    dramWrite_bytes: exact.dramWrite_bits / 8,
  };
}

function termsOf({ mapped, exact }: Ticked): Term[] {
  const source = 'cycle-exact, docs/timing/cycle-exact.md';
  const { tm, tn, tk, order } = mapped.mapping;
  const term = (name: string, formula: string, value: number, unit: string): Term => ({
    name,
    formula,
    numbers: `${value}`,
    value,
    unit,
    source,
  });
  const causes = cycleCauses.filter((cause) => exact.cycles[cause] > 0);
  return [
    ...causes.map((cause) =>
      term(`${cause} cycles`, `counted while ticking tiles of ${tm} x ${tn} x ${tk} in order ${order}`, exact.cycles[cause], 'cycles'),
    ),
    {
      name: 'layer cycles',
      formula: causes.join(' + '),
      numbers: causes.map((cause) => exact.cycles[cause]).join(' + '),
      value: exact.cycles.total,
      unit: 'cycles',
      source,
    },
    term('native cycles', 'the same mapping in closed form', mapped.cycles.total, 'cycles'),
    term('DRAM beats', 'counted while ticking', exact.dramBeats, 'beats'),
    term('active PE cycles', 'counted while ticking', exact.activePeCycles, 'PE cycles'),
  ];
}
