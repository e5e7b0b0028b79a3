/** Everything a study chooses from, as tables [items * options]; NaN: not known, not chosen. */
import type { DesignCosts, MemoryCosts } from './cost-table.js';
import { bitsOfMaps, mostBitsOfMaps, type FeatureMatrices } from './feature-maps.js';
import type { StudyItem } from './items.js';
import type { HardwarePoint } from './read-study.js';
import type { StudyOption } from './study-option.js';
import type { Objective, Resource } from './study-file.js';

export interface StudyTables {
  readonly items: readonly StudyItem[];
  /** The matrices whose output features the items are; absent: items are matrices. */
  readonly features?: FeatureMatrices;
  readonly options: readonly StudyOption[];
  readonly error: Float64Array;
  /** Stored bits of all weights of the item. */
  readonly bits: Float64Array;
  readonly memory: MemoryCosts;
  readonly hardware: readonly { readonly point: HardwarePoint; readonly costs: DesignCosts }[];
  readonly weights: number;
}

/** A resource as an additive table: value of an assignment = (fixed + sum of entries + beside) / per. */
export interface ResourceTable {
  readonly entries: Float64Array;
  readonly fixed: number;
  readonly per: number;
  /** What does not add up over items; absent: nothing. */
  readonly beside?: (choice: ArrayLike<number>) => number;
  /** The most that it can be; absent: 0. */
  readonly reserve?: number;
}

/** The table of a resource on a design. */
export function resourceTable(tables: StudyTables, resource: Resource, hardware: number): ResourceTable {
  const { costs } = tables.hardware[hardware]!;
  if (resource === 'bits') return { entries: tables.bits, fixed: 0, per: tables.weights, ...rowMaps(tables) };
  if (resource === 'memory_bytes') return { entries: tables.memory.bytes, fixed: tables.memory.fixed_bytes, per: 1 };
  return { entries: costs[resource], fixed: costs.fixed[resource], per: 1 };
}

function rowMaps({ features, options: { length } }: StudyTables): Pick<ResourceTable, 'beside' | 'reserve'> {
  if (features === undefined) return {};
  return { beside: (choice) => bitsOfMaps(features, length, choice), reserve: mostBitsOfMaps(features, length) };
}

/** The value of an assignment. */
export function valueOf({ entries, fixed, per, beside }: ResourceTable, options: number, choice: ArrayLike<number>): number {
  let sum = fixed + (beside?.(choice) ?? 0);
  for (let i = 0; i < choice.length; i++) sum += entries[i * options + choice[i]!]!;
  return sum / per;
}

/** An objective on a design. */
export function objectiveTable(tables: StudyTables, objective: Objective, hardware: number): ResourceTable {
  if (objective === 'error') return { entries: tables.error, fixed: 0, per: 1 };
  if (objective !== 'area_mm2') return resourceTable(tables, objective, hardware);
  return { entries: new Float64Array(tables.error.length), fixed: tables.hardware[hardware]!.costs.area_mm2, per: 1 };
}

/** Whether a resource is the same on every design. */
export function isOfModel(resource: Resource): boolean {
  return resource === 'bits' || resource === 'memory_bytes';
}
