/**
 * Stored bits of every item (rows) at points of the front (columns): the number in each cell, and the darker the more, so that it reads without colour
 * and in print. Where options of one width stand in the map, a letter after the number tells them apart. A cell without a number is unknown.
 */
import { extent } from '../../numeric/extremes.js';
import { chart, guideInk, inkOn, type ChartSpec } from './theme.js';

export interface BitColumn {
  /** Lines of its head, e.g. `p3` and `4.19 bits`. */
  readonly head: readonly string[];
  readonly cells: readonly { readonly bits: number | null; readonly option: string; readonly letter: string }[];
}

const CELL_HEIGHT = 19;
const CELL_WIDTH = 56;
const [LIGHT, DARK] = ['#eef5fa', '#0b3c5d'] as const;
const UNKNOWN = 'unknown';

export function bitMap(
  { rows, columns }: { readonly rows: readonly string[]; readonly columns: readonly BitColumn[] },
  { title, subtitle }: { readonly title: string; readonly subtitle: string },
): ChartSpec {
  const { keys, values, domain } = cellsOf(rows, columns);
  const x = {
    field: 'column',
    type: 'nominal',
    sort: keys,
    title: null,
    axis: {
      orient: 'top',
      domain: false,
      ticks: false,
      labelAngle: 0,
      labelLimit: CELL_WIDTH - 2,
      labelFontSize: 11,
      labelPadding: 18,
      labelLineHeight: 13,
      labelExpr: "slice(split(datum.value, '\\u0000'), 1)",
    },
  };
  const y = { field: 'row', type: 'nominal', sort: [...rows], title: null, axis: { domain: false, ticks: false, labelFontSize: 11 } };
  const color = { field: 'bits', type: 'quantitative', scale: { domain, range: [LIGHT, DARK] }, legend: null };
  const tooltip = [
    { field: 'row', title: 'item' },
    { field: 'option', title: 'option' },
    { field: 'bits', title: 'stored bits per weight', format: '.4~f' },
  ];
  const rect = { type: 'rect', stroke: '#ffffff', strokeWidth: 1 };
  return chart({
    title,
    subtitle,
    description: `${title}. Rows: ${rows.length} items. Columns: ${columns.map(({ head }) => head.join(' ')).join(', ')}.`,
    body: {
      width: { step: CELL_WIDTH },
      height: { step: CELL_HEIGHT },
      layer: [
        { data: { values: values.filter(({ bits }) => bits !== null) }, mark: rect, encoding: { x, y, color, tooltip } },
        {
          data: { values: values.filter(({ bits }) => bits === null).map((value) => ({ ...value, option: UNKNOWN })) },
          mark: { ...rect, fill: '#ffffff', stroke: guideInk, strokeDash: [2, 2] },
          encoding: { x, y, tooltip },
        },
        {
          data: { values },
          mark: { type: 'text', fontSize: 11, tooltip: null },
          encoding: { x, y, text: { field: 'text' }, color: { field: 'ink', type: 'nominal', scale: null } },
        },
      ],
      resolve: { scale: { color: 'independent' } },
    },
  });
}

function cellsOf(rows: readonly string[], columns: readonly BitColumn[]) {
  const known = columns.flatMap(({ cells }) => cells.flatMap(({ bits }) => bits ?? []));
  const [low, high] = known.length === 0 ? [0, 1] : extent(known);
  const keys = columns.map(({ head }, i) => `${i}\u0000${head.join('\u0000')}`);
  const domain = high > low ? [low, high] : [low, low + 1];
  const values = columns.flatMap(({ cells }, c) =>
    cells.map(({ bits, option, letter }, r) => ({
      column: keys[c],
      row: rows[r],
      bits,
      option,
      text: bits === null ? '?' : `${bits.toFixed(2)}${letter === '' ? '' : ` ${letter}`}`,
      ink: inkOn(bits === null ? 0 : high > low ? (bits - low) / (high - low) : 0),
    })),
  );
  return { keys, values, domain };
}
