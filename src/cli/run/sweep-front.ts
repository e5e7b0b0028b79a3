/**
 * `lowbit sweep front DIR`: the front of a finished sweep in other objectives, from its rows alone: nothing is simulated again.
 * Left out: what constraints over axes ruled out before simulation is in no row, so it is not counted.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LowbitError, unknownName } from '../../lowbit-error.js';
import type { SweepDocument } from '../../report/documents.js';
import { withRemarks } from '../../sweep/engine/remarks.js';
import { summaryMerger } from '../../sweep/pareto/merge.js';
import { summarise } from '../../sweep/pareto/summarise.js';
import type { ObjectivePlan, SweepPlan } from '../../sweep/plan/sweep-plan.js';
import { resultColumns } from '../../sweep/rows/result-columns.js';
import type { RowBatch } from '../../sweep/rows/row-batch.js';
import { readManifest, type Manifest } from '../../sweep/store/manifest.js';
import { planHash } from '../../sweep/plan/plan-hash.js';
import { readRows } from '../../sweep/store/read-rows.js';
import { list, single } from '../arguments.js';
import type { Arguments } from '../command.js';
import { envelope } from '../envelope.js';
import { print, tablesOf } from './present.js';
import { readDocumentFile } from './result-file.js';
import { refuseIncomparable } from './sweep-unknown.js';

export async function printFront(args: Arguments, dir: string): Promise<void> {
  const manifest = readManifest(dir);
  const { plan } = manifest;
  const objectives = list('objectives', args['objectives'])?.map((text) => objectiveOf(plan, text)) ?? plan.objectives;
  refuseRepeated(objectives);
  const epsilon = epsilonOf(args);
  if (objectives.length === 0) throw new LowbitError('the sweep has no objectives', { remedy: 'add --objectives latency_s,energy_J' });
  const asked: SweepPlan = { ...plan, objectives, errorBars: plan.errorBars && args['objectives'] === undefined };
  const none = new Float64Array(plan.constraints.length);
  const merger = summaryMerger(asked);
  const rungPoints = plan.rungs.map(() => 0);
  let parts = 0;
  const counted = ({ rung, rows }: { readonly rung: number; readonly rows: number }): void => {
    parts++;
    if (rung in rungPoints) rungPoints[rung]! += rows;
  };
  for await (const batch of readRows(dir, plan, counted)) {
    const admission = { points: batch.points, excluded: 0, violated: none, violatedAlone: none };
    merger.add(summarise(asked, withObjectives(plan, batch, asked), admission));
  }
  const missing = missingText(dir, manifest, parts);
  const state = { complete: missing === null, notes: [`from the rows in ${dir}`, ...(missing === null ? [] : [missing])], rungPoints };
  const result = withRemarks(asked, merger.result({ ...state, ...(epsilon === undefined ? {} : { epsilon }) }));
  const document: SweepDocument = {
    ...envelope('sweep', { plan: planHash(plan), objectives: objectives.map(({ text, direction }) => [text, direction]), epsilon }),
    ...result,
    counts: { ...result.counts, excluded: null },
    knees: result.knees.filter((knee) => result.front.some(({ point }) => point === knee)),
  };
  const text = args['json'] === true ? '' : await tablesOf([document], document.name);
  print(args, document, () => text);
  refuseIncomparable(document, asked);
}

/** `name`, `name:max` or `name:min` of an objective of the sweep or a stored column. */
function objectiveOf(plan: SweepPlan, text: string): ObjectivePlan {
  const [name = '', way] = text.split(':');
  if (way !== undefined && way !== 'max' && way !== 'min') {
    throw new LowbitError('an objective is a name, or name:max', { value: text, remedy: 'for example --objectives latency_s,TOPS:max' });
  }
  const own = plan.objectives.find((objective) => objective.name === name);
  const direction = way === undefined ? (own?.direction ?? 'minimize') : way === 'max' ? 'maximize' : 'minimize';
  if (own !== undefined) return { ...own, direction };
  const known = [...new Set([...plan.objectives.map((objective) => objective.name), ...plan.columns])];
  if (!plan.columns.includes(name)) throw unknownName('objective or stored column of this sweep', name, known, '--objectives');
  const unit = resultColumns.find((column) => column.name === name)?.unit ?? '';
  return { name, text: name, place: '--objectives', direction, unit, program: { steps: [{ column: name }], columns: [name], axes: [] } };
}

function epsilonOf(args: Arguments): number | undefined {
  const text = single('epsilon', args['epsilon']);
  if (text === undefined) return undefined;
  const epsilon = Number(text);
  if (text.trim() !== '' && epsilon >= 0 && Number.isFinite(epsilon)) return epsilon;
  throw new LowbitError('--epsilon takes a number of at least 0', { value: text, remedy: 'for example --epsilon 0.05: within 5 %' });
}

/** The batch with the values of the objectives that were asked for. */
function withObjectives(plan: SweepPlan, batch: RowBatch, asked: SweepPlan): RowBatch {
  const values = asked.objectives.map(({ name }): Float64Array => {
    const own = plan.objectives.findIndex((objective) => objective.name === name);
    const column = own < 0 ? batch.columns[plan.columns.indexOf(name)] : batch.objectives[own];
    if (column === undefined) throw new Error(`no column ${name} in the rows`);
    return column;
  });
  const { bounds, ...rest } = batch;
  return { ...rest, objectives: values, ...(asked.errorBars && bounds !== undefined ? { bounds } : {}) };
}

/** What the rows lack of the whole sweep; null: nothing. A search says in its document that it came to its end, the others have a known number of parts. */
function missingText(dir: string, { parts, shards }: Manifest, there: number): string | null {
  if (parts === null) return endOfSearch(dir) ? null : 'the search did not come to its end: its rows are those found so far';
  if (there === parts.count) return null;
  const why = shards === null ? '' : `; the sweep is cut into ${shards} shards: \`lowbit sweep status ${dir}\` says which are done`;
  return `${there} of ${parts.count} parts of the sweep are there: points of the others may be better${why}`;
}

function endOfSearch(dir: string): boolean {
  const path = join(dir, 'pareto.json');
  return existsSync(path) && readDocumentFile(path).some((document) => document.command === 'sweep' && document.complete);
}

function refuseRepeated(objectives: readonly ObjectivePlan[]): void {
  const names = objectives.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new LowbitError('--objectives gives the same objective twice', { value: twice, remedy: 'give it once' });
}
