/**
 * What each value of an axis does to an objective: mean and best of the feasible rows that have it, a panel per axis, one scale for all panels of the
 * objective. A flat line is an axis that does not matter; a best far from the mean is one that the other axes decide about.
 */
import { extent } from '../../numeric/extremes.js';
import { axisScale, axisTitle, quantity } from '../expression-quantity.js';
import { logTicks } from './log-ticks.js';
import { chart, mutedInk, type ChartSpec } from './theme.js';

export interface AxisEffect {
  readonly axis: string;
  readonly labels: readonly string[];
  readonly mean: readonly (number | null)[];
  readonly best: readonly (number | null)[];
}

export interface EffectsObjective {
  readonly name: string;
  readonly unit: string;
  readonly direction: 'minimize' | 'maximize';
}

const PER_ROW = 3;
const SPAN_OF_LOG = 20;
const series = ['mean', 'best'];

export function axisEffects(objective: EffectsObjective, effects: readonly AxisEffect[], title: string): ChartSpec {
  const values = effects.flatMap(({ mean, best }) => [...mean, ...best]).filter((value) => value !== null);
  const { factor, unit } = axisScale(values, objective.unit);
  const [least, most] = extent(values);
  const [low, high] = [least * factor, most * factor];
  const log = low > 0 && high / low > SPAN_OF_LOG;
  const columns = effects.length === 4 ? 2 : Math.min(PER_ROW, effects.length);
  const width = Math.floor(840 / columns) - (columns === 1 ? 120 : 72);
  const y = {
    field: 'value',
    type: 'quantitative',
    title: axisTitle(objective.name, unit),
    scale: log ? { type: 'log', domain: [low / 1.15, high * 1.15], nice: false } : { domain: [Math.min(0, low), high * 1.04] },
    axis: {
      ...(log ? { values: logTicks(low / 1.15, high * 1.15) } : { tickCount: 5 }),
      labelOverlap: true,
      labelSeparation: 6,
      format: high >= 10000 ? '~s' : '.6~g',
    },
  };
  return chart({
    title,
    subtitle: `mean and best ${objective.name} of the feasible rows with each value; ${objective.direction === 'minimize' ? 'lower' : 'higher'} is better`,
    description: descriptionOf(objective, effects),
    body: {
      columns,
      spacing: 24,
      concat: effects.map((effect) => ({
        width,
        height: 170,
        data: { values: rowsOf(effect, factor) },
        layer: [
          { type: 'line', strokeWidth: 1.8 },
          { type: 'point', filled: true, size: 36, opacity: 1 },
        ].map((mark) => ({
          mark,
          encoding: {
            x: { field: 'value_label', type: 'nominal', sort: effect.labels, title: effect.axis, axis: xAxis(effect.labels, width) },
            y,
            color: { field: 'series', type: 'nominal', title: null, scale: { domain: series, range: [mutedInk, '#0072b2'] }, legend: { orient: 'top' } }, // prettier-ignore
            ...(mark.type === 'line'
              ? { strokeDash: { field: 'series', type: 'nominal', title: null, scale: { domain: series, range: [[4, 3], [1, 0]] }, legend: { orient: 'top' } } } // prettier-ignore
              : {
                  tooltip: [
                    { field: 'value_label', title: effect.axis },
                    { field: 'series', title: 'of the rows' },
                    { field: 'value', title: objective.name, format: '.4~g' },
                  ],
                }),
          },
        })),
      })),
    },
  });
}

function rowsOf({ labels, mean, best }: AxisEffect, factor: number): Record<string, unknown>[] {
  return labels.flatMap((label, i) =>
    [mean[i], best[i]].flatMap((value, s) =>
      value === null || value === undefined
        ? []
        : [{ value_label: label, series: series[s], value: Number((value * factor).toPrecision(6)) }],
    ),
  );
}

/** Labels that would overlap are turned, and of many only some are shown. */
function xAxis(labels: readonly string[], width: number): Record<string, unknown> {
  const room = width / Math.max(1, labels.length);
  const turned = labels.reduce((most, label) => Math.max(most, label.length), 0) * 7 > room - 4;
  // Lines of text at this angle need about 11 px between them: 11 / sin 40 degrees along the axis.
  const step = Math.ceil((turned ? 17 : 12) / room);
  const shown = labels.filter((_, i) => i % step === 0);
  return { labelAngle: turned ? -40 : 0, labelLimit: 120, values: shown, grid: false, ...(turned ? { labelAlign: 'right' } : {}) };
}

function descriptionOf({ name, unit }: EffectsObjective, effects: readonly AxisEffect[]): string {
  const texts = effects.map(({ axis, labels, best }) => {
    const shown = labels.slice(0, 8).map((label, i) => `${label}: ${quantity(best[i] ?? null, unit)}`);
    return `${axis}: ${shown.join(', ')}${labels.length > shown.length ? ', ...' : ''}`;
  });
  return `Mean and best ${name} by value of each axis. Best by ${texts.join('. Best by ')}.`;
}
