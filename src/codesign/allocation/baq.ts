/**
 * BAQ over whole items: coefficients c_i from the error at a reference option, rates from the closed form (baq-rates.ts), and the options nearest to
 * them. The common level of the rates is raised as far as the budget lasts: items move from one word length to the next in the order in which the
 * closed form passes the middle between the two; of options of one word length the one of least error is taken. What does not fit is passed over.
 * Source: BAQ, arXiv 2506.05664; rounding to the options at hand is this project's choice (BAQ itself rounds level counts of columns: baq-rates.ts).
 */
import { z } from 'zod';
import { unknownName } from '../../lowbit-error.js';
import { allocationOf, cheapestChoice, isUsable, type AllocationMethod, type AllocationProblem } from './allocation-problem.js';
import { bestUniform } from './uniform.js';

const options = z.strictObject({
  reference: z.string().optional().describe('option whose error sets the coefficients; absent: the best uniform one within the budget'),
  exponent: z.number().positive().default(2).describe('a of error = c 2^(-a bits); the released code fits 1.95'),
});

export const baq: AllocationMethod<z.infer<typeof options>> = {
  name: 'baq',
  description: 'closed form of equal losses, rounded to the word lengths at hand',
  source: 'BAQ, arXiv 2506.05664',
  modelVersion: 1,
  options,
  needs: ['codeBits'],
  allocate(problem, { reference, exponent }) {
    const option = referenceOption(problem, reference);
    const choice = cheapestChoice(problem);
    for (const { item, to } of moves(problem, option, exponent)) {
      const before = choice[item]!;
      choice[item] = to;
      if (allocationOf(problem, choice).cost > problem.budget) choice[item] = before;
    }
    return allocationOf(problem, choice);
  },
};

function referenceOption(problem: AllocationProblem, name: string | undefined): number {
  if (name === undefined) return bestUniform(problem).option ?? 0;
  const option = problem.options.indexOf(name);
  if (option < 0) throw unknownName('option', name, problem.options);
  return option;
}

interface Move {
  readonly item: number;
  readonly to: number;
  /** Level of the rates at which the closed form passes the middle between the word length before and this one; the shortest is open to all. */
  readonly level: number;
}

/** All moves to longer words, in the order of the level. */
function moves(problem: AllocationProblem, reference: number, exponent: number): Move[] {
  const { items, options: names, error } = problem;
  const bits = problem.signals!.codeBits!;
  const all = items.flatMap(({ weights }, item) => {
    const ladder = wordLengths(problem, item);
    const known = isUsable(problem, item, reference) ? reference : ladder[0]!;
    // Measured errors may come out below zero: as good as none.
    const measured = Math.max(0, error[item * names.length + known]!);
    const height = Math.log2((measured * 2 ** (exponent * bits[known]!)) / weights) / exponent;
    return ladder.map((to, i) => ({ item, to, level: i === 0 ? -Infinity : (bits[ladder[i - 1]!]! + bits[to]!) / 2 - height }));
  });
  // An item without error has a height of -Infinity: its moves come last.
  return all.sort((a, b) => (a.level === b.level ? a.item - b.item : a.level - b.level));
}

/** The option of least error of every word length that is dearer than all shorter ones, by rising length. */
function wordLengths(problem: AllocationProblem, item: number): number[] {
  const bits = problem.signals!.codeBits!;
  const [error, cost] = [problem.error, problem.cost].map((table) => table.subarray(item * bits.length, (item + 1) * bits.length));
  const best = new Map<number, number>();
  for (const option of bits.keys()) {
    if (!isUsable(problem, item, option) || Number.isNaN(bits[option])) continue;
    const known = best.get(bits[option]!);
    if (known === undefined || error![option]! < error![known]!) best.set(bits[option]!, option);
  }
  const ladder: number[] = [];
  for (const [, option] of [...best].sort(([a], [b]) => a - b)) {
    if (ladder.length === 0 || cost![option]! > cost![ladder.at(-1)!]!) ladder.push(option);
  }
  return ladder;
}
