/**
 * Patterns over the names of products (src/decoder/product-names.ts): `*` stands for any characters within a part, `**` for any number of parts,
 * `{a,b}` for either; everything else for itself. A pattern matches a whole name, or its end from a dot on: `down_proj` and `layers.0.mlp.*` do.
 * [Ours, after the globs of shells.]
 */
import { LowbitError, nearestNames } from '../lowbit-error.js';

/** Whether a name matches. Throws LowbitError for brackets that do not close. */
export type NameTest = (name: string) => boolean;

export function nameTest(pattern: string): NameTest {
  const plain = pattern.replaceAll(/\{[^{}]*\}/g, '');
  if (/[{}]/.test(plain) || pattern === '') {
    throw new LowbitError('malformed pattern of layer names', {
      value: pattern,
      remedy: 'write {a,b} with both brackets, and no pair inside another',
    });
  }
  const parts = pattern.split(/(\*\*\.|\*\*|\*|\{[^{}]*\})/);
  const test = new RegExp(`^(?:.*\\.)?${parts.map(expressionOf).join('')}$`);
  return (name) => test.test(name);
}

function expressionOf(part: string): string {
  if (part === '**.') return '(?:.*\\.)?';
  if (part === '**') return '.*';
  if (part === '*') return '[^.]*';
  if (part.startsWith('{')) return `(?:${part.slice(1, -1).split(',').map(literal).join('|')})`;
  return literal(part);
}

function literal(text: string): string {
  return text
    .trim()
    .replaceAll(/[.+^$()|[\]\\?/]/g, '\\$&')
    .replaceAll('*', '[^.]*');
}

/** Throws LowbitError for the first pattern that matches none of the names. */
export function requireMatches(patterns: readonly { readonly match: string; readonly place: string }[], names: readonly string[]): void {
  for (const { match, place } of patterns) {
    if (names.some(nameTest(match))) continue;
    const near = nearestNames(match, [...names, ...endsOf(names)]);
    throw new LowbitError('no layer has a name that matches', {
      value: match,
      place,
      remedy:
        near.length > 0 ? `did you mean ${near.join(' or ')}?` : `names are ${names.slice(0, 3).join(', ')}, ... ${names.at(-1) ?? ''}`,
    });
  }
}

/** The last parts of names, which patterns are mostly made of. */
function endsOf(names: readonly string[]): string[] {
  const ends = names.flatMap((name) => {
    const parts = name.split('.');
    return [parts.slice(-1), parts.slice(-2), parts.slice(-4)].map((end) => end.join('.'));
  });
  return [...new Set(ends)];
}
