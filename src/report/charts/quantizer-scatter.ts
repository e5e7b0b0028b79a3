/** Signal to quantization noise over stored bits per weight (all side data counted), one large dot per quantizer and a small one per tensor: up and left is better. */
import { extent } from '../../numeric/extremes.js';
import { haloLabels } from './halo-labels.js';
import { placeLabels, type PlacedLabel } from './label-placement.js';
import { chart, MAX_MARKS, seriesScale, type ChartSpec } from './theme.js';

const WIDTH = 760;
const HEIGHT = 320;

export interface QuantizerPoint {
  readonly quantizer: string;
  readonly tensor: string;
  readonly bitsPerWeight: number;
  readonly sqnr_dB: number;
  readonly weights: number;
}

/** `overall` is labelled; of `tensors` the largest are drawn. */
export function quantizerScatter(
  overall: readonly Omit<QuantizerPoint, 'tensor'>[],
  tensors: readonly QuantizerPoint[],
  title: string,
): ChartSpec {
  const names = overall.map((point) => point.quantizer);
  const drawn = [...tensors].sort((a, b) => b.weights - a.weights).slice(0, Math.floor(MAX_MARKS / 4));
  const all = [...overall, ...drawn];
  const xDomain = padded(
    all.map((point) => point.bitsPerWeight),
    0.5,
  );
  const yDomain = padded(
    all.map((point) => point.sqnr_dB),
    4,
  );
  const x = {
    field: 'bitsPerWeight',
    type: 'quantitative',
    title: 'stored bits per weight',
    axis: { tickCount: 8 },
    scale: { domain: xDomain, nice: false },
  };
  const y = { field: 'sqnr_dB', type: 'quantitative', title: 'signal to quantization noise (dB)', scale: { domain: yDomain, nice: false } };
  const color = { field: 'quantizer', type: 'nominal', scale: seriesScale(names), legend: null };
  const tooltip = [
    { field: 'quantizer', title: 'quantizer' },
    { field: 'bitsPerWeight', title: 'bits per weight', format: '.4~g' },
    { field: 'sqnr_dB', title: 'SQNR (dB)', format: '.2f' },
  ];
  return chart({
    title,
    subtitle: `large: the whole network; small: single tensors${drawn.length < tensors.length ? ` (the largest ${drawn.length})` : ''}; up and left is better`,
    description: `Scatter of signal to quantization noise over bits per weight. ${overall.map((p) => `${p.quantizer}: ${p.sqnr_dB.toFixed(1)} dB at ${p.bitsPerWeight.toFixed(2)} bits`).join('. ')}.`,
    body: {
      width: WIDTH,
      height: HEIGHT,
      layer: [
        {
          data: { values: drawn },
          mark: { type: 'circle', size: 22, opacity: 0.35 },
          encoding: { x, y, color, tooltip: [{ field: 'tensor', title: 'tensor' }, ...tooltip] },
        },
        {
          data: { values: overall },
          mark: { type: 'circle', size: 190, opacity: 1, stroke: '#ffffff', strokeWidth: 1.5 },
          encoding: { x, y, color, tooltip },
        },
        ...haloLabels(labelsOf(overall, xDomain, yDomain), { fontSize: 12, fontWeight: 600 }),
      ],
    },
  });
}

type Domain = readonly [number, number];

/** Range of the values with a tenth of room on both sides, at least `least` wide. */
function padded(values: readonly number[], least: number): Domain {
  const [low, high] = extent(values);
  const room = Math.max((high - low) * 0.1, (least - (high - low)) / 2, 0);
  return [Number((low - room).toFixed(3)), Number((high + room).toFixed(3))];
}

function labelsOf(overall: readonly Omit<QuantizerPoint, 'tensor'>[], [left, right]: Domain, [bottom, top]: Domain): PlacedLabel[] {
  const dots = overall.map((point) => ({
    text: `${point.quantizer} ${point.sqnr_dB.toFixed(1)} dB`,
    x: ((point.bitsPerWeight - left) / (right - left)) * WIDTH,
    y: ((top - point.sqnr_dB) / (top - bottom)) * HEIGHT,
    weight: point.sqnr_dB,
    radius: 8,
  }));
  return placeLabels(dots, { width: WIDTH, height: HEIGHT });
}
