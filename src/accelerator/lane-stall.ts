/**
 * Lane stall of PEs that skip zero terms: lanes that step together wait for the one with the most terms.
 * Formula: a step of L independent elements takes E[max] = sum over t >= 0 of (1 - F(t)^L) cycles, F = cumulative shares of the term histogram,
 * at least one cycle (F(0) = 0); useful are the mean terms of an element, sum t p(t); lane stall is the rest. Steps at the ends of the two
 * dimensions have fewer lanes: the mean is over all steps of the product.
 * Source: order statistics; the wait itself from Bit-Pragmatic, MICRO 2017, sections III and V.
 * Left out: likeness of neighbouring elements, which makes lanes wait less (measured: docs/timing/lane-stall.md), and edges of tiles.
 */
import type { Dataflow } from './accelerator-config.js';

/** PEs that begin their next step together: each for itself, all of a row, or all of the array. */
export const synchronisations = ['pe', 'row', 'array'] as const;
export type Synchronisation = (typeof synchronisations)[number];

/** A dimension of the serial operand and how many of its elements step together. */
export interface SteppedDimension {
  readonly length: number;
  readonly lanes: number;
}

export interface TermCycles {
  /** A step of the lanes that wait for each other. */
  readonly step: number;
  /** Of them, the terms of the mean element. */
  readonly mean: number;
}

/** Mean cycles of the steps over an operand with this term histogram: shares by number of terms (index), which add up to 1. */
export function termCycles(histogram: readonly number[], dimensions: readonly SteppedDimension[]): TermCycles {
  const mean = histogram.reduce((sum, share, terms) => sum + share * terms, 0);
  // Lanes of a step with the share of steps that have them.
  const groups = dimensions.reduce(
    (all, dimension) =>
      all.flatMap((group) => pieces(dimension).map(({ lanes, share }) => ({ lanes: group.lanes * lanes, share: group.share * share }))),
    [{ lanes: 1, share: 1 }],
  );
  const step = groups.reduce((sum, { lanes, share }) => sum + share * expectedMaximum(histogram, lanes), 0);
  return { step: Math.max(step, mean), mean };
}

/** Full pieces of a dimension and the rest. */
function pieces({ length, lanes }: SteppedDimension): { readonly lanes: number; readonly share: number }[] {
  const full = Math.floor(length / lanes);
  const rest = length - full * lanes;
  const steps = Math.ceil(length / lanes);
  return [...(full > 0 ? [{ lanes, share: full / steps }] : []), ...(rest > 0 ? [{ lanes: rest, share: 1 / steps }] : [])];
}

/** E[max(1, largest of `draws`)]. */
function expectedMaximum(histogram: readonly number[], draws: number): number {
  let below = 0;
  let expected = 1;
  histogram.forEach((share, terms) => {
    below += share;
    // Rounding of the shares must not leave a tail.
    if (terms > 0 && terms < histogram.length - 1) expected += 1 - wholePower(Math.min(1, below), draws);
  });
  return expected;
}

/** base^exponent for whole exponents by squaring, the same bits on every machine. */
function wholePower(base: number, exponent: number): number {
  let result = 1;
  for (let square = base, rest = exponent; rest > 0; rest = Math.floor(rest / 2), square *= square) if (rest % 2 === 1) result *= square;
  return result;
}

/** A product on an array whose PEs take one operand term by term. */
export interface SerialProduct {
  readonly synchronise: Synchronisation;
  readonly dataflow: Dataflow;
  readonly serialOperand: 'weight' | 'activation';
  readonly dotSize: number;
  readonly rows: number;
  readonly columns: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/**
 * Elements of the serial operand that step together, along k and along its other dimension. A PE takes dotSize along k; an operand that enters
 * a row is the same all along it, one that enters a column (os) the same all down it, and one that stays is another in every PE.
 */
export function steppedTogether(product: SerialProduct): SteppedDimension[] {
  const { synchronise, dataflow, serialOperand, dotSize, rows, columns, m, n, k } = product;
  const entersRows = serialOperand === (dataflow === 'is' ? 'weight' : 'activation');
  const together = synchronise !== 'pe';
  const all = synchronise === 'array';
  const other = serialOperand === 'weight' ? n : m;
  const otherLanes = entersRows ? (all && dataflow === 'os' ? rows : 1) : together ? columns : 1;
  return [
    { length: k, lanes: dotSize * (all && dataflow !== 'os' ? rows : 1) },
    { length: other, lanes: otherLanes },
  ];
}
