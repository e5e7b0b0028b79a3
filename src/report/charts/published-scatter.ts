/**
 * Simulated over published values, one panel per unit, both axes logarithmic, with the diagonal where they are equal.
 * A second picture of the same cells, `publishedErrors`, shows the relative error of each by metric: a diagonal over six decades hides a few per cent.
 */
import { extent } from '../../numeric/extremes.js';
import { chart, guideInk, MAX_MARKS, mutedInk, seriesScale, type ChartSpec } from './theme.js';

export interface PublishedCell {
  readonly row: string;
  readonly column: string;
  readonly metric: string;
  readonly unit: string;
  readonly published: number;
  readonly simulated: number;
  /** (simulated - published) / published. */
  readonly relativeError: number;
}

const tooltip = [
  { field: 'row', title: 'row' },
  { field: 'column', title: 'column' },
  { field: 'metric', title: 'metric' },
  { field: 'published', title: 'published', format: ',.6~g' },
  { field: 'simulated', title: 'simulated', format: ',.6~g' },
  { field: 'relativeError', title: 'relative error', format: '+.3%' },
];

/** Cells whose published or simulated value is not positive are left to the table. */
export function publishedScatter(cells: readonly PublishedCell[], title: string): ChartSpec {
  const drawn = cells.filter((cell) => cell.published > 0 && cell.simulated > 0).slice(0, MAX_MARKS);
  const units = [...new Set(drawn.map((cell) => cell.unit))];
  const columns = [...new Set(drawn.map((cell) => cell.column))];
  const width = Math.floor(820 / Math.min(3, Math.max(1, units.length))) - 50;
  const size = Math.min(width, 300);
  return chart({
    title,
    subtitle: 'each dot one published cell; on the diagonal simulated and published are equal',
    description: `Scatter of simulated over published values of ${drawn.length} cells, by unit ${units.join(', ')}.`,
    body: {
      columns: 3,
      concat: units.map((unit) =>
        unitPanel(
          drawn.filter((cell) => cell.unit === unit),
          { unit, columns, size },
        ),
      ),
      spacing: 28,
    },
  });
}

interface UnitPanel {
  readonly unit: string;
  readonly columns: readonly string[];
  readonly size: number;
}

function unitPanel(cells: readonly PublishedCell[], { unit, columns, size }: UnitPanel): Record<string, unknown> {
  const values = cells.flatMap((cell) => [cell.published, cell.simulated]);
  const [least, most] = extent(values);
  const low = least / 1.25;
  const high = most * 1.25;
  const scale = { type: 'log', domain: [low, high], nice: false };
  const axis = {
    format: high >= 1000 ? '~s' : '~g',
    ...(decadesIn(low, high).length > 1 ? { values: decadesIn(low, high) } : { tickCount: 5 }),
  };
  const x = { type: 'quantitative', title: `published (${unit})`, scale, axis };
  const y = { type: 'quantitative', title: `simulated (${unit})`, scale, axis };
  return {
    width: size,
    height: size,
    layer: [
      {
        data: { values: [{ at: low }, { at: high }] },
        mark: { type: 'line', color: guideInk, strokeDash: [4, 3] },
        encoding: { x: { ...x, field: 'at' }, y: { ...y, field: 'at' } },
      },
      {
        data: { values: cells },
        mark: { type: 'point', filled: false, size: 60, strokeWidth: 1.8, opacity: 0.95 },
        encoding: {
          x: { ...x, field: 'published' },
          y: { ...y, field: 'simulated' },
          color: { field: 'column', type: 'nominal', title: 'design', scale: seriesScale(columns) },
          shape: { field: 'column', type: 'nominal', title: 'design', scale: { domain: columns } },
          tooltip,
        },
      },
    ],
  };
}

/** Powers of ten between two values. */
function decadesIn(low: number, high: number): number[] {
  const first = Math.ceil(Math.log10(low));
  return Array.from({ length: Math.max(0, Math.floor(Math.log10(high)) - first + 1) }, (_, i) => 10 ** (first + i));
}

/** Relative error of every cell, one row per metric; the band is 1 per cent to both sides. */
export function publishedErrors(cells: readonly PublishedCell[], title: string): ChartSpec {
  const drawn = cells.slice(0, MAX_MARKS);
  const metrics = [...new Set(drawn.map((cell) => cell.metric))];
  const columns = [...new Set(drawn.map((cell) => cell.column))];
  const reach = Math.max(0.02, ...drawn.map((cell) => Math.abs(cell.relativeError))) * 1.1;
  const axis = { format: '+.2~%', labelExpr: "datum.value === 0 ? '0' : datum.label", tickCount: 7 };
  return chart({
    title,
    subtitle: '(simulated - published) / published per cell; band: within 1 %',
    description: `Relative error of ${drawn.length} cells by metric: ${metrics.join(', ')}.`,
    body: {
      width: 640,
      height: { step: 44, for: 'position' },
      layer: [
        {
          data: { values: [{ from: -0.01, to: 0.01 }] },
          mark: { type: 'rect', color: '#e8f1f8' },
          encoding: {
            x: { field: 'from', type: 'quantitative', title: 'relative error', axis, scale: { domain: [-reach, reach], nice: false } },
            x2: { field: 'to' },
          },
        },
        { data: { values: [{ at: 0 }] }, mark: { type: 'rule', color: mutedInk }, encoding: { x: { field: 'at', type: 'quantitative' } } },
        {
          data: { values: drawn },
          mark: { type: 'point', filled: false, size: 55, strokeWidth: 1.8 },
          encoding: {
            y: { field: 'metric', type: 'nominal', sort: metrics, title: null, axis: { ticks: false, labelPadding: 6 } },
            yOffset: { field: 'column', sort: columns },
            x: { field: 'relativeError', type: 'quantitative' },
            color: { field: 'column', type: 'nominal', title: 'design', scale: seriesScale(columns) },
            shape: { field: 'column', type: 'nominal', title: 'design', scale: { domain: columns } },
            tooltip,
          },
        },
      ],
    },
  });
}
