/**
 * Core areas at 28 nm: PEs and decoders of OliVe, ANT and Bit Fusion, from the areas of their elements as the accelerators state them.
 *   core = PEs * PE area + decoders on the borders * decoder area          physical-design.ts
 * Source: SPARK, HPCA 2024, its table of core areas.
 * The other rows of the published table are totals without areas of elements; they are listed in its notes and nothing is computed for them.
 */
import { physicalDesign } from '../accelerator/physical-design.js';
import { LowbitError, unknownName } from '../lowbit-error.js';
import type { PublishedTable } from './published-table.js';
import { compareWithPublished, type Cell, type Reproduction, type ReproductionInputs } from './reproduction.js';

const accelerators: Readonly<Record<string, string>> = { OliVe: 'olive-os', ANT: 'ant-os', BitFusion: 'bitfusion' };

/** Accelerators of hw-configs/accelerators it computes. */
export const areaMachines: readonly string[] = Object.values(accelerators);

interface CoreArea {
  readonly pe_mm2: number;
  readonly decoders_mm2: number;
}

/** The published core areas with ours, PEs and decoders apart. Throws LowbitError for a row without an accelerator, or one whose areas are unknown. */
export function reproduceArea28nm(published: PublishedTable, inputs: ReproductionInputs): Reproduction {
  const { cells, summary } = compareWithPublished(
    published,
    ({ row }) => {
      const { pe_mm2, decoders_mm2 } = coreArea(row, inputs);
      return pe_mm2 + decoders_mm2;
    },
    () => null,
  );
  const parts = Object.keys(accelerators).flatMap((row) => {
    const { pe_mm2, decoders_mm2 } = coreArea(row, inputs);
    return [part(row, 'PEs', pe_mm2), ...(decoders_mm2 === 0 ? [] : [part(row, 'decoders', decoders_mm2)])];
  });
  const notes = [...(published.notes ?? []), ...Object.keys(accelerators).map((row) => shareNote(row, coreArea(row, inputs)))];
  return { id: published.id, title: published.title, source: published.source, cells: [...cells, ...parts], summary, notes };
}

function coreArea(row: string, { hardware, sramTable }: ReproductionInputs): CoreArea {
  const name = accelerators[row];
  if (name === undefined) throw unknownName('design of the area table', row, Object.keys(accelerators));
  const config = hardware[name];
  if (config === undefined) throw unknownName('accelerator of the area table', name, Object.keys(hardware));
  const { pe, decoders = 0 } = physicalDesign(config, sramTable).area_mm2;
  if (pe === undefined || pe === null || decoders === null)
    throw new LowbitError('the core area needs the areas of PE and decoders', { value: name, place: 'pe.area_um2, decoders' });
  return { pe_mm2: pe, decoders_mm2: decoders };
}

function part(row: string, column: string, simulated: number): Cell {
  return { row, column, metric: 'part_mm2', published: null, simulated, unit: 'mm2', relativeError: null, note: '' };
}

function shareNote(row: string, { pe_mm2, decoders_mm2 }: CoreArea): string {
  if (decoders_mm2 === 0) return `${row}: no decoders`;
  return `${row}: decoders take ${((100 * decoders_mm2) / (pe_mm2 + decoders_mm2)).toFixed(2)} % of the core`;
}
