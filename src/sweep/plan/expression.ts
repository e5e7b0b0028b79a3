/**
 * Expressions over result columns and axes (`latency_s * energy_J`, `area_mm2 <= 12 mm^2`), checked and compiled once.
 * Every part has a measure: its value in base units is number * scale. Sums and comparisons bring one side to the scale of the other, a side
 * without columns if there is one, so that what is left is arithmetic on plain numbers: against latency_s, 2 ms is 0.002.
 * Left out: units with an offset (degrees Celsius); == compares to the last bit.
 */
import { LowbitError, unknownName } from '../../lowbit-error.js';
import type { ColumnProgram, Operation, Step } from './column-program.js';
import { constants, expressionTree, functionNames, type Term, type Written } from './expression-tree.js';
import { isPlain, measureOf, measureOfWord, plain, powerOf, productOf, sameDimension, tidy, unitText, type Measure } from './measure.js';
import { runProgram } from './run-program.js';

/** Units of the names an expression can use; empty text: a plain number. */
export interface Vocabulary {
  readonly columns: ReadonlyMap<string, string>;
  readonly axes: ReadonlyMap<string, string>;
}

export interface Expression {
  readonly program: ColumnProgram;
  /** Unit of its value for people; empty: a plain number, or true and false. */
  readonly unit: string;
  readonly gives: 'number' | 'truth';
}

/** A compiled part: its steps leave one number, which times the scale of its measure is the value in base units. */
interface Part {
  readonly steps: readonly Step[];
  readonly measure: Measure;
  readonly truth: boolean;
  /** The number, where no column or axis is in it; its steps are that number. */
  readonly fixed?: number;
}

interface Reading {
  readonly written: Written;
  readonly vocabulary: Vocabulary;
}

type OperationTerm = Extract<Term, { kind: 'operation' }>;

/** An expression that is the name of a column and nothing else, which takes no parser; undefined for any other. */
export function bareColumn({ text }: Written, columns: Vocabulary['columns']): Expression | undefined {
  const column = text.trim();
  const unit = columns.get(column);
  return unit === undefined ? undefined : { program: { steps: [{ column }], columns: [column], axes: [] }, unit, gives: 'number' };
}

/** Throws LowbitError: no expression, unknown names, units that do not fit, a missing unit, no column and no axis in it. */
export function compileExpression(written: Written, vocabulary: Vocabulary): Expression {
  const part = compile(expressionTree(written), { written, vocabulary });
  const { steps } = part.truth ? part : isPlain(part.measure) ? scaledTo(part, plain) : part;
  const columns = new Set(steps.flatMap((step) => ('column' in step ? [step.column] : [])));
  const axes = new Set(steps.flatMap((step) => ('axis' in step ? [step.axis] : [])));
  if (columns.size + axes.size === 0) {
    throw new LowbitError(`${written.what} uses no column and no axis`, {
      value: written.text,
      place: written.place(0),
      allowed: [...vocabulary.axes.keys(), ...vocabulary.columns.keys()],
    });
  }
  return {
    program: { steps, columns: [...columns], axes: [...axes] },
    unit: part.truth ? '' : unitText(part.measure),
    gives: part.truth ? 'truth' : 'number',
  };
}

function compile(term: Term, reading: Reading): Part {
  if (term.kind === 'number') return fixedPart(term.value, plain);
  if (term.kind === 'name') return named(term, reading);
  const parts = term.terms.map((inner) => compile(inner, reading));
  if (['and', 'or', 'xor', 'not'].includes(term.operation)) return connected(term, parts, reading);
  const unsuitable = parts.findIndex(({ truth }) => truth);
  if (unsuitable >= 0) {
    throw problem('a comparison stands where a number is wanted', term, reading, 'join comparisons by and, or, xor, not');
  }
  const [left, right] = parts as [Part, Part?];
  return folded(right === undefined ? ofOne(term, left, reading) : ofTwo(term, left, right, reading));
}

function named({ name, at }: Extract<Term, { kind: 'name' }>, { written, vocabulary }: Reading): Part {
  const [column, axis] = [vocabulary.columns.get(name), vocabulary.axes.get(name)];
  if (axis !== undefined) return { steps: [{ axis: name }], measure: measureOf(axis), truth: false };
  if (column !== undefined) return { steps: [{ column: name }], measure: measureOf(column), truth: false };
  if (Object.hasOwn(constants, name)) return fixedPart(constants[name]!, plain);
  const unit = measureOfWord(name);
  if (unit !== undefined) return fixedPart(1, unit);
  const known = [...vocabulary.axes.keys(), ...vocabulary.columns.keys()];
  throw unknownName(vocabulary.axes.size === 0 ? 'column or unit' : 'column, axis or unit', name, known, written.place(at));
}

function fixedPart(value: number, measure: Measure): Part {
  return { steps: [{ number: value }], measure, truth: false, fixed: value };
}

function connected(term: OperationTerm, parts: readonly Part[], reading: Reading): Part {
  if (parts.some(({ truth }) => !truth)) {
    if (term.operation !== 'not') throw notTruth(reading, term.at);
    throw problem(
      'not stands before a number',
      term,
      reading,
      'it takes what is right behind it: put the comparison in parentheses, not (a < b)',
    );
  }
  return { steps: [...parts.flatMap(({ steps }) => steps), { operation: term.operation }], measure: plain, truth: true };
}

