/** What is wrong with `rows` of an entry of `layers` that its keys by themselves do not show; what needs the model is in row-blocks.ts. */
import type { z } from 'zod';
import { sharedByRows } from './row-blocks.js';
import { rowsFromText } from './row-ranges.js';
import type { LayerEntry } from './scheme-layers.js';

/** Reports rows that are none, or outside the matrix, and what goes with rows and is not there. */
export function checkRows(context: z.core.$RefinementCtx, at: readonly string[], entry: LayerEntry): void {
  const fault = rowFault(entry);
  if (fault !== undefined) context.addIssue({ code: 'custom', path: [...at, fault.key], message: fault.message });
}

function rowFault({ rows, of, weight, activation }: LayerEntry): { readonly key: keyof LayerEntry; readonly message: string } | undefined {
  if (rows === undefined) return of === undefined ? undefined : { key: 'of', message: 'of goes with rows' };
  const last = rowsFromText(rows)?.at(-1);
  if (last === undefined) return { key: 'rows', message: 'rows are numbers and ranges that ascend, e.g. 0-3,17' };
  if (of === undefined) return { key: 'rows', message: 'rows go with of: how many output features the matrix has' };
  if (last >= of) return { key: 'rows', message: `row ${last} is outside the matrix: its rows are 0 to ${of - 1}` };
  if (activation !== undefined) {
    return { key: 'activation', message: 'an input has one activation for all rows that read it: give it an entry without rows' };
  }
  const shared = weight === undefined ? undefined : sharedByRows(weight);
  return shared === undefined
    ? undefined
    : { key: 'weight', message: `rows that share ${shared} with others of their matrix cannot be stored apart` };
}

/** Reports rows in two entries of one pattern; of different patterns it is known with the model. */
export function checkRowsOnce(context: z.core.$RefinementCtx, layers: readonly LayerEntry[]): void {
  if (context.issues.length > 0) return;
  const taken = new Map<string, number>();
  for (const [i, { match, rows }] of layers.entries()) {
    for (const row of rows === undefined ? [] : (rowsFromText(rows) ?? [])) {
      const before = taken.get(`${match} ${row}`);
      taken.set(`${match} ${row}`, i);
      if (before === undefined) continue;
      context.addIssue({
        code: 'custom',
        path: ['layers', String(i), 'rows'],
        message: `row ${row} of ${match} stands in entry layers.${before} of this scheme too: name every row once`,
      });
      return;
    }
  }
}
