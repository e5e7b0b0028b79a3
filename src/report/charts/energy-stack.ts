/**
 * Energy of every design, stacked by part, one panel per workload. Parts without a value are not drawn: the subtitle says
 * what is missing, with a star on the totals where designs differ in it, because a bar that leaves something out must not look like a bar where it costs nothing.
 */
import { energyParts, type Energy } from '../../trace/simulation-result.js';
import { formatSI } from '../../units/si.js';
import { chart, ink, lineAtComma, partColours, partLabels, type ChartSpec } from './theme.js';

export interface EnergyItem {
  readonly workload: string;
  readonly design: string;
  readonly energy_pJ: Energy;
}

/** `omitted` names the parts that have no value and why, e.g. `dequantization (unknown)`. */
export function energyStack(items: readonly EnergyItem[], omitted: readonly string[], title: string): ChartSpec {
  const parts = energyParts.filter((part) => items.some((item) => (item.energy_pJ[part] ?? 0) > 0));
  const workloads = [...new Set(items.map((item) => item.workload))];
  const panels = workloads.length;
  const designs = [...new Set(items.map((item) => item.design))];
  const starred = new Set(items.map((item) => energyParts.filter((part) => item.energy_pJ[part] === null).join())).size > 1;
  const columns = Math.min(panels, 3);
  const width = Math.max(52 * designs.length, Math.floor((900 - 70 * columns) / columns));
  const missing = omitted.length === 0 ? '' : `; ${starred ? '* ' : ''}not included: ${omitted.join(', ')}`;
  return chart({
    title,
    subtitle: `energy by part, lower is better${panels > 1 ? '; every panel has its own scale' : ''}${missing}`,
    description: `Stacked bars of energy by part. ${items.map((i) => `${i.workload}, ${i.design}: ${totalLabel(i.energy_pJ, true)}`).join('. ')}.`,
    body: {
      data: { values: items.flatMap((item) => rowsOf(item, starred)) },
      columns,
      facet: {
        field: 'workload',
        type: 'nominal',
        sort: workloads,
        title: null,
        header: { labelExpr: lineAtComma, labelAnchor: 'start', labelLimit: width, labelPadding: 8 },
      },
      spec: {
        width: Math.min(width, 120 * designs.length),
        height: 230,
        layer: [bars(designs, parts), totals(designs), headroom(designs)],
      },
      resolve: { scale: { y: 'independent' }, axis: { x: 'independent' } },
      spacing: 28,
    },
  });
}

function rowsOf(item: EnergyItem, starred: boolean): Record<string, string | number | boolean>[] {
  const drawn = energyParts.filter((part) => (item.energy_pJ[part] ?? 0) > 0);
  const sum = drawn.reduce((total, part) => total + (item.energy_pJ[part] ?? 0), 0) / 1e12;
  const label = totalLabel(item.energy_pJ, starred);
  const common = { workload: item.workload, design: item.design, label, sum_J: sum, head_J: sum * 1.12 };
  if (drawn.length === 0) return [{ ...common, part: '', order: 0, energy_J: 0, first: true }];
  return drawn.map((part, i) => ({
    ...common,
    part: partLabels[part],
    order: energyParts.indexOf(part),
    energy_J: (item.energy_pJ[part] ?? 0) / 1e12,
    first: i === 0,
  }));
}

/**
 * The total as printed over a bar: a star where a part is missing and not every design misses it, `>` where the missing one is unknown and
 * the bar therefore too short, the word unknown where nothing is known.
 */
function totalLabel(energy: Energy, starred: boolean): string {
  const known = energyParts.filter((part) => energy[part] !== null);
  if (known.length === 0) return 'unknown';
  const sum = known.reduce((total, part) => total + (energy[part] ?? 0), 0);
  return `${energy.total === null ? '> ' : ''}${formatSI(sum, 'pJ')}${starred && known.length < energyParts.length ? ' *' : ''}`;
}

const xOf = (designs: readonly string[]): Record<string, unknown> => ({
  field: 'design',
  type: 'nominal',
  sort: designs,
  title: null,
  axis: { labelAngle: 0, ticks: false, labelPadding: 6, labelLimit: 110 },
  scale: { paddingInner: 0.35, paddingOuter: 0.2 },
});

function bars(designs: readonly string[], parts: readonly (typeof energyParts)[number][]): Record<string, unknown> {
  return {
    transform: [{ filter: "datum.part !== ''" }],
    mark: { type: 'bar' },
    encoding: {
      x: xOf(designs),
      y: {
        field: 'energy_J',
        type: 'quantitative',
        title: 'energy',
        axis: { labelExpr: "format(datum.value, '.2~s') + 'J'", tickCount: 5 },
      },
      color: {
        field: 'part',
        type: 'nominal',
        title: 'part',
        scale: { domain: parts.map((part) => partLabels[part]), range: parts.map((part) => partColours[part]) },
      },
      order: { field: 'order' },
      tooltip: [
        { field: 'workload', title: 'workload' },
        { field: 'design', title: 'design' },
        { field: 'part', title: 'part' },
        { field: 'energy_J', title: 'energy (J)', format: '.4s' },
        { field: 'label', title: 'sum of known parts' },
      ],
    },
  };
}

function totals(designs: readonly string[]): Record<string, unknown> {
  return {
    transform: [{ filter: 'datum.first' }],
    mark: { type: 'text', dy: -8, color: ink, fontSize: 11 },
    encoding: { x: xOf(designs), y: { field: 'sum_J', type: 'quantitative' }, text: { field: 'label' } },
  };
}

/** Keeps the printed totals inside the panel. */
function headroom(designs: readonly string[]): Record<string, unknown> {
  return {
    mark: { type: 'point', opacity: 0, tooltip: null },
    encoding: { x: xOf(designs), y: { field: 'head_J', type: 'quantitative' } },
  };
}
