/**
 * Fair comparison: an array resized to a budget of area, power or PEs.
 *   area  = PEs + decoders + buffers, mm2          power = PEs * (energy per cycle + leakage) * clock + leakage of the buffers, mW, every PE at work
 *   pes   = rows * columns * cores
 * Rows stay and columns change, as in the published equal-area arrays (32 x 28, 32 x 80 against 32 x 32: ANT, MICRO 2022); an array of a
 * phase keeps its own rows and gets as many PEs. The largest array within the budget is taken.
 * Left out: buffers keep their size, and only their ports widen; power leaves out buffer accesses, decoders and DRAM.
 */
import { standingPower_pJPerCycle } from '../energy/breakdown.js';
import { totalArea_mm2 } from '../energy/area.js';
import type { SramTable } from '../energy/sram.js';
import { LowbitError } from '../lowbit-error.js';
import { peCount } from './array-design.js';
import type { AcceleratorConfig, ArrayShape } from './accelerator-config.js';
import { physicalDesign } from './physical-design.js';

export const isoKinds = ['area', 'power', 'pes'] as const;
export type IsoKind = (typeof isoKinds)[number];

/** Columns a description may have. */
const MOST_COLUMNS = 2 ** 20;

export interface IsoBudget {
  readonly kind: IsoKind;
  /** mm2, mW or PEs. */
  readonly value: number;
  /** What set it, for the note on the result. */
  readonly origin: string;
}

const units: Readonly<Record<IsoKind, string>> = { area: 'mm2', power: 'mW', pes: 'PEs' };

/** What a design takes of a budget. Throws LowbitError when a number it needs is unknown. */
export function isoValue(hardware: AcceleratorConfig, kind: IsoKind, table: SramTable): number {
  const value = measure(hardware, kind, table);
  if (value !== null) return value;
  const { unknown, area_mm2 } = physicalDesign(hardware, table);
  const missing = kind === 'power' ? ['pe.energy_pJ'] : Object.keys(area_mm2).filter((part) => area_mm2[part] === null);
  throw new LowbitError(`the ${kind} of this design is not known`, {
    value: hardware.name,
    remedy: `missing: ${[...missing, ...unknown].join('; ')}; state it with --set, or compare with --iso pes`,
  });
}

/** The design with the largest array within a budget, and a note that says so. Throws LowbitError when not even one column fits, or a number is unknown. */
export function resizeToBudget(
  hardware: AcceleratorConfig,
  budget: IsoBudget,
  table: SramTable,
): { readonly config: AcceleratorConfig; readonly note: string } {
  isoValue(hardware, budget.kind, table);
  const fits = (columns: number): boolean => {
    if (columns > MOST_COLUMNS) return false;
    const value = measure(withColumns(hardware, columns), budget.kind, table);
    return value !== null && value <= budget.value;
  };
  if (!fits(1)) {
    const least = isoValue(withColumns(hardware, 1), budget.kind, table);
    throw new LowbitError(`not even one column of ${hardware.array.rows} PEs fits the ${budget.kind} budget`, {
      value: `${rounded(least)} ${units[budget.kind]} of ${rounded(budget.value)} ${units[budget.kind]} (${budget.origin})`,
      place: hardware.name,
      remedy: 'lower array.rows or the buffers with --set, or raise the budget',
    });
  }
  let tooMany = 2;
  while (fits(tooMany)) tooMany *= 2;
  let most = tooMany / 2;
  while (tooMany - most > 1) {
    const middle = Math.floor((most + tooMany) / 2);
    if (fits(middle)) most = middle;
    else tooMany = middle;
  }
  const config = withColumns(hardware, most);
  const value = isoValue(config, budget.kind, table);
  const { rows, columns } = hardware.array;
  const ended =
    measure(withColumns(hardware, most + 1), budget.kind, table) === null
      ? '; the SRAM table covers no wider array'
      : most === MOST_COLUMNS
        ? '; a wider array cannot be described'
        : '';
  const note = `${hardware.name}: ${rows} x ${columns} PEs resized to ${rows} x ${most} for equal ${budget.kind}: ${rounded(value)} of ${rounded(budget.value)} ${units[budget.kind]} (${budget.origin})${ended}`;
  return { config, note };
}

/** A budget as `--iso` states it: `area`, or `area=2.5` with a value of its own; without one it is that of the first design. */
export function readIso(text: string): { readonly kind: IsoKind; readonly value?: number } {
  const [word = '', number, ...rest] = text.split('=');
  const kind = isoKinds.find((known) => known === word);
  if (kind === undefined || rest.length > 0) {
    throw new LowbitError('unknown budget of --iso', {
      value: text,
      allowed: isoKinds,
      remedy: 'e.g. --iso area, or --iso area=2.5 (mm2)',
    });
  }
  if (number === undefined) return { kind };
  const value = Number(number);
  if (number.trim() === '' || !Number.isFinite(value) || value <= 0) {
    throw new LowbitError(`the ${kind} budget of --iso must be a positive number of ${units[kind]}`, { value: number });
  }
  return { kind, value };
}

function measure(hardware: AcceleratorConfig, kind: IsoKind, table: SramTable): number | null {
  if (kind === 'pes') return peCount(hardware);
  const physical = physicalDesign(hardware, table);
  if (kind === 'area') return totalArea_mm2(physical.area_mm2);
  const { pe, clock_MHz } = hardware;
  if (pe.energy_pJ === null || physical.leakage_mW === null) return null;
  const buffers_pJPerCycle = standingPower_pJPerCycle(physical.leakage_mW, clock_MHz);
  const perCycle_pJ = peCount(hardware) * (pe.energy_pJ * pe.layoutFactor + (pe.leakage_pJPerCycle ?? 0)) + buffers_pJPerCycle;
  return (perCycle_pJ * clock_MHz) / 1000;
}

/** The design with this many columns; the arrays of its phases get as many PEs at their own rows. */
function withColumns(hardware: AcceleratorConfig, columns: number): AcceleratorConfig {
  const pes = hardware.array.rows * columns;
  const { arrayByPhase } = hardware;
  const resized = ({ rows }: ArrayShape): ArrayShape => ({ rows, columns: Math.max(1, Math.floor(pes / rows)) });
  const { prefill, decode } = arrayByPhase ?? {};
  return {
    ...hardware,
    array: { rows: hardware.array.rows, columns },
    ...(arrayByPhase === undefined
      ? {}
      : { arrayByPhase: { ...(prefill && { prefill: resized(prefill) }), ...(decode && { decode: resized(decode) }) } }),
  };
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(4)));
}
