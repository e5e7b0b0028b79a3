/** What one more bit of each item buys and costs: a panel for each figure, a bar for each item; a figure that is unknown is the word, not a bar of 0. */
import { axisScale, axisTitle } from '../expression-quantity.js';
import { chart, mutedInk, type ChartSpec } from './theme.js';

export interface BitCostPanel {
  readonly name: string;
  readonly unit: string;
  readonly values: readonly (number | null)[];
}

const ROW = 17;
/** Pixels of all panels together. */
const ALL_WIDTH = 780;

export function bitCostBars(
  { rows, panels }: { readonly rows: readonly string[]; readonly panels: readonly BitCostPanel[] },
  { title, subtitle }: { readonly title: string; readonly subtitle: string },
): ChartSpec {
  return chart({
    title,
    subtitle,
    description: `${title}. Bars for ${rows.length} rows; panels: ${panels.map(({ name }) => name).join(', ')}.`,
    body: {
      spacing: 22,
      hconcat: panels.map((panel, p) => panelOf(rows, panel, { first: p === 0, width: Math.floor(ALL_WIDTH / panels.length) })),
    },
  });
}

function panelOf(
  rows: readonly string[],
  { name, unit, values }: BitCostPanel,
  { first, width }: { readonly first: boolean; readonly width: number },
) {
  const known = values.flatMap((value) => value ?? []);
  const largest = known.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const scale = axisScale([largest], unit);
  const data = rows.map((row, i) => ({ row, value: times(values[i] ?? null, scale.factor) }));
  const title = axisTitle(name, scale.unit);
  const y = {
    field: 'row',
    type: 'nominal',
    sort: [...rows],
    title: null,
    axis: first ? { ticks: false, domain: false, labelFontSize: 11 } : null,
  };
  const x = {
    field: 'value',
    type: 'quantitative',
    title,
    scale: largest === 0 ? { domain: [0, 1] } : { zero: true },
    axis: largest === 0 ? { values: [0] } : { tickCount: 3 },
  };
  const tooltip = [{ field: 'row', title: 'item' }, { field: 'value', title, format: '.4~g' }]; // prettier-ignore
  const unknown = data.filter(({ value }) => value === null).map((entry) => ({ ...entry, text: 'unknown' }));
  return {
    width,
    height: { step: ROW },
    layer: [
      {
        data: { values: data },
        mark: { type: 'bar', height: ROW - 6, color: first ? '#009e73' : '#0072b2', invalid: 'filter' },
        encoding: { x, y, tooltip },
      },
      ...(unknown.length === 0
        ? []
        : [
            {
              data: { values: unknown },
              mark: { type: 'text', align: 'left', x: 4, fontSize: 11, color: mutedInk },
              encoding: { y, text: { field: 'text' } },
            },
          ]),
    ],
  };
}

const times = (value: number | null, factor: number): number | null => (value === null ? null : value * factor);
