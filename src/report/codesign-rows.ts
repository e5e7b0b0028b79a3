/** The fronts of co-design studies as flat rows: a row per point, the option of every item in a column of its own. */
import type { FrontPoint } from '../codesign/codesign-result.js';
import { optionText } from './codesign-assignment.js';
import type { ReportDocument } from './read-documents.js';
import type { ResultRow } from './rows.js';

export function codesignRows(documents: readonly ReportDocument[]): ResultRow[] {
  return documents.flatMap((document) =>
    document.command !== 'codesign'
      ? []
      : document.front.map((point) => ({
          schemaVersion: document.schemaVersion,
          configHash: document.configHash,
          study: document.name,
          point: point.id,
          hardware: point.hardware,
          method: point.method,
          budget: point.budget?.value ?? null,
          budgetResource: point.budget?.resource ?? null,
          predictedError: point.predictedError,
          errorUnit: document.errors.unit,
          ...point.costs,
          perplexity: point.measured?.perplexity ?? null,
          logPerplexityDifference_nats: point.measured?.logPerplexityDifference.mean ?? null,
          logPerplexityDifferenceLow_nats: point.measured?.logPerplexityDifference.low ?? null,
          logPerplexityDifferenceHigh_nats: point.measured?.logPerplexityDifference.high ?? null,
          errorWithinInterval: point.errorWithinInterval,
          ...promiseColumns(point),
          scheme: point.scheme,
          ...Object.fromEntries(document.items.map(({ name }, item) => [`option:${name}`, optionText(document, point, item) || null])),
        })),
  );
}

function promiseColumns({ promise }: FrontPoint): ResultRow {
  return {
    promisedLogPerplexityDifference_nats: promise?.mean ?? null,
    promisedLogPerplexityDifferenceLow_nats: promise?.low ?? null,
    promisedLogPerplexityDifferenceHigh_nats: promise?.high ?? null,
    promiseHolds: promise?.holds ?? null,
  };
}
