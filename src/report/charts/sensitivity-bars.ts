/** Which axis decides about an objective: share of its variance over the feasible rows, by axis and by pairs beyond their two axes; a panel per objective. */
import { percent } from '../number-text.js';
import { chart, ink, type ChartSpec } from './theme.js';

export interface SensitivityItem {
  readonly axes: readonly string[];
  readonly share: number;
}

const MOST_BARS = 10;
const LEAST_PAIR = 0.005;
const kinds = ['axis alone', 'two axes together'];

/** Main effects and pairs by objective. */
export function sensitivityBars(
  objectives: readonly (readonly [name: string, items: readonly SensitivityItem[]])[],
  title: string,
): ChartSpec {
  const columns = Math.min(2, objectives.length);
  const width = columns === 1 ? 460 : 210;
  return chart({
    title,
    subtitle: 'share of the variance of the objective over the feasible rows; pairs: beyond what each of the two explains alone',
    description: `Bars of the share of variance explained. ${objectives.map(textOf).join(' ')}`,
    body: {
      columns,
      spacing: 30,
      concat: objectives.map(([name, items]) => panelOf(name, items, width)),
    },
  });
}

/** The largest ones. */
function shownOf(items: readonly SensitivityItem[]): SensitivityItem[] {
  return items
    .filter(({ axes, share }) => axes.length === 1 || share >= LEAST_PAIR)
    .toSorted((a, b) => b.share - a.share)
    .slice(0, MOST_BARS);
}

const nameOf = ({ axes }: SensitivityItem): string => axes.join(' x ');

function textOf([name, items]: readonly [string, readonly SensitivityItem[]]): string {
  return `${name}: ${shownOf(items)
    .map((item) => `${nameOf(item)} ${percent(item.share)}`)
    .join(', ')}.`;
}

function panelOf(name: string, items: readonly SensitivityItem[], width: number): Record<string, unknown> {
  const values = shownOf(items).map((item) => ({
    name: nameOf(item),
    share: Number(item.share.toPrecision(6)),
    kind: kinds[item.axes.length === 1 ? 0 : 1],
    label: percent(item.share),
  }));
  const x = { field: 'share', type: 'quantitative', title: 'share of the variance', scale: { domain: [0, 1.12] }, axis: { format: '~%', values: [0, 0.25, 0.5, 0.75, 1] } }; // prettier-ignore
  const y = { field: 'name', type: 'nominal', sort: values.map((value) => value.name), title: null, axis: { ticks: false, labelLimit: 200, domain: false } }; // prettier-ignore
  return {
    title: { text: name, fontSize: 13, anchor: 'start' },
    width,
    height: { step: 24 },
    data: { values },
    layer: [
      {
        mark: { type: 'bar', height: 14, cornerRadiusEnd: 2 },
        encoding: {
          x,
          y,
          color: { field: 'kind', type: 'nominal', title: null, scale: { domain: kinds, range: ['#0072b2', '#7fc4ec'] }, legend: { orient: 'top' } }, // prettier-ignore
          tooltip: [
            { field: 'name', title: 'axes' },
            { field: 'share', title: 'share of the variance', format: '.2%' },
          ],
        },
      },
      { mark: { type: 'text', align: 'left', dx: 5, fontSize: 11, color: ink }, encoding: { x, y, text: { field: 'label' } } },
    ],
  };
}
