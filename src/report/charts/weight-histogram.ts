/**
 * Where the weights of a network lie, in standard deviations of their tensor, against the Gaussian they are often taken for,
 * and which datatypes each quantizer chose for their groups. The density is per standard deviation on a logarithmic axis: what costs
 * accuracy at low bits is the tail, and a linear axis hides it.
 */
import { chart, mutedInk, seriesScale, type ChartSpec } from './theme.js';

export interface Histogram {
  readonly low: number;
  readonly high: number;
  readonly counts: readonly number[];
}

/** Share of the weights of one quantizer whose group chose a datatype. */
export interface DatatypeShare {
  readonly quantizer: string;
  readonly datatype: string;
  readonly share: number;
}

const BINS = 96;
/** Beyond this many standard deviations a linear axis would leave the bulk of the weights in a few pixels. */
const LINEAR_REACH = 12;
/** Standard deviations up to which the long axis is nearly linear. */
const SYMLOG_CONSTANT = 2;

/** Histograms of several tensors on common bins; counts of a bin that spans several are spread evenly. */
export function weightHistogram(histograms: readonly Histogram[], datatypes: readonly DatatypeShare[], title: string): ChartSpec {
  const bins = mergeHistograms(histograms);
  const reach = Math.max(Math.abs(bins[0]?.from ?? 0), Math.abs(bins.at(-1)?.to ?? 0));
  const panels = [densityPanel(bins, reach), ...(datatypes.length === 0 ? [] : [datatypePanel(datatypes)])];
  return chart({
    title,
    subtitle: 'share of the weights per standard deviation of their tensor, logarithmic; dashed: a Gaussian',
    description: `Histogram of weights, reaching ${reach.toPrecision(3)} standard deviations. ${datatypes.map((d) => `${d.quantizer}: ${d.datatype} ${(d.share * 100).toFixed(0)} %`).join(', ')}`,
    body: { vconcat: panels, spacing: 30, resolve: { scale: { color: 'independent' } } },
  });
}

interface Bin {
  readonly from: number;
  readonly to: number;
  readonly density: number;
}

function mergeHistograms(histograms: readonly Histogram[]): Bin[] {
  const low = Math.min(...histograms.map((histogram) => histogram.low));
  const high = Math.max(...histograms.map((histogram) => histogram.high));
  const edges = edgesOf(low, high, commonBins(histograms));
  const counts = new Float64Array(edges.length - 1);
  let total = 0;
  for (const histogram of histograms) {
    const step = (histogram.high - histogram.low) / histogram.counts.length;
    for (const [i, count] of histogram.counts.entries()) {
      total += count;
      if (count > 0) spread(counts, edges, { from: histogram.low + i * step, to: histogram.low + (i + 1) * step, count });
    }
  }
  return Array.from(counts, (count, i) => {
    const [from = 0, to = 0] = edges.slice(i, i + 2);
    return { from: digits(from), to: digits(to), density: digits(count / (total * (to - from))) };
  });
}

/** The bins of the input when all tensors have the same, which keeps their edges; else a number that the eye can tell apart. */
function commonBins(histograms: readonly Histogram[]): number {
  const [first] = histograms;
  const same = histograms.every((one) => one.low === first?.low && one.high === first.high && one.counts.length === first.counts.length);
  return same && first !== undefined && first.counts.length <= 2 * BINS ? first.counts.length : BINS;
}

/** Bins of equal width on the axis as drawn: linear, or logarithmic in both directions when the tail is long. */
function edgesOf(low: number, high: number, bins: number): number[] {
  const reach = Math.max(Math.abs(low), Math.abs(high));
  const forward = (value: number): number =>
    reach > LINEAR_REACH ? Math.sign(value) * Math.log1p(Math.abs(value) / SYMLOG_CONSTANT) : value;
  const back = (value: number): number => (reach > LINEAR_REACH ? Math.sign(value) * SYMLOG_CONSTANT * Math.expm1(Math.abs(value)) : value);
  return Array.from({ length: bins + 1 }, (_, i) => back(forward(low) + ((forward(high) - forward(low)) * i) / bins));
}

