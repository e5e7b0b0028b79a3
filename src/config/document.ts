/**
 * YAML 1.2 text (JSON is a subset) -> plain value plus the place of every part of it.
 * Refused: duplicate keys, several documents, unknown tags, tabs as indentation, aliases that contain themselves or multiply
 * (at most 100 expansions), nesting beyond 100 levels, text beyond 16 MiB. Merge keys (`<<`) are YAML 1.1 and not applied.
 */
import { createRequire } from 'node:module';
import type { CST, Document, LineCounter, Node } from 'yaml';
import { LowbitError } from '../lowbit-error.js';
import { allProblems } from './problems.js';

export type Path = readonly PropertyKey[];

export interface ConfigDocument {
  /** Plain objects, arrays, strings, numbers, booleans, null; null for an empty document. */
  readonly value: unknown;
  /** `file:line:column` of the value at a path, or of its key; of the nearest enclosing part when the path is not in the text. */
  place(path: Path, part?: 'key' | 'value'): string;
}

const MAX_DEPTH = 100;
const MAX_ALIASES = 100;
const MAX_CHARACTERS = 16 * 2 ** 20;

let parser: typeof import('yaml') | undefined;

/** The YAML parser, loaded when the first text needs it, or before by whoever has nothing else to do. */
export function loadYaml(): typeof import('yaml') {
  return (parser ??= createRequire(import.meta.url)('yaml') as typeof import('yaml'));
}

/** Reads one document. Throws LowbitError with all syntax problems, each with its place. */
export function readDocument(text: string, file: string): ConfigDocument {
  if (text.length > MAX_CHARACTERS) {
    throw new LowbitError('configuration too long', {
      value: `${text.length} characters`,
      place: file,
      remedy: `at most ${MAX_CHARACTERS} are read`,
    });
  }
  const { Composer, LineCounter, Parser } = loadYaml();
  const lines = new LineCounter();
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  for (const token of tokens) refuseDepth(token, at);
  const documents = [...new Composer({ uniqueKeys: true, version: '1.2' }).compose(tokens, true, text.length)] as Document.Parsed[];
  const document = documents[0];
  if (document === undefined) return { value: null, place: () => at(0) };
  const problems = syntaxProblems(document, lines, at);
  const second = documents[1];
  if (second !== undefined) {
    problems.push(new LowbitError('second document in one file', { place: at(second.range[0]), remedy: 'keep one document per file' }));
  }
  if (problems.length > 0) throw allProblems(problems, file);
  return { value: toValue(document, at), place: (path, part = 'value') => at(offsetOf(document, path, part)) };
}

/** Composition recurses, and so does everything after it: depth is measured on the flat token tree, without recursion. */
function refuseDepth(root: CST.Token, at: (offset: number) => string): void {
  const open: { readonly token: CST.Token | null | undefined; readonly depth: number }[] = [{ token: root, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { token, depth } = next;
    if (!token) continue;
    if (depth >= MAX_DEPTH && 'items' in token) {
      throw new LowbitError('nesting too deep', { place: at(token.offset), remedy: `at most ${MAX_DEPTH} levels are read` });
    }
    if (token.type === 'document') open.push({ token: token.value, depth });
    if (!('items' in token)) continue;
    for (const item of token.items) open.push({ token: item.key, depth: depth + 1 }, { token: item.value, depth: depth + 1 });
  }
}

const remedies: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'indent with spaces',
  DUPLICATE_KEY: 'keep one of the two',
  TAG_RESOLVE_FAILED: 'remove the tag',
};

/** The first problem of each line, as the others follow from it; and only the tabs when there are any, as they break everything below. */
function syntaxProblems(document: Document.Parsed, lines: LineCounter, at: (offset: number) => string): LowbitError[] {
  const all = [...document.errors, ...document.warnings];
  const tabs = all.filter(({ code }) => code === 'TAB_AS_INDENT');
  const byLine = new Map(all.toReversed().map((problem) => [lines.linePos(problem.pos[0]).line, problem]));
  const firsts = [...byLine.values()].toReversed();
  return (tabs.length > 0 ? tabs : firsts).map((problem) => {
    const remedy = remedies[problem.code];
    const duplicate = problem.code === 'DUPLICATE_KEY' ? keyAt(document, problem.pos[0]) : undefined;
    const what = duplicate === undefined ? lowerFirst(firstLine(problem.message)) : 'duplicate key';
    return new LowbitError(what, {
      place: at(problem.pos[0]),
      ...(duplicate === undefined ? {} : { value: duplicate }),
      ...(remedy === undefined ? {} : { remedy }),
    });
  });
}

function keyAt(document: Document.Parsed, offset: number): string | undefined {
  let found: string | undefined;
  loadYaml().visit(document, {
    Pair: (_, pair) => {
      if (loadYaml().isScalar(pair.key) && pair.key.range?.[0] === offset) found = String(pair.key.value);
    },
  });
  return found;
}

function toValue(document: Document.Parsed, at: (offset: number) => string): unknown {
  loadYaml().visit(document, {
    Alias: (_, alias, ancestors) => {
      const target = alias.resolve(document);
      const place = at(alias.range?.[0] ?? 0);
      if (target === undefined) throw new LowbitError('alias without an anchor before it', { value: `*${alias.source}`, place });
      if (ancestors.includes(target)) throw new LowbitError('alias that contains itself', { value: `*${alias.source}`, place });
    },
  });
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    const remedy = `at most ${MAX_ALIASES} expansions are read: write the values out`;
    throw new LowbitError('aliases multiply', { place: at(0), remedy });
  }
}

function offsetOf(document: Document.Parsed, path: Path, part: 'key' | 'value'): number {
  const { isAlias, isMap, isSeq } = loadYaml();
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [depth, segment] of path.entries()) {
    const { key, child } = partsAt(isAlias(node) ? node.resolve(document) : node, segment);
    const start = startOf(child) ?? startOf(key);
    if (start === undefined) return offset;
    // A block is shown by its key: that is what the reader looks for, not the first key inside it.
    const isBlock = (isMap(child) || isSeq(child)) && child.flow !== true;
    const byKey = isBlock || (part === 'key' && depth === path.length - 1);
    offset = byKey ? (startOf(key) ?? start) : start;
    node = child;
  }
  return offset;
}

/** Key and value that a mapping or list holds under a segment; undefined where there are none. */
function partsAt(node: unknown, segment: PropertyKey): { readonly key?: unknown; readonly child?: unknown } {
  const { isMap, isScalar, isSeq } = loadYaml();
  if (isSeq(node)) return { child: node.items[Number(segment)] };
  if (!isMap(node)) return {};
  const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(segment));
  return { key: pair?.key, child: pair?.value };
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}

function firstLine(message: string): string {
  return message.split('\n')[0] ?? message;
}

function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
