/**
 * `lowbit sweep front DIR`: the front of a finished sweep in other objectives, from its rows alone: nothing is simulated again.
 * Left out: what constraints over axes ruled out before simulation is in no row, so it is not counted.
 */
import { LowbitError, unknownName } from '../../lowbit-error.js';
import type { SweepDocument } from '../../report/documents.js';
import { withRemarks } from '../../sweep/engine/remarks.js';
import { epsilonFront } from '../../sweep/pareto/epsilon-front.js';
import { summaryMerger } from '../../sweep/pareto/merge.js';
import { summarise } from '../../sweep/pareto/summarise.js';
import type { ObjectivePlan, SweepPlan } from '../../sweep/plan/sweep-plan.js';
import { resultColumns } from '../../sweep/rows/result-columns.js';
import type { RowBatch } from '../../sweep/rows/row-batch.js';
import { readManifest } from '../../sweep/store/manifest.js';
import { planHash } from '../../sweep/plan/plan-hash.js';
import { readRows } from '../../sweep/store/read-rows.js';
import { list, single } from '../arguments.js';
import type { Arguments } from '../command.js';
import { envelope } from '../envelope.js';
import { print, tablesOf } from './present.js';
import { refuseIncomparable } from './sweep-unknown.js';

export async function printFront(args: Arguments, dir: string): Promise<void> {
  const { plan } = readManifest(dir);
  const objectives = list('objectives', args['objectives'])?.map((text) => objectiveOf(plan, text)) ?? plan.objectives;
  const epsilon = epsilonOf(args);
  if (objectives.length === 0) throw new LowbitError('the sweep has no objectives', { remedy: 'add --objectives latency_s,energy_J' });
  const asked: SweepPlan = { ...plan, objectives, errorBars: plan.errorBars && args['objectives'] === undefined };
  const none = new Float64Array(plan.constraints.length);
  const merger = summaryMerger(asked);
  for await (const batch of readRows(dir, plan)) {
    const admission = { points: batch.points, excluded: 0, violated: none, violatedAlone: none };
    merger.add(summarise(asked, withObjectives(plan, batch, asked), admission));
  }
  const result = withRemarks(asked, merger.result({ complete: true, notes: [`from the rows in ${dir}`] }));
  const front = epsilon === undefined ? result.front : thinned(result, epsilon);
  const document: SweepDocument = {
    ...envelope('sweep', { plan: planHash(plan), objectives: objectives.map(({ text, direction }) => [text, direction]), epsilon }),
    ...result,
    counts: { ...result.counts, excluded: null },
    front,
    knees: result.knees.filter((knee) => front.some(({ point }) => point === knee)),
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

/** The points of the front that an epsilon front keeps. */
function thinned({ front, objectives }: Pick<SweepDocument, 'front' | 'objectives'>, epsilon: number): SweepDocument['front'] {
  const flat = Float64Array.from(
    front.flatMap((point) =>
      objectives.map(({ name, direction }) => (direction === 'minimize' ? 1 : -1) * (point.objectives[name] ?? NaN)),
    ),
  );
  const kept = new Set(epsilonFront({ flat, objectives: objectives.length }, epsilon));
  return front.filter((_, i) => kept.has(i));
}
