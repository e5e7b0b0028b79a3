/**
 * Text of an expression -> a small tree of numbers, names and operations with their place in the text. mathjs parses and knows the units;
 * it is loaded with the first expression, as its single file, which takes a tenth of the time of its modules.
 * Left out, and refused by name: assignments, lists, strings, conditionals, functions that columns have no use for.
 */
import { createRequire } from 'node:module';
import type { MathJsInstance, MathNode } from 'mathjs';
import { LowbitError } from '../../lowbit-error.js';
import type { Operation } from './column-program.js';

export type Term =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'name'; readonly name: string; readonly at: number }
  | { readonly kind: 'operation'; readonly operation: Operation; readonly terms: readonly Term[]; readonly at: number };

/** An expression as written, and where it stands. */
export interface Written {
  readonly text: string;
  /** What it is, in errors: `constraint`, `objective`. */
  readonly what: string;
  /** Place of a character of the text. */
  place(at: number): string;
}

/**
 * Arithmetic that units are made of, for numbers alone. mathjs makes each of its functions when it is first asked for, those of units for complex
 * and big numbers, fractions and matrices too, which takes longer than loading it.
 */
const plainArithmetic = {
  addScalar: (a: number, b: number): number => a + b,
  subtractScalar: (a: number, b: number): number => a - b,
  multiplyScalar: (a: number, b: number): number => a * b,
  divideScalar: (a: number, b: number): number => a / b,
  pow: Math.pow,
  abs: Math.abs,
  fix: Math.trunc,
  round: Math.round,
  equal: (a: number, b: number): boolean => a === b,
};

let loaded: MathJsInstance | undefined;
function mathjs(): MathJsInstance {
  if (loaded === undefined) {
    const { all, create } = createRequire(import.meta.url)('mathjs/lib/browser/math.js') as typeof import('mathjs');
    loaded = Object.assign(create(all ?? {}), plainArithmetic);
  }
  return loaded;
}

/** The class of units, which the types of mathjs do not state. */
interface UnitClass {
  isValuelessUnit(text: string): boolean;
  new (value: number, name: string): { readonly value: number; readonly dimensions: readonly number[] };
}

export interface UnitOfMeasure {
  /** Of its base unit (s, J, m^2, ...). */
  readonly size: number;
  /** Powers of the base dimensions. */
  readonly dimensions: readonly number[];
}

const knownUnits = new Map<string, UnitOfMeasure | undefined>();

/** A unit mathjs knows, by name (`ms`, `KiB`); undefined for any other word. */
export function unitNamed(name: string): UnitOfMeasure | undefined {
  if (!knownUnits.has(name)) {
    const Unit = mathjs().Unit as unknown as UnitClass;
    // Angles have a dimension of their own in mathjs, and no result has one. Reactive power (VAR) is a complex number and has no size.
    const { value, dimensions } = Unit.isValuelessUnit(name) ? new Unit(1, name) : { value: NaN, dimensions: [] };
    knownUnits.set(name, Number.isFinite(value) ? { size: value, dimensions } : undefined);
  }
  return knownUnits.get(name);
}

/** Constants an expression can name. */
export const constants: Readonly<Record<string, number>> = Object.freeze({ pi: Math.PI, e: Math.E });

const operators: Readonly<Record<string, Operation>> = {
  add: '+',
  subtract: '-',
  multiply: '*',
  divide: '/',
  pow: '^',
  unaryMinus: 'negate',
  smaller: '<',
  smallerEq: '<=',
  larger: '>',
  largerEq: '>=',
  equal: '==',
  unequal: '!=',
  and: 'and',
  or: 'or',
  xor: 'xor',
  not: 'not',
};

const unary: Readonly<Record<string, Operation>> = {
  sqrt: 'sqrt',
  abs: 'abs',
  log2: 'log2',
  log10: 'log10',
  ln: 'ln',
  log: 'ln',
  exp: 'exp',
  floor: 'floor',
  ceil: 'ceil',
};
const several: Readonly<Record<string, Operation>> = { min: 'min', max: 'max' };

/** Functions an expression can call. */
export const functionNames: readonly string[] = [...Object.keys(unary), ...Object.keys(several)];

/** Throws LowbitError for text that is no expression and for what columns have no operation for. */
export function expressionTree(written: Written): Term {
  // `**` is the power of Python and JavaScript; replaced by as many characters, so that places stay.
  const text = written.text.replaceAll('**', ' ^');
  let root: MathNode;
  try {
    root = mathjs().parse(text);
  } catch (error) {
    const { message, char } = error as Error & { readonly char?: number };
    throw new LowbitError(`${written.what} cannot be read`, {
      value: written.text,
      place: written.place(char === undefined ? 0 : char - 1),
      remedy: `${lowerFirst(message.replace(/ \(char \d+\)$/, ''))}${commaHint(text)}`,
    });
  }
  return termOf(root, { written, offsets: offsetsOf(root, text) });
}

