/**
 * The one error a user is meant to read: what is wrong, with which value, where, what is allowed, what to do.
 * Everything else that is thrown is a defect of lowbit itself (exit code 2 on the command line).
 */
export interface ErrorDetails {
  /** The offending value as the user wrote it. */
  readonly value?: unknown;
  /** file, file:line:column, or a path inside a document. */
  readonly place?: string;
  /** What would have been accepted. */
  readonly allowed?: readonly (string | number)[];
  /** What to do about it. */
  readonly remedy?: string;
}

/** An error of the user's input, configuration or environment; its message is complete and printed as it is. */
export class LowbitError extends Error {
  readonly what: string;
  readonly details: ErrorDetails;

  constructor(what: string, details: ErrorDetails = {}) {
    super(describe(what, details));
    this.name = 'LowbitError';
    this.what = what;
    this.details = details;
  }
}

function describe(what: string, details: ErrorDetails): string {
  const value = details.value === undefined ? '' : `: ${shown(details.value)}`;
  const place = details.place === undefined ? '' : ` (${details.place})`;
  const allowed = details.allowed === undefined ? '' : `; expected one of: ${details.allowed.join(', ')}`;
  const remedy = details.remedy === undefined ? '' : `; ${details.remedy}`;
  return `${what}${value}${place}${allowed}${remedy}`;
}

/** A value as the user would write it. */
function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  // JSON would write null for NaN and infinities and has no bigint.
  return typeof value === 'number' || typeof value === 'bigint' ? value.toString() : JSON.stringify(value);
}

/**
 * The names nearest to a mistyped one (Levenshtein distance at most a third of its length, at least 2, and less than replacing it all), nearest
 * first, at most three.
 */
export function nearestNames(name: string, names: readonly string[]): string[] {
  const bound = Math.max(2, Math.floor(name.length / 3));
  return names
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= bound && distance < Math.max(name.length, candidate.length))
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** Names of which the given one is the first part or parts: h100 of h100-sxm. */
function completions(name: string, names: readonly string[]): string[] {
  const start = `${name.toLowerCase()}-`;
  return names.filter((candidate) => candidate.toLowerCase().startsWith(start)).slice(0, 3);
}

/** The error for a name that is not in a list: the list itself, and what it may be short for, or the nearest names, when there are any. */
export function unknownName(what: string, name: string, known: readonly string[], place?: string): LowbitError {
  const near = meantNames(name, known);
  return new LowbitError(`unknown ${what}`, {
    value: name,
    allowed: known,
    ...(place === undefined ? {} : { place }),
    ...(near.length === 0 ? {} : { remedy: `did you mean ${near.join(' or ')}?` }),
  });
}

/** The same for a list too long to read in a message: what is meant, and the command that shows the names. */
export function unknownListed(what: string, name: string, known: readonly string[], command: string): LowbitError {
  const near = meantNames(name, known);
  const meant = near.length === 0 ? '' : `did you mean ${near.join(' or ')}? `;
  return new LowbitError(`unknown ${what}`, { value: name, remedy: `${meant}\`${command}\` shows all ${known.length}` });
}

function meantNames(name: string, known: readonly string[]): string[] {
  const longer = completions(name, known);
  return longer.length > 0 ? longer : nearestNames(name, known);
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
