/** A sweep file while it is read: places of its parts, and the problems found so far, so that the user sees all of them at once. */
import { dirname } from 'node:path';
import type { ConfigDocument, Path } from '../../config/document.js';
import { pathText } from '../../config/check-value.js';
import { allProblems } from '../../config/problems.js';
import { LowbitError } from '../../lowbit-error.js';

/** A setting of the command line. */
export interface SetText {
  readonly text: string;
  readonly path: string;
}

export interface Reading {
  readonly file: string;
  /** Files that the sweep names are relative to it. */
  readonly folder: string;
  /** `file:line:col` of a value, or of its key. */
  place(path: Path, part?: 'key' | 'value'): string;
  /** Place of a character of the text that stands at a path. */
  placeIn(path: Path, text: string, at: number): string;
  note(problem: LowbitError): void;
  /** The result; undefined when it threw a LowbitError, which is noted. */
  attempt<T>(work: () => T): T | undefined;
  /** Throws what was noted, if anything was. */
  finish(): void;
}

/** `set`: what the command line changes (`path=value`); it is named as the place of what is wrong there. */
export function readingOf(
  document: ConfigDocument,
  text: string,
  { file, set }: { readonly file: string; readonly set: readonly SetText[] },
): Reading {
  const problems: LowbitError[] = [];
  const lines = text.split('\n');
  const setAt = (path: Path): SetText | undefined => set.findLast((setting) => `${pathText(path)}.`.startsWith(`${setting.path}.`));
  const place = (path: Path, part?: 'key' | 'value'): string => {
    const setting = setAt(path);
    return setting === undefined ? document.place(path, part) : `--set ${setting.text}`;
  };
  return {
    file,
    folder: file === 'standard input' ? '.' : dirname(file),
    place,
    placeIn(path, written, at) {
      if (setAt(path) !== undefined) return place(path);
      const found = /:(\d+):(\d+)$/.exec(place(path));
      if (found === null) return place(path);
      const [line, column] = [Number(found[1]), Number(found[2])];
      const rest = (lines[line - 1] ?? '').slice(column - 1);
      const quote = /^['"]/.test(rest) ? 1 : 0;
      // Where the text is folded or escaped the place of its beginning has to do.
      return rest.startsWith(written, quote) ? `${file}:${line}:${column + quote + at}` : place(path);
    },
    note(problem) {
      problems.push(problem);
    },
    attempt(work) {
      try {
        return work();
      } catch (error) {
        if (!(error instanceof LowbitError)) throw error;
        problems.push(error);
        return undefined;
      }
    },
    finish() {
      if (problems.length > 0) throw allProblems(problems, file);
    },
  };
}
