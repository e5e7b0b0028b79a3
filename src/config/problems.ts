/** Several problems of one file as the one error that is thrown: the user repairs all of them at once. */
import { LowbitError } from '../lowbit-error.js';

const MAX_LISTED = 50;

/** The problem itself when there is one; otherwise an error that lists them in the given order (50 at most). */
export function allProblems(problems: readonly LowbitError[], file: string): LowbitError {
  const [first, ...others] = problems;
  if (first !== undefined && others.length === 0) return first;
  const listed = problems.slice(0, MAX_LISTED).map((problem) => `\n  ${problem.message}`);
  const rest = problems.length > MAX_LISTED ? `\n  and ${problems.length - MAX_LISTED} more` : '';
  return new LowbitError(`${problems.length} problems in ${file}${listed.join('')}${rest}`);
}
