/**
 * What a sweep came to: the document on stdout, page and front in its folder, and the end in words and exit code.
 * 0: done, also with failed points, which stderr counts; 1: no point feasible or comparable, every point failed, parts lost; 130, 143: stopped by a signal.
 */
import { join } from 'node:path';
import { LowbitError } from '../../lowbit-error.js';
import type { SweepDocument } from '../../report/documents.js';
import { stableJson } from '../../report/json.js';
import { grouped } from '../../report/number-text.js';
import { shellCommand } from '../../sweep/cluster/shell-quote.js';
import type { SweepPlan } from '../../sweep/plan/sweep-plan.js';
import type { SweepRun } from '../../sweep/engine/run-sweep.js';
import { planHash } from '../../sweep/plan/plan-hash.js';
import { writeFileAtomically } from '../../tensors/atomic-file.js';
import type { Arguments } from '../command.js';
import { envelope } from '../envelope.js';
import { nearestMiss } from './sweep-nearest.js';
import { refuseIncomparable, unknownRemedy, unknownText } from './sweep-unknown.js';
import { note, print, tablesOf, writeReport } from './present.js';

/** What a run is, for the words about its end. */
export interface SweepRunContext {
  readonly plan: SweepPlan;
  readonly dir: string;
  /** false: the folder is gone when the process ends. */
  readonly kept: boolean;
  /** Words of the command that goes on with it. */
  readonly again: readonly string[] | undefined;
  readonly shard?: { readonly index: number; readonly count: number } | undefined;
  readonly merging?: boolean;
}

interface Outcome extends SweepRunContext {
  readonly run: SweepRun;
  /** Exit code of the signal that stopped it. */
  readonly interruptedBy: number | undefined;
}

export async function finishSweep(args: Arguments, outcome: Outcome): Promise<void> {
  const { run, plan, shard } = outcome;
  const document: SweepDocument = { ...envelope('sweep', { plan: planHash(plan) }), ...run.result };
  const interrupted = run.ending === 'interrupted';
  const partial = shard !== undefined || (interrupted && outcome.merging === true);
  const writes = !partial && outcome.kept;
  // Before anything is drawn: no chart can take the result with it.
  if (writes) await writeFileAtomically(join(outcome.dir, 'pareto.json'), stableJson(document));
  const text = args['json'] === true ? '' : partial ? partText(document, outcome) : await tablesOf([document], document.name);
  print(args, document, () => text);
  noteFailures(args, document);
  if (writes) await writePage(args, document, outcome);
  if (interrupted) {
    noteInterruption(args, outcome);
    process.exitCode = outcome.interruptedBy ?? 130;
    return;
  }
  refuseLost(outcome);
  if (shard === undefined) await refuseEmpty(document, outcome);
}

/** One line: the front of a shard alone says little. */
function partText({ counts }: SweepDocument, { shard, merging }: Outcome): string {
  const what = merging === true ? 'merge' : `shard ${shard?.index ?? 1} of ${shard?.count ?? 1}`;
  return `${what}: ${grouped(counts.rows)} rows, ${grouped(counts.feasible)} feasible, ${grouped(counts.failed)} failed`;
}

async function writePage(args: Arguments, document: SweepDocument, { dir, run }: Outcome): Promise<void> {
  const page = await writeReport([document], { out: dir, title: document.name, png: args['png'], folderOf: 'sweep' });
  note(args, [`wrote ${page}, pareto.json, ${run.rowFiles.join(', ')}`]);
}

function noteFailures(args: Arguments, { counts, failures }: SweepDocument): void {
  const [first] = failures;
  if (counts.failed === 0 || first === undefined) return;
  const others = failures.length === 1 ? '' : `; ${failures.length - 1} further ${failures.length === 2 ? 'message' : 'messages'}`;
  note(args, [`${points(counts.failed)} of ${grouped(counts.rows)} failed, first point ${first.point}: ${first.message}${others}`]);
}

function noteInterruption(args: Arguments, { again, run, merging }: Outcome): void {
  const kept = merging === true ? 'nothing is lost' : `${grouped(run.result.counts.rows)} finished rows are kept`;
  note(args, [
    again === undefined ? 'interrupted; with --out DIR it could go on' : `interrupted, ${kept}; to go on: ${shellCommand(again)}`,
  ]);
}

function refuseLost({ run, again }: Outcome): void {
  const [first] = run.lost;
  if (run.ending !== 'parts-lost' || first === undefined) return;
  const count = `${run.lost.length} ${run.lost.length === 1 ? 'part is' : 'parts are'} missing`;
  throw new LowbitError(`${count}, the first with points ${first.points[0]} to ${first.points[1]}: ${first.why}`, {
    remedy: `${first.remedy}${again === undefined ? '' : `, then: ${shellCommand(again)}`}`,
  });
}

const points = (count: number): string => `${grouped(count)} ${count === 1 ? 'point' : 'points'}`;

/** Throws LowbitError where nothing is left: all points failed, or constraints rule out every one. */
async function refuseEmpty(document: SweepDocument, { dir, plan }: Outcome): Promise<void> {
  const { counts, constraints, unknowns, failures } = document;
  refuseIncomparable(document, plan);
  if (counts.feasible > 0) return;
  const [failure] = failures;
  if (counts.rows > 0 && counts.failed === counts.rows) {
    throw new LowbitError(`all ${points(counts.rows)} failed; the first: ${failure?.message ?? 'without a message'}`, {
      remedy: `simulate point ${failure?.point ?? 0} alone to see more: \`lowbit sweep explain DIR --point ${failure?.point ?? 0}\` has the command`,
    });
  }
  const [worst] = constraints.toSorted((a, b) => b.violated - a.violated || b.violatedAlone - a.violatedAlone);
  if (worst === undefined) throw new LowbitError('the sweep has no point', { remedy: 'give its axes values' });
  const each = constraints
    .filter(({ violated }) => violated > 0)
    .map(({ text, violated, violatedAlone }) => `${text} rules out ${points(violated)} (${grouped(violatedAlone)} alone)`);
  const without = unknowns.filter(({ kind }) => kind === 'constraint');
  const nearest = worst.violated > 0 ? await nearestMiss(dir, plan, worst.text) : undefined;
  const loosen = `loosen ${worst.text}${nearest === undefined ? '' : ` (${nearest})`}, or widen the axes`;
  throw new LowbitError('no point is feasible', {
    value: [...each, ...without.map(unknownText)].join('; '),
    remedy: [...(worst.violated > 0 ? [loosen] : []), ...unknownRemedy(plan, without)].join('; '),
  });
}
