/**
 * How much perplexity a scheme costs over the stored bits per weight, one dot per scheme: down and left is better. The cost is perplexity over that of
 * the model in float32, minus 1, on a logarithmic axis; what is below its floor (or better than float32) stands on the floor. Colour tells how
 * activations are read.
 */
import { haloLabels } from './halo-labels.js';
import { placeLabels, type PlacedLabel } from './label-placement.js';
import { chart, type ChartSpec } from './theme.js';

const WIDTH = 760;
const HEIGHT = 420;
/** In percent: below it even 300 windows of 256 tokens seldom tell a scheme from float32. */
const FLOOR_pct = 0.01;

export interface PerplexityPoint {
  readonly scheme: string;
  readonly bitsPerWeight: number;
  readonly activationBits: number;
  readonly perplexity: number;
  readonly referencePerplexity: number;
}

const classes = ['activations of 16 bits', 'of 5 to 15 bits', 'of at most 5 bits'] as const;
const colours = ['#0072b2', '#009e73', '#d55e00'] as const;

export function perplexityScatter(points: readonly PerplexityPoint[], title: string): ChartSpec {
  const values = points.map((point) => ({
    ...point,
    cost_pct: costOf(point),
    shown_pct: Math.max(FLOOR_pct, costOf(point)),
    class: classOf(point),
  }));
  const xs = values.map(({ bitsPerWeight }) => bitsPerWeight);
  const xDomain = [Math.floor(Math.min(...xs)), Math.ceil(Math.max(...xs))] as const;
  const yDomain = [FLOOR_pct, 10 ** Math.ceil(Math.log10(Math.max(10 * FLOOR_pct, ...values.map(({ shown_pct }) => shown_pct))))] as const;
  const x = {
    field: 'bitsPerWeight',
    type: 'quantitative',
    title: 'stored bits per weight',
    scale: { domain: xDomain, nice: false },
  };
  const y = {
    field: 'shown_pct',
    type: 'quantitative',
    title: 'perplexity above float32 (%)',
    scale: { type: 'log', domain: yDomain, nice: false },
    axis: { format: '~g', values: decades(yDomain) },
  };
  const used = classes.filter((name) => values.some((value) => value.class === name));
  const color = {
    field: 'class',
    type: 'nominal',
    title: null,
    scale: { domain: used, range: used.map((name) => colours[classes.indexOf(name)]) },
    legend: { orient: 'top' },
  };
  const tooltip = [
    { field: 'scheme', title: 'scheme' },
    { field: 'bitsPerWeight', title: 'bits per weight', format: '.4~g' },
    { field: 'activationBits', title: 'bits per activation', format: '.4~g' },
    { field: 'perplexity', title: 'perplexity', format: '.4f' },
    { field: 'cost_pct', title: 'above float32 (%)', format: '.3~g' },
  ];
  return chart({
    title,
    subtitle: `down and left is better; at or below ${FLOOR_pct} % on the floor`,
    description: `Scatter of perplexity above float32 over bits per weight. ${points.map((p) => `${p.scheme}: ${p.perplexity.toFixed(3)} at ${p.bitsPerWeight.toFixed(2)} bits`).join('. ')}.`,
    body: {
      width: WIDTH,
      height: HEIGHT,
      layer: [
        {
          data: { values },
          mark: { type: 'circle', size: 90, opacity: 1, stroke: '#ffffff', strokeWidth: 1 },
          encoding: { x, y, color, tooltip },
        },
        ...haloLabels(labelsOf(values, xDomain, yDomain), { fontSize: 10 }),
      ],
    },
  });
}

function costOf({ perplexity, referencePerplexity }: PerplexityPoint): number {
  return 100 * (perplexity / referencePerplexity - 1);
}

function classOf({ activationBits }: PerplexityPoint): (typeof classes)[number] {
  if (activationBits >= 16) return classes[0];
  return activationBits > 5 ? classes[1] : classes[2];
}

type Domain = readonly [number, number];

function decades([low, high]: Domain): number[] {
  const from = Math.round(Math.log10(low));
  return Array.from({ length: Math.round(Math.log10(high)) - from + 1 }, (_, i) => Number((10 ** (from + i)).toPrecision(1)));
}

function labelsOf(
  points: readonly (PerplexityPoint & { readonly shown_pct: number })[],
  [left, right]: Domain,
  [low, high]: Domain,
): PlacedLabel[] {
  const span = Math.log10(high / low);
  const dots = points.map(({ scheme, bitsPerWeight, shown_pct }) => ({
    text: scheme,
    x: ((bitsPerWeight - left) / (right - left)) * WIDTH,
    y: (Math.log10(high / shown_pct) / span) * HEIGHT,
    weight: 1 / bitsPerWeight,
    radius: 6,
  }));
  return placeLabels(dots, { width: WIDTH, height: HEIGHT });
}
