/**
 * `--require EXPR`: constraints over the totals of a result, written with units: `latency_s < 2 ms and area_mm2 <= 12 mm^2`.
 * Columns carry the unit of their suffix; mathjs is loaded only when a constraint is given.
 */
import type { create, MathNode } from 'mathjs';
import { LowbitError, nearestNames, unknownName } from '../lowbit-error.js';
import { simulationResultSchema, type Totals } from '../trace/simulation-result.js';

/** mathjs unit of a column, by suffix. Columns without a suffix here are plain numbers. */
const unitOfSuffix: readonly (readonly [string, string])[] = [
  ['_pJ', 'pJ'],
  ['_Js', 'J s'],
  ['_s', 's'],
  ['_mm2', 'mm^2'],
  ['_W', 'W'],
  ['_bytes', 'byte'],
];

/** Ratios whose name ends like a unit but which are plain numbers (TOPS per watt, TOPS per square millimetre). */
const plain = new Set(['TOPS_W', 'TOPS_mm2']);

/** Names of the totals that are numbers (or null where unknown). */
const columnNames = Object.entries(simulationResultSchema.shape.totals.shape)
  .filter(([, schema]) => schema.safeParse(1).success)
  .map(([name]) => name);

/** Checks the totals of one design. Throws a LowbitError when the constraint is violated or has no answer, with the figures it was judged on. */
export type Constraint = (totals: Totals, design: string) => void;

/**
 * Reads constraints before anything is simulated. Throws a LowbitError for text that is no expression, for unknown columns and units, and
 * for units that do not fit together.
 */
export async function readConstraints(expressions: readonly string[]): Promise<Constraint[]> {
  if (expressions.length === 0) return [];
  const math = await restrictedMathjs();
  return expressions.map((expression) => {
    const tree = parsed(math, expression);
    const used = columnsOf(tree, expression);
    tryOut(math, tree, { used, expression });
    const code = tree.compile();
    return (totals, design) => {
      const values = used.map((name): [string, number] => [name, valueOf(totals, name, expression)]);
      const scope = scopeOf(math, values);
      const figures = values.map(([name, value]) => `${name} = ${value}`).join(', ');
      const holds = evaluated(() => code.evaluate(scope) as unknown, { used, expression });
      if (!holds) throw new LowbitError(`constraint violated by ${design}`, { value: expression, remedy: `it has ${figures}` });
    };
  });
}

type Math = ReturnType<typeof create>;

interface Written {
  /** Columns of the totals in it. */
  readonly used: readonly string[];
  readonly expression: string;
}

/** Evaluates every comparison on a total of 1 in its unit: whether the units fit does not depend on the values. */
function tryOut(math: Math, tree: MathNode, written: Written): void {
  const scope = scopeOf(
    math,
    written.used.map((name) => [name, 1]),
  );
  for (const part of judged(tree)) evaluated(() => part.compile().evaluate(scope) as unknown, written);
}

const connectives = new Set(['and', 'or', 'xor', 'not']);

/** The comparisons that `and`, `or` and `not` join: joined, the second would not be looked at where the first decides. */
function judged(tree: MathNode): MathNode[] {
  const node = tree as MathNode & { readonly fn?: unknown; readonly args?: readonly MathNode[]; readonly content?: MathNode };
  if (node.type === 'ParenthesisNode' && node.content !== undefined) return judged(node.content);
  if (node.type === 'OperatorNode' && connectives.has(String(node.fn))) return (node.args ?? []).flatMap(judged);
  return [tree];
}

function scopeOf(math: Math, values: readonly (readonly [string, number])[]): Map<string, unknown> {
  return new Map(values.map(([name, value]) => [name, withUnit(math, name, value)]));
}

/** mathjs without the functions that reach beyond arithmetic. */
async function restrictedMathjs(): Promise<Math> {
  const { all, create } = await import('mathjs');
  const math = create(all as NonNullable<typeof all>);
  const parse = math.parse.bind(math);
  const unit = math.unit.bind(math);
  const refused = Object.fromEntries(
    ['import', 'createUnit', 'evaluate', 'parse', 'simplify', 'derivative'].map((name) => [
      name,
      () => {
        throw new Error(`function ${name} is not available here`);
      },
    ]),
  );
  math.import(refused, { override: true });
  return { ...math, parse, unit };
}

function parsed(math: Math, expression: string): MathNode {
  try {
    return math.parse(expression);
  } catch (error) {
    throw new LowbitError('constraint cannot be read', { value: expression, place: '--require', remedy: (error as Error).message });
  }
}

function evaluated(work: () => unknown, { used, expression }: Written): boolean {
  let holds: unknown;
  try {
    holds = work();
  } catch (error) {
    if (lacksUnit(error)) {
      const columns = used.map((name) => `${name} is ${unitOf(name) === undefined ? 'a plain number' : `in ${unitOf(name)}`}`);
      throw new LowbitError('a unit is missing: a quantity with a unit stands against a plain number', {
        value: expression,
        place: '--require',
        remedy: `write units on both sides or on none, e.g. "latency_s < 2 ms", "TOPS > 1"; ${columns.join(', ')}`,
      });
    }
    throw new LowbitError('constraint cannot be evaluated', { value: expression, place: '--require', remedy: (error as Error).message });
  }
  if (typeof holds === 'boolean') return holds;
  throw new LowbitError('a constraint must be true or false', {
    value: expression,
    place: '--require',
    remedy: 'write a comparison, e.g. "latency_s < 2 ms"',
  });
}

/** Whether mathjs refused to compare or add a quantity and a plain number; its own message lists its types. */
function lacksUnit(error: unknown): boolean {
  const { category, fn } = (error as { readonly data?: { readonly category?: unknown; readonly fn?: unknown } }).data ?? {};
  return category === 'wrongType' && /^(smaller|larger|equal|unequal|add|subtract)/.test(String(fn));
}

function valueOf(totals: Totals, name: string, expression: string): number {
  const value = (totals as Readonly<Record<string, unknown>>)[name];
  if (typeof value === 'number') return value;
  throw new LowbitError('constraint on a column without a value', {
    value: name,
    place: `--require ${expression}`,
    remedy: 'it is excluded or unknown for this design; see the omissions of the result',
  });
}

function withUnit(math: Math, name: string, value: number): unknown {
  const unit = unitOf(name);
  return unit === undefined ? value : math.unit(value, unit);
}

/** Unit of a column; undefined: a plain number. */
function unitOf(name: string): string | undefined {
  return plain.has(name) ? undefined : unitOfSuffix.find(([ending]) => name.endsWith(ending))?.[1];
}

/** Columns an expression uses. A symbol that looks like a column but is none is an error; other symbols are units and functions. */
function columnsOf(tree: MathNode, expression: string): string[] {
  const symbols = tree.filter((node) => 'isSymbolNode' in node).map((node) => (node as unknown as { name: string }).name);
  const used = [...new Set(symbols.filter((name) => columnNames.includes(name)))];
  const wrong = symbols.find(
    (name) => !columnNames.includes(name) && (name.includes('_') || (name.length > 3 && nearestNames(name, columnNames).length > 0)),
  );
  if (wrong !== undefined) throw unknownName('column', wrong, columnNames, `--require ${expression}`);
  if (used.length === 0)
    throw new LowbitError('constraint uses no column of the totals', { value: expression, place: '--require', allowed: columnNames });
  return used;
}
