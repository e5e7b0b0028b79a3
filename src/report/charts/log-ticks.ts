/** Ticks of a logarithmic axis: 1, 2 and 5 times the powers of ten, or the powers alone over many decades; left to itself, vega labels 100, 200, 1000. */

const FEW_DECADES = 3;

/** Values from `low` to `high`, both positive. */
export function logTicks(low: number, high: number): number[] {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const steps = last - first > FEW_DECADES + 1 ? [1] : [1, 2, 5];
  const all = Array.from({ length: last - first + 1 }, (_, i) => steps.map((step) => Number((step * 10 ** (first + i)).toPrecision(3))));
  return all.flat().filter((value) => value >= low && value <= high);
}
