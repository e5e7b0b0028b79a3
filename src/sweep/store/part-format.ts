/** What all parts of a sweep share: its hash, and the columns of their files. Apart from part-file.ts, which loads parquet. */
import type { SchemaElement } from 'hyparquet';
import { planHash } from '../plan/plan-hash.js';
import type { SweepPlan } from '../plan/sweep-plan.js';
import { schemaOf, storedColumns, type StoredColumn } from './stored-columns.js';

export interface PartFormat {
  readonly plan: SweepPlan;
  readonly hash: string;
  readonly columns: readonly StoredColumn[];
  readonly schema: SchemaElement[];
}

export function partFormat(plan: SweepPlan): PartFormat {
  const columns = storedColumns(plan);
  return { plan, hash: planHash(plan), columns, schema: schemaOf(columns) };
}
