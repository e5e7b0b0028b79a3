/** Values of the axes of a sweep as text: names and numbers as they are, blocks as they stand in a sweep file. */
import type { AxisValue } from '../sweep/plan/sweep-plan.js';

/** `undefined`: a condition keeps the axis out of the point. */
export function axisValueText(value: AxisValue | undefined): string {
  if (value === undefined) return '-';
  if (value === null) return 'none';
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map(axisValueText).join(', ')}]`;
  return `{${Object.entries(value)
    .map(([key, entry]) => `${key}: ${axisValueText(entry)}`)
    .join(', ')}}`;
}
