/**
 * What the mapping search minimises: latency, energy, their product, or an expression of them.
 *   expression = term (("+" | "-") term)*    term = factor (("*" | "/") factor)*    factor = base ["^" factor]
 *   base = number | latency_cycles | energy_pJ | edp | "(" expression ")" | "-" base
 * edp = latency_cycles * energy_pJ. An expression that never falls when latency or energy rise lets the search prune by lower bounds.
 */
import { LowbitError } from '../../../lowbit-error.js';

export interface Objective {
  readonly text: string;
  readonly needsEnergy: boolean;
  /** Never falls when latency or energy rise: a lower bound of both is one of the objective. */
  readonly monotone: boolean;
  /** Value to minimise; `energy_pJ` is looked at only where `needsEnergy`. */
  value(latency_cycles: number, energy_pJ: number): number;
}

const named: Readonly<Record<string, string>> = Object.freeze({ latency: 'latency_cycles', energy: 'energy_pJ' });
const variables = ['latency_cycles', 'energy_pJ', 'edp'];

/** A part of an expression; `rising`: never falls and is never negative while latency and energy rise from 0. */
interface Node {
  readonly rising: boolean;
  readonly constant: number | null;
  readonly usesEnergy: boolean;
  value(latency_cycles: number, energy_pJ: number): number;
}

/** Reads an objective. Throws LowbitError with the position of what it does not understand. */
export function objectiveOf(text: string): Objective {
  const expression = Object.hasOwn(named, text.trim()) ? named[text.trim()]! : text;
  const node = parse(expression);
  if (node.constant !== null)
    throw new LowbitError('an objective that depends on neither latency nor energy', { value: text, allowed: variables });
  return { text, needsEnergy: node.usesEnergy, monotone: node.rising, value: (latency, energy) => node.value(latency, energy) };
}

interface Token {
  readonly text: string;
  readonly at: number;
}

function tokens(text: string): Token[] {
  const pattern = /\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+|[A-Za-z_]\w*|[-+*/^()])|$)/y;
  const found: Token[] = [];
  while (pattern.lastIndex < text.length) {
    const from = pattern.lastIndex;
    const match = pattern.exec(text);
    if (match === null) throw wrong(text, from + text.slice(from).search(/\S/));
    const token = match[1];
    if (token === undefined) break;
    found.push({ text: token, at: pattern.lastIndex - token.length });
  }
  return found;
}

function wrong(text: string, at: number): LowbitError {
  const found = at < text.length ? `'${text.slice(at, at + 12)}'` : 'the end';
  return new LowbitError(`objective not understood at character ${at + 1}, ${found}`, {
    value: text,
    allowed: ['latency', 'energy', 'edp', 'an expression of latency_cycles, energy_pJ, edp, numbers, + - * / ^ ( )'],
  });
}

function parse(text: string): Node {
  const list = tokens(text);
  let next = 0;
  const fail = (): never => {
    throw wrong(text, list[next]?.at ?? text.length);
  };
  const take = (...choices: readonly string[]): string | null => (choices.includes(list[next]?.text ?? '') ? list[next++]!.text : null);
  const chain = (operand: () => Node, operators: readonly string[]): Node => {
    let node = operand();
    for (let operator = take(...operators); operator !== null; operator = take(...operators)) node = combined(operator, node, operand());
    return node;
  };
  const expression = (): Node => chain(term, ['+', '-']);
  const term = (): Node => chain(factor, ['*', '/']);
  const factor = (): Node => {
    const node = base();
    return take('^') === null ? node : combined('^', node, factor());
  };
  const base = (): Node => {
    if (take('-') !== null) return combined('-', number(0), base());
    if (take('(') !== null) {
      const node = expression();
      return take(')') === null ? fail() : node;
    }
    const token = list[next]?.text ?? '';
    const node = variables.includes(token) ? variable(token) : /^[\d.]/.test(token) ? number(Number(token)) : fail();
    next++;
    return node;
  };
  const node = expression();
  return next < list.length ? fail() : node;
}

function number(value: number): Node {
  return { rising: value >= 0, constant: value, usesEnergy: false, value: () => value };
}

function variable(name: string): Node {
  const value: Node['value'] =
    name === 'latency_cycles'
      ? (latency) => latency
      : name === 'energy_pJ'
        ? (_latency, energy) => energy
        : (latency, energy) => latency * energy;
  return { rising: true, constant: null, usesEnergy: name !== 'latency_cycles', value };
}

const operations: Readonly<Record<string, (a: number, b: number) => number>> = Object.freeze({
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '^': (a, b) => a ** b,
});

function combined(operator: string, a: Node, b: Node): Node {
  const operation = operations[operator]!;
  const positive = b.constant !== null && b.constant > 0;
  const rising = a.rising && (operator === '+' || operator === '*' ? b.rising : operator === '/' || operator === '^' ? positive : false);
  const constant = a.constant === null || b.constant === null ? null : operation(a.constant, b.constant);
  return {
    rising: constant === null ? rising : constant >= 0,
    constant,
    usesEnergy: a.usesEnergy || b.usesEnergy,
    value: (latency, energy) => operation(a.value(latency, energy), b.value(latency, energy)),
  };
}
