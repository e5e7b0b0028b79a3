/** The slots that a candidate is charged in: seconds by cause, whose sum is its time, and what plan, bound and energy need. */

/** Slots of a charge: the causes of GemmSeconds in their order, then what plan and bound need. */
export const charge = {
  compute: 0,
  dequant: 1,
  dramStall: 2,
  fill: 3,
  drain: 4,
  laneStall: 5,
  sync: 6,
  launch: 7,
  causes: 8,
  dram: 8,
  l2: 9,
  products: 10,
  conversion: 11,
  dramRead_bytes: 12,
  l2Read_bytes: 13,
  sustained: 14,
  padding: 15,
  slots: 16,
} as const;

/** Sum of the causes of a charge. */
export function chargedTotal(out: Float64Array): number {
  let total = 0;
  for (let i = 0; i < charge.causes; i++) total += out[i]!;
  return total;
}
