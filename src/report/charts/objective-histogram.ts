/** One objective alone: how the sampled feasible rows spread over it, and where the best one lies. */
import { axisScale, axisTitle, quantity } from '../expression-quantity.js';
import { chart, type ChartSpec } from './theme.js';

export interface HistogramObjective {
  readonly name: string;
  readonly unit: string;
  readonly direction: 'minimize' | 'maximize';
}

const BINS = 48;
const SPAN_OF_LOG = 20;

/** Bins of equal width, or of equal ratio where the values span more than a decade. */
export function objectiveHistogram(objective: HistogramObjective, values: readonly number[], best: number, title: string): ChartSpec {
  const { factor, unit } = axisScale([...values, best], objective.unit);
  const scaled = [...values, best].map((value) => value * factor);
  const low = scaled.reduce((a, b) => Math.min(a, b), Infinity);
  const high = scaled.reduce((a, b) => Math.max(a, b), -Infinity);
  const log = low > 0 && high / low > SPAN_OF_LOG;
  const edge = (i: number): number => (log ? low * (high / low) ** (i / BINS) : low + ((high - low) * i) / BINS);
  const counts = new Array<number>(BINS).fill(0);
  for (const value of scaled.slice(0, -1)) {
    const at = log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
    const bin = Math.min(BINS - 1, Math.floor((high > low ? at : 0) * BINS));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const x = {
    field: 'from',
    type: 'quantitative',
    title: axisTitle(objective.name, unit),
    scale: log ? { type: 'log', nice: false } : { zero: false, nice: false },
    axis: { format: high >= 10000 ? '~s' : '.6~g', tickCount: 8 },
  };
  return chart({
    title,
    subtitle: `sampled feasible rows by ${objective.name}; the line is the ${objective.direction === 'minimize' ? 'least' : 'most'}, ${quantity(best, objective.unit)}`,
    description: `Histogram of ${values.length} sampled rows by ${objective.name}; the best is ${quantity(best, objective.unit)}.`,
    body: {
      width: 760,
      height: 240,
      layer: [
        {
          data: { values: counts.map((count, i) => ({ from: edge(i), to: edge(i + 1), count, least: 0 })) },
          mark: { type: 'rect', color: '#b9c0c7', stroke: '#ffffff', strokeWidth: 0.5 },
          encoding: {
            x,
            x2: { field: 'to' },
            y: { field: 'least', type: 'quantitative', title: 'rows' },
            y2: { field: 'count' },
          },
        },
        {
          data: { values: [{ from: best * factor }] },
          mark: { type: 'rule', color: '#d55e00', strokeWidth: 2, tooltip: null },
          encoding: { x },
        },
      ],
    },
  });
}
