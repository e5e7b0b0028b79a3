/** Constraints, objectives and columns of a sweep file, compiled. Problems are noted with their place in the text of the expression. */
import type { Path } from '../../config/document.js';
import { LowbitError, unknownName } from '../../lowbit-error.js';
import { resultColumns } from '../rows/result-columns.js';
import { identifier, reservedFor } from './axis-names.js';
import { axisUnit } from './axis-unit.js';
import { bareColumn, compileExpression, notTruth, type Expression, type Vocabulary } from './expression.js';
import type { Written } from './expression-tree.js';
import type { Reading } from './reading.js';
import type { SweepFile } from './sweep-file.js';
import type { Axis, ConstraintPlan, Dimension, ObjectivePlan } from './sweep-plan.js';

const MOST_CONSTRAINTS = 31;
const MOST_OBJECTIVES = 5;
const defaultColumns = ['latency_s', 'energy_pJ', 'area_mm2', 'edp_Js'];

const columnUnits: ReadonlyMap<string, string> = new Map(resultColumns.map(({ name, unit }) => [name, unit]));

export interface Moved {
  readonly axes: readonly Axis[];
  readonly dimensions: readonly Dimension[];
  readonly reading: Reading;
}

export function constraintsOf(texts: readonly string[], moved: Moved): ConstraintPlan[] {
  const { reading } = moved;
  tooMany('constraints', texts.length, MOST_CONSTRAINTS, reading);
  return texts.flatMap((text, i) => {
    const written = writtenAt(['constraints', i], text, 'constraint', reading);
    if (texts.indexOf(text) < i)
      reading.note(new LowbitError('repeated constraint', { value: text, place: written.place(0), remedy: 'remove one' }));
    const plan = reading.attempt((): ConstraintPlan => {
      const { program, gives } = expressionOf(written, moved);
      if (gives !== 'truth') throw notTruth({ written }, 0);
      return { text, place: written.place(0), program, beforeSimulation: program.columns.length === 0 };
    });
    return plan === undefined ? [] : [plan];
  });
}

export function objectivesOf(entries: SweepFile['objectives'], moved: Moved): ObjectivePlan[] {
  const { reading, axes } = moved;
  tooMany('objectives', entries.length, MOST_OBJECTIVES, reading);
  const names = new Set(axes.map(({ name }) => name));
  return entries.flatMap((entry, i) => {
    const plan = reading.attempt(() => objectiveOf(entry, ['objectives', i], moved));
    if (plan === undefined) return [];
    const place = reading.place(['objectives', i, ...(entry.name === undefined ? [] : ['name'])]);
    const reason = names.has(plan.name) ? 'that of an axis or of another objective' : reservedFor(plan.name);
    if (reason !== undefined)
      reading.note(new LowbitError(`name of an objective is ${reason}`, { value: plan.name, place, remedy: 'give it another name: NAME' }));
    names.add(plan.name);
    return [plan];
  });
}

function objectiveOf(entry: SweepFile['objectives'][number], at: Path, moved: Moved): ObjectivePlan {
  const { reading } = moved;
  const { minimize, maximize } = entry;
  if ((minimize === undefined) === (maximize === undefined)) {
    const remedy = 'give one of minimize and maximize, e.g. minimize: latency_s * energy_J';
    throw new LowbitError(minimize === undefined ? 'objective without an expression' : 'objective in two directions', {
      place: reading.place(at),
      remedy,
    });
  }
  const direction = minimize === undefined ? 'maximize' : 'minimize';
  const text = (minimize ?? maximize)!;
  const written = writtenAt([...at, direction], text, 'objective', reading);
  const { program, unit, gives } = expressionOf(written, moved);
  if (gives === 'truth') {
    const remedy = 'give an expression that is a number, or make it one of the constraints';
    throw new LowbitError('an objective must be a number', { value: text, place: written.place(0), remedy });
  }
  const name = entry.name ?? identifier(text);
  const column = text.trim();
  if (columnUnits.has(name) && name !== column) {
    const remedy = `give it another name, or write ${direction}: ${name}`;
    throw new LowbitError('objective with the name of a result column that it is not', {
      value: name,
      place: reading.place([...at, 'name']),
      remedy,
    });
  }
  return { name, text, place: written.place(0), direction, unit, program };
}

/** Names of the columns to store. */
export function columnsOf(names: SweepFile['columns'], reading: Reading): string[] {
  const known = [...columnUnits.keys()];
  const found: string[] = [];
  for (const [i, name] of (names ?? defaultColumns).entries()) {
    const place = reading.place(['columns', i]);
    if (!columnUnits.has(name)) reading.note(unknownName('result column', name, known, place));
    if (found.includes(name)) reading.note(new LowbitError('repeated column', { value: name, place, remedy: 'remove one' }));
    found.push(name);
  }
  return found;
}

function expressionOf(written: Written, { axes, dimensions }: Moved): Expression {
  const bare = bareColumn(written, columnUnits);
  if (bare !== undefined) return bare;
  const vocabulary: Vocabulary = { columns: columnUnits, axes: new Map(axes.map(({ name, path }) => [name, axisUnit(path)])) };
  const expression = compileExpression(written, vocabulary);
  for (const name of expression.program.axes) {
    const index = axes.findIndex((axis) => axis.name === name);
    const wrong = axes[index]!.values.find((value) => typeof value !== 'number');
    const place = written.place(Math.max(0, written.text.search(new RegExp(`\\b${name}\\b`))));
    if (wrong !== undefined) {
      throw new LowbitError('axis in an expression whose values are not all numbers', {
        value: name,
        place,
        remedy: `it takes ${JSON.stringify(wrong)}`,
      });
    }
    const conditional = dimensions.some(({ members, when }) => when !== undefined && members.some(({ axis }) => axis === index));
    if (conditional && (expression.program.columns.length > 0 || written.what === 'objective')) {
      const remedy = 'use it in a constraint over axes only, which then says nothing of points without it';
      throw new LowbitError('axis in an expression that a condition keeps out of some points', { value: name, place, remedy });
    }
  }
  return expression;
}

function writtenAt(path: Path, text: string, what: string, reading: Reading): Written {
  return { text, what, place: (at) => reading.placeIn(path, text, at) };
}

function tooMany(what: string, given: number, most: number, reading: Reading): void {
  if (given <= most) return;
  reading.note(
    new LowbitError(`too many ${what}`, {
      value: given,
      place: reading.place([what], 'key'),
      remedy: `at most ${most}${what === 'constraints' ? '; join some by and' : ''}`,
    }),
  );
}
