/**
 * `--require EXPR`: constraints over the totals of a result, written with units: `latency_s < 2 ms and area_mm2 <= 12 mm^2`.
 * Columns carry the unit of their suffix; mathjs is loaded only when a constraint is given.
 */
import { LowbitError, nearestNames } from '../lowbit-error.js';
import type { Totals } from '../trace/simulation-result.js';

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

/** Throws a LowbitError naming the first constraint that does not hold, with the figures it was judged on. */
export async function checkConstraints(expressions: readonly string[], totals: Totals, design: string): Promise<void> {
  if (expressions.length === 0) return;
  const { all, create } = await import('mathjs');
  const math = create(all as NonNullable<typeof all>);
  const parse = math.parse.bind(math);
  const unit = math.unit.bind(math) as (value: number, name: string) => unknown;
  const refuse = (name: string) => () => {
    throw new Error(`function ${name} is not available here`);
  };
  math.import(Object.fromEntries(['import', 'createUnit', 'evaluate', 'parse', 'simplify', 'derivative'].map((name) => [name, refuse(name)])), {
    override: true,
  });
  const columns = numericColumns(totals);
  const scope = new Map(Object.entries(columns).map(([name, value]) => [name, withUnit(name, value, unit)]));
  for (const expression of expressions) {
    const used = columnsOf(expression, parse, columns);
    let holds: unknown;
    try {
      holds = parse(expression).compile().evaluate(scope);
    } catch (error) {
      throw new LowbitError('constraint cannot be evaluated', { value: expression, place: '--require', remedy: (error as Error).message });
    }
    if (typeof holds !== 'boolean') {
      throw new LowbitError('a constraint must be true or false', { value: expression, place: '--require', remedy: 'write a comparison, e.g. "latency_s < 2 ms"' });
    }
    const figures = used.map((name) => `${name} = ${columns[name]}`).join(', ');
    if (!holds) throw new LowbitError(`constraint violated by ${design}`, { value: expression, remedy: `it has ${figures}` });
  }
}

function withUnit(name: string, value: number, unit: (value: number, name: string) => unknown): unknown {
  if (plain.has(name)) return value;
  const suffix = unitOfSuffix.find(([ending]) => name.endsWith(ending));
  return suffix === undefined ? value : unit(value, suffix[1]);
}

function numericColumns(totals: Totals): Record<string, number> {
  return Object.fromEntries(Object.entries(totals).filter((entry): entry is [string, number] => typeof entry[1] === 'number'));
}

interface ParsedNode {
  filter(callback: (node: { isSymbolNode?: boolean; name?: string }, path: string, parent: { isFunctionNode?: boolean } | null) => boolean): { name?: string }[];
}

/** Columns an expression uses; an unknown column or one without a value is an error, a unit name is not. */
function columnsOf(expression: string, parse: (text: string) => unknown, columns: Record<string, number>): string[] {
  let tree: ParsedNode;
  try {
    tree = parse(expression) as ParsedNode;
  } catch (error) {
    throw new LowbitError('constraint cannot be read', { value: expression, place: '--require', remedy: (error as Error).message });
  }
  const names = tree.filter((node) => node.isSymbolNode === true).map((node) => node.name ?? '');
  const used = [...new Set(names.filter((name) => name in columns))];
  const suspicious = names.filter((name) => !(name in columns) && (name.includes('_') || nearestNames(name, Object.keys(columns)).length > 0));
  const [bad] = suspicious;
  if (bad !== undefined || used.length === 0) {
    throw new LowbitError(bad === undefined ? 'constraint uses no column of the totals' : 'unknown column, or a column without a value, in a constraint', {
      value: bad ?? expression,
      place: '--require',
      allowed: Object.keys(columns),
    });
  }
  return used;
}