/** The error for a value where true or false is wanted. */
export function notTruth({ written }: Pick<Reading, 'written'>, at: number): LowbitError {
  return new LowbitError(`a constraint must be true or false`, {
    value: written.text,
    place: written.place(at),
    remedy: 'write a comparison, e.g. "latency_s < 2 ms"',
  });
}

function ofOne(term: OperationTerm, part: Part, reading: Reading): Part {
  const { operation } = term;
  if (operation === 'negate' || operation === 'abs') return applied(operation, part.measure, [part]);
  if (operation === 'sqrt') return applied(operation, powerOf(part.measure, 0.5), [part]);
  return applied(operation, plain, [plainNumber(part, term, reading)]);
}

function ofTwo(term: OperationTerm, left: Part, right: Part, reading: Reading): Part {
  const { operation } = term;
  if (operation === '*' || operation === '/') return multiplied(operation, left, right);
  if (operation === '^') return raised(term, left, right, reading);
  if (!sameDimension(left.measure, right.measure)) throw unfit(term, [left, right], reading);
  const measure = left.fixed === undefined || right.fixed !== undefined ? left.measure : right.measure;
  const sides = [scaledTo(left, measure), scaledTo(right, measure)];
  if (operation === '+' || operation === '-' || operation === 'min' || operation === 'max') return applied(operation, measure, sides);
  return { ...applied(operation, plain, sides), truth: true };
}

function multiplied(operation: '*' | '/', left: Part, right: Part): Part {
  const measure = productOf(left.measure, right.measure, operation === '*' ? 1 : -1);
  // A bare unit is the number 1: it changes the measure and needs no step.
  if (right.fixed === 1) return { ...left, measure };
  if (operation === '*' && left.fixed === 1) return { ...right, measure };
  return applied(operation, measure, [left, right]);
}

function raised(term: OperationTerm, base: Part, exponent: Part, reading: Reading): Part {
  const power = plainNumber(exponent, term, reading);
  if (isPlain(base.measure)) return applied('^', plain, [scaledTo(base, plain), power]);
  if (power.fixed === undefined) throw problem(`a quantity with a unit can only be raised to a fixed number`, term, reading);
  return applied('^', powerOf(base.measure, power.fixed), [base, power]);
}

function applied(operation: Operation, measure: Measure, parts: readonly Part[]): Part {
  const steps = [...parts.flatMap((part) => part.steps), { operation }];
  const fixed = parts.every((part) => part.fixed !== undefined);
  return { steps, measure, truth: false, ...(fixed ? { fixed: NaN } : {}) };
}

/** A part without columns is worked out here and now. */
function folded(part: Part): Part {
  if (part.fixed === undefined || part.truth) return part;
  const nothing = (): never => {
    throw new Error('a fixed part reads a column');
  };
  const [value] = runProgram({ steps: part.steps, columns: [], axes: [] }, nothing, nothing, 1);
  return fixedPart(value!, part.measure);
}

/** The part as a number of that measure, which has its dimension. */
function scaledTo(part: Part, measure: Measure): Part {
  if (part.measure.scale === measure.scale) return { ...part, measure };
  if (part.fixed !== undefined) return fixedPart(tidy((part.fixed * part.measure.scale) / measure.scale), measure);
  const factor = tidy(part.measure.scale / measure.scale);
  return factor === 1 ? { ...part, measure } : { ...part, measure, steps: [...part.steps, { number: factor }, { operation: '*' }] };
}

function plainNumber(part: Part, term: OperationTerm, reading: Reading): Part {
  if (isPlain(part.measure)) return scaledTo(part, plain);
  const remedy = `divide by a unit first, e.g. (latency_s / (1 ms)); ${functionNames.includes(term.operation) ? term.operation : 'an exponent'} takes a plain number, not ${shown(part.measure)}`;
  throw problem(`${reading.written.what} cannot be evaluated`, term, reading, remedy);
}

/** The error for two sides that cannot be added or compared. */
function unfit(term: OperationTerm, sides: readonly [Part, Part], reading: Reading): LowbitError {
  const names = namesIn(term).flatMap((name) => {
    const unit = reading.vocabulary.axes.get(name) ?? reading.vocabulary.columns.get(name);
    return unit === undefined ? [] : [`${name} is ${unit === '' ? 'a plain number' : `in ${unit}`}`];
  });
  const units = [...new Set(names)].join(', ');
  if (sides.some(({ measure }) => isPlain(measure))) {
    const remedy = `write units on both sides or on none, e.g. "latency_s < 2 ms", "TOPS > 1"; ${units}`;
    return problem('a unit is missing: a quantity with a unit stands against a plain number', term, reading, remedy);
  }
  const [left, right] = sides;
  const remedy = `units do not match: ${shown(left.measure)} ${term.operation} ${shown(right.measure)}; ${units}`;
  return problem(`${reading.written.what} cannot be evaluated`, term, reading, remedy);
}

function shown(measure: Measure): string {
  return unitText(measure) || 'a plain number';
}

function namesIn(term: Term): string[] {
  return term.kind === 'name' ? [term.name] : term.kind === 'operation' ? term.terms.flatMap(namesIn) : [];
}

function problem(what: string, { at }: OperationTerm, { written }: Reading, remedy?: string): LowbitError {
  return new LowbitError(what, { value: written.text, place: written.place(at), ...(remedy === undefined ? {} : { remedy }) });
}
