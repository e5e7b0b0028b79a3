/** Sweeps: what was simulated, what the front is, what decides about it, and what was ruled out or failed. */
import type { SweepDocument } from '../documents.js';
import { quantity } from '../expression-quantity.js';
import { grouped } from '../number-text.js';
import type { Headline, ReportSection } from '../report-parts.js';
import { coordinatesFigure, effectFigures, frontFigure, sensitivityFigure } from './sweep-figures.js';
import {
  constraintsTable,
  countsTable,
  failuresTable,
  frontTables,
  sensitivityTable,
  unknownsTable,
  withinErrorTable,
} from './sweep-tables.js';

/** null when nothing was swept. */
export function sweepsSection(documents: readonly SweepDocument[]): ReportSection | null {
  const [first] = documents;
  if (first === undefined) return null;
  if (documents.length === 1) return documentSection(first, 'sweep', 'Design space');
  return {
    id: 'sweeps',
    title: 'Design spaces',
    paragraphs: [],
    figures: [],
    tables: [],
    sections: documents.map((document, i) => documentSection(document, `sweep-${i + 1}`, document.name)),
  };
}

function documentSection(document: SweepDocument, id: string, title: string): ReportSection {
  const inner = [frontSection(document, id), axesSection(document, id), exclusionsSection(document, id)];
  return {
    id,
    title,
    paragraphs: [
      ...(document.description === '' ? [] : [sentence(document.description)]),
      ...(document.source === '' ? [] : [`Source: ${sentence(document.source)}`]),
      strategySentence(document),
    ],
    notes: document.notes,
    figures: [],
    tables: [countsTable(document)],
    sections: inner.filter((section) => section !== null),
  };
}

const sentence = (text: string): string => (/[.!?]$/.test(text.trim()) ? text.trim() : `${text.trim()}.`);

function strategySentence(document: SweepDocument): string {
  const { axes, complete } = document;
  const over = axes.map(({ name, values }) => `${name} (${values.length})`).join(', ');
  return `Axes: ${over}. Simulated: ${strategyText(document)}.${complete ? '' : ' This sweep is not complete, and what follows holds for the rows there are.'}`;
}

/** What was asked for, and what of it was used: constraints over axes and small spaces leave some. */
function strategyText({ strategy: { name, settings, evaluations, rungs }, seed, counts }: SweepDocument): string {
  if (evaluations === null) return 'every point';
  const set = Object.entries(settings).map(([setting, value]) => `${setting} ${value}`);
  const used = rungs.length === 0 ? counts.rows : rungs.reduce((sum, { points }) => sum + points, 0);
  const asked = `${name}${set.length === 0 ? '' : ` (${set.join(', ')})`}, seed ${seed}, ${grouped(used)} of ${grouped(evaluations)} evaluations used`;
  const last = rungs.at(-1);
  if (last === undefined) return asked;
  return `${asked}: ${rungs.map((rung) => `${grouped(rung.points)} at ${rung.name}`).join(', ')}; all that follows is of ${last.name}`;
}

function frontSection(document: SweepDocument, id: string): ReportSection | null {
  if (document.objectives.length === 0 || document.front.length === 0) return null;
  const figures = [frontFigure(document, id), coordinatesFigure(document, id)];
  return {
    id: `${id}-front`,
    title: document.objectives.length === 1 ? 'The best point' : 'The front',
    paragraphs: frontParagraphs(document),
    figures: figures.filter((figure) => figure !== null),
    tables: [...frontTables(document), ...withinErrorTable(document)],
    sections: [],
  };
}

function frontParagraphs({ objectives, counts, hypervolume, epsilonFront, withinError }: SweepDocument): string[] {
  const goals = objectives.map(({ name, text, direction }) => `${direction} ${name}${text === name ? '' : ` = ${text}`}`);
  const share =
    hypervolume === null
      ? ''
      : ` The front dominates ${(hypervolume.value * 100).toFixed(1)} % of the box from the best of each objective on the front to a tenth of its range beyond the worst there${hypervolume.exact ? '' : ' (estimated by sampling)'}.`;
  const few =
    epsilonFront === null || epsilonFront.points.length >= counts.front
      ? ''
      : ` ${epsilonFront.points.length} of its points ${epsilonFront.points.length === 1 ? 'comes' : 'come'} within ${(epsilonFront.epsilon * 100).toPrecision(2)} % of all the others: ${epsilonFront.points.slice(0, 12).join(', ')}${epsilonFront.points.length > 12 ? ', ...' : ''}.`;
  const close =
    withinError === null
      ? ''
      : ` ${grouped(withinError.count)} further ${withinError.count === 1 ? 'point is' : 'points are'} told apart from the front only by less than the stated errors of the models.`;
  const what = objectives.length === 1 ? 'Best' : 'Not dominated: no feasible row is as good in every objective and better in one';
  return [`${what}; objectives: ${goals.join(', ')}.${share}${few}${close}`];
}

function axesSection(document: SweepDocument, id: string): ReportSection | null {
  const figure = sensitivityFigure(document, id);
  const figures = [...(figure === null ? [] : [figure]), ...effectFigures(document, id)];
  if (figures.length === 0) return null;
  return { id: `${id}-axes`, title: 'What each axis does', paragraphs: [], figures, tables: sensitivityTable(document), sections: [] };
}

function exclusionsSection(document: SweepDocument, id: string): ReportSection | null {
  const tables = [...constraintsTable(document), ...unknownsTable(document), ...failuresTable(document)];
  if (tables.length === 0) return null;
  return { id: `${id}-excluded`, title: 'What was ruled out', paragraphs: [], figures: [], tables, sections: [] };
}

/** Points simulated, size of the front, best of the first objectives. */
export function sweepHeadlines(documents: readonly SweepDocument[]): Headline[] {
  return documents.flatMap(({ name, counts, objectives, front, knees }) => {
    const of = documents.length === 1 ? '' : ` of ${name}`;
    const best = objectives.slice(0, 2).flatMap(({ name: objective, unit, direction }): Headline[] => {
      const values = front.flatMap((point) => point.objectives[objective] ?? []);
      if (values.length === 0) return [];
      const value = values.reduce((a, b) => (direction === 'minimize' ? Math.min(a, b) : Math.max(a, b)));
      return [{ value: quantity(value, unit), label: `${direction === 'minimize' ? 'least' : 'most'} ${objective}${of}` }];
    });
    const size = objectives.length < 2 || front.length === 0 ? [] : [{ value: grouped(counts.front), label: `points on the front${of}, ${knees.length} of them ${knees.length === 1 ? 'a knee' : 'knees'}` }]; // prettier-ignore
    return [{ value: grouped(counts.rows), label: `points simulated${of}, ${grouped(counts.feasible)} feasible` }, ...size, ...best];
  });
}
