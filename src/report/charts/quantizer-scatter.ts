/** Signal to quantization noise over stored bits per weight (all side data counted), one large dot per quantizer and a small one per tensor: up and left is better. */
import { chart, ink, MAX_MARKS, seriesScale, type ChartSpec } from './theme.js';

export interface QuantizerPoint {
  readonly quantizer: string;
  readonly tensor: string;
  readonly bitsPerWeight: number;
  readonly sqnr_dB: number;
  readonly weights: number;
}

/** `overall` is labelled; of `tensors` the largest are drawn. */
export function quantizerScatter(overall: readonly Omit<QuantizerPoint, 'tensor'>[], tensors: readonly QuantizerPoint[], title: string): ChartSpec {
  const names = overall.map((point) => point.quantizer);
  const drawn = [...tensors].sort((a, b) => b.weights - a.weights).slice(0, Math.floor(MAX_MARKS / 4));
  const x = { field: 'bitsPerWeight', type: 'quantitative', title: 'stored bits per weight', scale: { zero: false, nice: true, padding: 24 } };
  const y = { field: 'sqnr_dB', type: 'quantitative', title: 'signal to quantization noise (dB)', scale: { zero: false, nice: true, padding: 12 } };
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
      width: 760,
      height: 320,
      layer: [
        { data: { values: drawn }, mark: { type: 'circle', size: 22, opacity: 0.35 }, encoding: { x, y, color, tooltip: [{ field: 'tensor', title: 'tensor' }, ...tooltip] } },
        { data: { values: overall }, mark: { type: 'circle', size: 190, opacity: 1, stroke: '#ffffff', strokeWidth: 1.5 }, encoding: { x, y, color, tooltip } },
        {
          data: { values: overall.map((point) => ({ ...point, label: `${point.quantizer}  ${point.sqnr_dB.toFixed(1)} dB` })) },
          mark: { type: 'text', align: 'left', baseline: 'middle', dx: 12, fontWeight: 600, color: ink },
          encoding: { x, y, text: { field: 'label' } },
        },
      ],
    },
  });
}
