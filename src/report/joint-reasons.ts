/** Sentences that differ in their numbers alone, as one sentence with all the numbers: `rows of 9, 27 or 60 elements`. */

const SHOWN = 6;
/** A number with the letters before it: `27`, `I64`. */
const numbered = /[A-Za-z]*\d+/g;

/** The reasons in order of first appearance, each with how many there are of its kind: `36: rows of 9 or 27 elements ...; 2: it is a vector`. */
export function jointReasons(reasons: readonly string[]): string {
  const kinds = new Map<string, string[]>();
  for (const reason of reasons) {
    const kind = reason.replace(/\d+/g, '#');
    kinds.set(kind, [...(kinds.get(kind) ?? []), reason]);
  }
  return [...kinds.values()].map((alike) => `${alike.length}: ${joined(alike)}`).join('; ');
}

function joined(alike: readonly string[]): string {
  const rows = alike.map((reason) => reason.match(numbered) ?? []);
  let place = 0;
  return (alike[0] ?? '').replace(numbered, () => {
    const words = [...new Set(rows.map((row) => row[place] ?? ''))].sort((a, b) => valueOf(a) - valueOf(b));
    place++;
    if (words.length > SHOWN) return `${words.slice(0, SHOWN).join(', ')}, ...`;
    const last = words.pop() ?? '';
    return words.length === 0 ? last : `${words.join(', ')} or ${last}`;
  });
}

function valueOf(word: string): number {
  return Number(word.replace(/^[A-Za-z]+/, ''));
}
