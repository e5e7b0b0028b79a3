/** What fits outside `lowbit calibrate` share: rows of a measured CSV file without quotes, and words about relative errors. */
import { readFileSync } from 'node:fs';

/** @param {string} file @returns {Record<string, string>[]} one record a row, by the names of the header */
export function measuredRows(file) {
  const [head = '', ...lines] = readFileSync(file, 'utf8').trim().split('\n');
  const names = head.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(names.map((name, i) => [name, cells[i] ?? '']));
  });
}

/** @param {readonly number[]} values */
export function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Mean, median and 90th percentile of the absolute errors. @param {readonly number[]} errors simulated / measured - 1 */
export function summary(errors) {
  if (errors.length === 0) return 'none';
  const sorted = errors.map(Math.abs).sort((a, b) => a - b);
  const at = (/** @type {number} */ share) => (100 * (sorted[Math.floor(share * sorted.length)] ?? NaN)).toFixed(1);
  return `mean ${(100 * mean(sorted)).toFixed(1)} %, median ${at(0.5)} %, p90 ${at(0.9)} % (${errors.length})`;
}