type AnyNode = MathNode & {
  readonly value?: unknown;
  readonly name?: string;
  readonly fn?: unknown;
  readonly op?: string;
  readonly args?: readonly AnyNode[];
  readonly content?: AnyNode;
  readonly conditionals?: readonly string[];
  readonly params?: readonly AnyNode[];
};

interface Reading {
  readonly written: Written;
  readonly offsets: ReadonlyMap<MathNode, number>;
}

/** mathjs keeps no places: the words of the text and the names of the tree stand in the same order. */
function offsetsOf(root: MathNode, text: string): Map<MathNode, number> {
  const words = [...text.matchAll(/(?<![\w.])[A-Za-z_]\w*|(?<=[\d.])(?!e[+-]?\d)[A-Za-z_]\w*/g)];
  const offsets = new Map<MathNode, number>();
  let next = 0;
  root.traverse((node) => {
    const { name } = node as AnyNode;
    if (node.type !== 'SymbolNode' || name === undefined) return;
    const found = words.findIndex((word, i) => i >= next && word[0] === name);
    if (found < 0) return;
    offsets.set(node, words[found]!.index);
    next = found + 1;
  });
  return offsets;
}

function termOf(node: AnyNode, reading: Reading): Term {
  if (node.type === 'ParenthesisNode' && node.content !== undefined) return termOf(node.content, reading);
  if (node.type === 'ConstantNode' && typeof node.value === 'number') return { kind: 'number', value: node.value };
  const at = firstOffset(node, reading);
  if (node.type === 'SymbolNode') return { kind: 'name', name: node.name ?? '', at };
  if (node.type === 'OperatorNode') return operatorTerm(node, reading, at);
  if (node.type === 'RelationalNode') return chainTerm(node, reading, at);
  if (node.type === 'FunctionNode') return functionTerm(node, reading, at);
  throw refused(node.toString(), reading, at);
}

function operatorTerm(node: AnyNode, reading: Reading, at: number): Term {
  const terms = (node.args ?? []).map((argument) => termOf(argument, reading));
  if (node.fn === 'unaryPlus') return terms[0]!;
  const operation = Object.hasOwn(operators, String(node.fn)) ? operators[String(node.fn)] : undefined;
  if (operation === undefined) throw refused(node.op ?? '', reading, at);
  return { kind: 'operation', operation, terms, at };
}

/** `0 < a < 3` is `0 < a and a < 3`. */
function chainTerm({ conditionals = [], params = [] }: AnyNode, reading: Reading, at: number): Term {
  const terms = params.map((parameter) => termOf(parameter, reading));
  const parts = conditionals.map((fn, i): Term => ({
    kind: 'operation',
    operation: operators[fn]!,
    terms: [terms[i]!, terms[i + 1]!],
    at,
  }));
  return parts.reduce((left, right) => ({ kind: 'operation', operation: 'and', terms: [left, right], at }));
}

function functionTerm(node: AnyNode, reading: Reading, at: number): Term {
  const name = (node.fn as { readonly name?: string }).name ?? '';
  const terms = (node.args ?? []).map((argument) => termOf(argument, reading));
  if (Object.hasOwn(unary, name) && terms.length === 1) return { kind: 'operation', operation: unary[name]!, terms, at };
  const joined = Object.hasOwn(several, name) && terms.length > 0 ? several[name] : undefined;
  if (joined !== undefined) return terms.reduce((left, right) => ({ kind: 'operation', operation: joined, terms: [left, right], at }));
  if (!functionNames.includes(name)) {
    throw new LowbitError(`unknown function in the ${reading.written.what}`, {
      value: name,
      place: reading.written.place(at),
      allowed: functionNames,
    });
  }
  throw new LowbitError(`${name} takes ${Object.hasOwn(unary, name) ? 'one value' : 'two or more values'}`, {
    value: node.toString(),
    place: reading.written.place(at),
  });
}

/** Place of the first name in a part of the expression; 0 when it has none. */
function firstOffset(node: AnyNode, { offsets }: Reading): number {
  let first = Infinity;
  node.traverse((inner) => {
    first = Math.min(first, offsets.get(inner) ?? Infinity);
  });
  return Number.isFinite(first) ? first : 0;
}

function refused(shown: string, { written }: Reading, at: number): LowbitError {
  return new LowbitError(`${written.what} cannot be evaluated`, {
    value: shown,
    place: written.place(at),
    remedy: `an expression is made of numbers with units, columns, + - * / ^, comparisons, and or xor not, ${functionNames.join(' ')}`,
  });
}

/** Parentheses that do not match are often text that YAML cut at a comma. */
function commaHint(text: string): string {
  return text.split('(').length === text.split(')').length ? '' : '; a text with a comma needs quotes between [ ] or { }';
}

function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
