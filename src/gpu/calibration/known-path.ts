/**
 * Parameters of the matrix-vector path where no measured row takes it: a search leaves them anywhere that is slow enough, and kernels of other operands that
 * do take such a path on the card would run at what is no finding. Rows say only that the path is no faster than the tiles, so its parameters stay where they
 * start, and its bandwidth there or at the most that does not show. Times of all rows stay as they are.
 * Unless the slowest path changes no row, everything is left as found; so where a card's path would be faster at its start whatever its bandwidth.
 */
import type { ParameterSpec, Parameters } from './parameter-spec.js';

const BANDWIDTH = 'gemvEfficiency';
const RATE = 'gemvRate';
const LATENCIES = ['gemvBlock_us', 'gemvStep_us'];
/** Halvings of the range in which the path begins to show: more than the 4 digits that are kept. */
const HALVINGS = 16;

/** `timesAt`: seconds of all rows under values. */
export function withKnownPath(timesAt: (values: Parameters) => number[], specs: readonly ParameterSpec[], found: Parameters): Parameters {
  const path = specs.filter(({ name }) => [BANDWIDTH, RATE, ...LATENCIES].includes(name));
  const bandwidth = path.find(({ name }) => name === BANDWIDTH);
  if (bandwidth === undefined) return found;
  const own = timesAt(found);
  const shows = (values: Parameters): boolean => timesAt({ ...found, ...values }).some((time, i) => time !== own[i]);
  const all = (value: (spec: ParameterSpec) => number): Parameters => Object.fromEntries(path.map((spec) => [spec.name, value(spec)]));
  const starts = all(({ start }) => start);
  if (shows(all(({ name, low, high }) => (LATENCIES.includes(name) ? high : low)))) return found;
  if (!shows(starts)) return { ...found, ...starts };
  const showsAt = (value: number): boolean => shows({ ...starts, [BANDWIDTH]: value });
  if (showsAt(bandwidth.low)) return found;
  let [low, high] = [bandwidth.low, bandwidth.start];
  for (let step = 0; step < HALVINGS; step++) {
    const middle = (low + high) / 2;
    if (showsAt(middle)) high = middle;
    else low = middle;
  }
  return { ...found, ...starts, [BANDWIDTH]: Math.floor(low * 1e4) / 1e4 };
}