/** Adds `count` to the bins between `from` and `to`, in proportion to the overlap. */
function spread(
  counts: Float64Array,
  edges: readonly number[],
  { from, to, count }: { readonly from: number; readonly to: number; readonly count: number },
): void {
  for (let bin = 0; bin < counts.length; bin++) {
    const overlap = Math.min(to, edges[bin + 1] ?? to) - Math.max(from, edges[bin] ?? from);
    if (overlap > 0) counts[bin] = (counts[bin] ?? 0) + (count * overlap) / (to - from);
  }
}

function densityPanel(bins: readonly Bin[], reach: number): Record<string, unknown> {
  const present = bins.filter((bin) => bin.density > 0);
  const floor = 10 ** Math.floor(Math.log10(Math.min(...present.map((bin) => bin.density), 0.1)));
  const x = {
    type: 'quantitative',
    title: 'weight / standard deviation of its tensor',
    scale: { nice: false, ...(reach > LINEAR_REACH ? { type: 'symlog', constant: SYMLOG_CONSTANT } : {}) },
    axis: reach > LINEAR_REACH ? { values: symlogTicks(reach), grid: false } : { grid: false, tickCount: 12 },
  };
  const y = {
    type: 'quantitative',
    title: 'share per standard deviation',
    scale: { type: 'log', domainMin: floor, nice: false },
    axis: {
      format: '.0e',
      values: Array.from({ length: Math.round(-Math.log10(floor)) + 1 }, (_, i) => Number((floor * 10 ** i).toPrecision(1))),
    },
  };
  const gaussian = Array.from({ length: 121 }, (_, i) => (i - 60) / 10)
    .map((value) => ({ value, density: digits(Math.exp((-value * value) / 2) / Math.sqrt(2 * Math.PI)) }))
    .filter((point) => point.density >= floor && Math.abs(point.value) <= reach);
  return {
    width: 760,
    height: 230,
    layer: [
      {
        data: { values: present.map((bin) => ({ ...bin, floor })) },
        mark: { type: 'bar', color: '#4aa3df', binSpacing: 0 },
        encoding: {
          x: { ...x, field: 'from' },
          x2: { field: 'to' },
          y: { ...y, field: 'density' },
          y2: { field: 'floor' },
          tooltip: [
            { field: 'from', title: 'from (std)', format: '.2f' },
            { field: 'to', title: 'to (std)', format: '.2f' },
            { field: 'density', title: 'share per std', format: '.3~g' },
          ],
        },
      },
      {
        data: { values: gaussian },
        mark: { type: 'line', color: '#1b1f24', strokeDash: [5, 4], strokeWidth: 1.2, clip: true },
        encoding: { x: { ...x, field: 'value' }, y: { ...y, field: 'density' } },
      },
    ],
  };
}

function datatypePanel(datatypes: readonly DatatypeShare[]): Record<string, unknown> {
  const quantizers = [...new Set(datatypes.map((row) => row.quantizer))];
  const names = [...new Set(datatypes.map((row) => row.datatype))].sort();
  return {
    title: { text: 'Datatypes the quantizers chose', fontSize: 13, offset: 8, color: mutedInk, fontWeight: 'normal' },
    data: { values: datatypes.map((row) => ({ ...row, order: names.indexOf(row.datatype) })) },
    width: 760,
    height: { step: 30 },
    mark: { type: 'bar', stroke: '#ffffff', strokeWidth: 1 },
    encoding: {
      y: { field: 'quantizer', type: 'nominal', sort: quantizers, title: null, axis: { ticks: false, labelPadding: 6 } },
      x: {
        field: 'share',
        type: 'quantitative',
        title: 'share of groups, weighted by their weights',
        axis: { format: '.0%' },
        scale: { domain: [0, 1] },
      },
      color: { field: 'datatype', type: 'nominal', title: 'datatype', scale: seriesScale(names), legend: { columns: 1 } },
      order: { field: 'order' },
      tooltip: [
        { field: 'quantizer', title: 'quantizer' },
        { field: 'datatype', title: 'datatype' },
        { field: 'share', title: 'share', format: '.1%' },
      ],
    },
  };
}

function symlogTicks(reach: number): number[] {
  const magnitudes = [2, 5, 10, 20, 50, 100, 200, 500, 1000].filter((value) => value <= reach);
  return [...magnitudes.map((value) => -value).reverse(), 0, ...magnitudes];
}

/** Six significant digits: the last bits of exp and of sums must not decide the bytes of a report. */
const digits = (value: number): number => Number(value.toPrecision(6));
