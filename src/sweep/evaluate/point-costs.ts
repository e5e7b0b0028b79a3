/**
 * What the hardware of a point costs: prices of accesses, energy table, area and leakage, array within a budget. Each is kept by the axes it follows
 * from; which those are is told by the parts of a description that it reads. Parts that are texts or blocks tell templates apart and need no key.
 */
import type { AcceleratorConfig } from '../../accelerator/accelerator-config.js';
import { bufferNames } from '../../accelerator/activity-columns.js';
import { energyTable, sramCosts } from '../../accelerator/array-design.js';
import type { AccessPrice } from '../../accelerator/column-sums.js';
import { resizeToBudget, type IsoKind } from '../../accelerator/iso.js';
import { physicalDesign, type PhysicalDesign } from '../../accelerator/physical-design.js';
import { timingNamed } from '../../accelerator/timing/index.js';
import { totalArea_mm2 } from '../../energy/area.js';
import type { EnergyTable } from '../../energy/breakdown.js';
import type { AccessCost, SramTable } from '../../energy/sram.js';
import { axisMemo, kept, valueOf, type Kept, type MemoSpace } from './axis-memo.js';

type Part = keyof AcceleratorConfig;

const bufferParts: readonly Part[] = ['name', 'source', 'technology_nm', 'buffers'];
/** Area, leakage, and widths of ports. @internal */
export const physicalParts: readonly Part[] = [
  'array',
  'arrayByPhase',
  'cores',
  'pe',
  'decoders',
  'dequantization',
  'vectorUnit',
  'buffers',
  'technology_nm',
  'timing',
  'timingOptions',
  'dataflow',
];
const tableParts: readonly Part[] = [
  'pe',
  'dram',
  'dequantization',
  'vectorUnit',
  'array',
  'arrayByPhase',
  'cores',
  'clock_MHz',
  'staticEnergy',
];
/** Parts of them that no energy follows from. */
const pricelessDram: readonly string[] = ['dram.bandwidth_bitsPerCycle', 'dram.latency_ns', 'dram.capacity_GiB'];

export interface Physical extends PhysicalDesign {
  /** NaN: unknown. */
  readonly total_mm2: number;
}

export interface PointCosts {
  /** The accelerator of the point, its array resized where the sweep has a budget. Throws LowbitError when nothing fits. */
  sized(axisIndex: ArrayLike<number>): AcceleratorConfig;
  physical(axisIndex: ArrayLike<number>): Physical;
  table(axisIndex: ArrayLike<number>): EnergyTable;
  price(axisIndex: ArrayLike<number>): AccessPrice;
}

/** Axes with the path below the accelerator of those whose numbers move; `iso`: axes of the budget. */
export interface CostAxes {
  readonly space: MemoSpace;
  readonly sizes: readonly number[];
  readonly plain: readonly { readonly axis: number; readonly path: readonly string[] }[];
  readonly iso: readonly number[];
}

export interface Budget {
  readonly kind: IsoKind;
  /** mm2, mW or PEs. Throws LowbitError when it cannot be told. */
  value(axisIndex: ArrayLike<number>): number;
}

/** Costs of the points of a template; `config` holds the numbers of the point that is asked about. */
export function pointCosts(config: AcceleratorConfig, sramTable: SramTable, axes: CostAxes, budget: Budget | null): PointCosts {
  const { sizes, space } = axes;
  const axesOf = (parts: readonly Part[], except: readonly string[] = []): number[] =>
    axes.plain.flatMap(({ axis, path }) => (parts.includes(path[0] as Part) && !except.includes(path.join('.')) ? [axis] : []));
  const isoAxes = budget === null ? [] : [...axesOf([...physicalParts, 'clock_MHz']), ...axes.iso];
  const areaAxes = budget === null ? axesOf(physicalParts) : isoAxes;
  const leaks = config.staticEnergy === 'sram-leakage';
  const tableAxes = [...new Set([...axesOf(tableParts, pricelessDram), ...(leaks || budget !== null ? areaAxes : [])])];
  const arrays = axisMemo<Kept<Pick<AcceleratorConfig, 'array' | 'arrayByPhase'>>>({ axes: isoAxes, sizes, space });
  const physicals = axisMemo<Kept<Physical>>({ axes: areaAxes, sizes, space });
  const tables = axisMemo<Kept<EnergyTable>>({ axes: tableAxes, sizes, space });
  const prices = axisMemo<AccessPrice>({ axes: axesOf(bufferParts), sizes, space });
  const timing = timingNamed(config.timing, `${config.name}: timing`);

  const sized: PointCosts['sized'] = (index) => {
    if (budget === null) return config;
    const resized = arrays.at(index, () =>
      kept(() => {
        const { array, arrayByPhase } = resizeToBudget(
          config,
          { kind: budget.kind, value: budget.value(index), origin: 'the sweep' },
          sramTable,
        ).config;
        return { array, ...(arrayByPhase === undefined ? {} : { arrayByPhase }) };
      }),
    );
    return { ...config, ...valueOf(resized) };
  };
  const physical: PointCosts['physical'] = (index) =>
    valueOf(
      physicals.at(index, () =>
        kept(() => {
          const design = physicalDesign(sized(index), sramTable);
          return { ...design, total_mm2: totalArea_mm2(design.area_mm2) ?? NaN };
        }),
      ),
    );
  return {
    sized,
    physical,
    table: (index) =>
      valueOf(
        tables.at(index, () =>
          kept(() => {
            // Prices are asked for by themselves: they follow from fewer axes.
            const sram = sramCosts(config, sramTable);
            return energyTable(sized(index), { sram, timing, leakage_mW: leaks ? physical(index).leakage_mW : null });
          }),
        ),
      ),
    price: (index) => prices.at(index, () => accessPrices(config, sramTable)),
  };
}

/** Prices of the buffers as they are now, each looked up once. */
function accessPrices({ name, source, technology_nm, buffers }: AcceleratorConfig, sramTable: SramTable): AccessPrice {
  const sram = sramCosts({ name, source, technology_nm, buffers: structuredClone(buffers) }, sramTable);
  const known = bufferNames.map(() => new Map<number, AccessCost | null>());
  // Layers one after another mostly share the width of their operands.
  const lastBits = new Float64Array(bufferNames.length).fill(-1);
  const last: (AccessCost | null)[] = bufferNames.map(() => null);
  return (buffer, bus_bits) => {
    if (lastBits[buffer] === bus_bits) return last[buffer] ?? null;
    const costs = known[buffer]!;
    let cost = costs.get(bus_bits);
    if (cost === undefined) costs.set(bus_bits, (cost = sram.access(bufferNames[buffer]!, bus_bits)));
    lastBits[buffer] = bus_bits;
    last[buffer] = cost;
    return cost;
  };
}
