/**
 * Two things that share a machine and overlap: the longer one, and a part of the shorter one that grows as both become equally long.
 *   soft(a, b) = max + overlapLoss * min^3 / max^2
 * Rises with both for overlapLoss <= 0.5, and costs no power function; at 0.26 it is within 3 % of the 3-norm.
 */
export function soft(a: number, b: number, overlapLoss: number): number {
  const longer = a > b ? a : b;
  const shorter = a > b ? b : a;
  if (shorter === 0) return longer;
  const ratio = shorter / longer;
  return longer + overlapLoss * shorter * ratio * ratio;
}
