/** The candidates that a co-design document keeps, as what the charts of its front draw behind it. */
import { greySteps } from './charts/cost-cloud.js';
import type { CostKind } from './codesign-tables.js';
import type { CodesignDocument } from './documents.js';
import { grouped } from './number-text.js';

export interface CloudCandidate {
  readonly error: number;
  /** In the order of the kinds; null: unknown. */
  readonly costs: readonly (number | null)[];
}

/** None of older documents. */
export function candidateCloud({ candidates: { kept }, hardware }: CodesignDocument, kinds: readonly CostKind[]): CloudCandidate[] {
  if (kept === undefined) return [];
  const columns = kinds.map(({ key }) =>
    key === 'area_mm2' ? kept.hardware.map((h) => hardware[h]?.area_mm2 ?? null) : (kept[key] as readonly (number | null)[]),
  );
  return kept.error.map((error, i) => ({ error, costs: columns.map((column) => column[i] ?? null) }));
}

/** What of them is drawn, in cells of so many pixels. */
export function cloudText({ candidates: { kept, evaluated } }: CodesignDocument, cell_px: number): string {
  if (kept === undefined) return 'The document is an older one, without the candidates beside its front.';
  const count = kept.error.length;
  const which =
    count === evaluated ? `all ${grouped(count)} candidates` : `${grouped(count)} of ${grouped(evaluated)} candidates, a random subset`;
  const [some, many] = greySteps;
  return `Grey: ${which}, counted in squares of ${cell_px} pixels, the darker the more (1, ${some} to ${many - 1}, ${many} and more).`;
}
