/**
 * Cycles of every layer by cause, one panel per design on one scale, so that the eye compares designs and sees what bounds each layer.
 * Networks with many layers show those that cost most; the rest is one row, so that the rows still add up to the whole.
 */
import { cycleCauses, type CycleCause, type Cycles } from '../../trace/layer-activity.js';
import { formatSI } from '../../units/si.js';
import { causeColours, causeLabels, chart, type ChartSpec } from './theme.js';

export interface LayerCyclesItem {
  readonly design: string;
  readonly layer: string;
  readonly cycles: Cycles;
}

const SHOWN_LAYERS = 20;

/** Horizontal stacked bars; layers in the order of the network. */
export function layerCycles(items: readonly LayerCyclesItem[], title: string): ChartSpec {
  const designs = [...new Set(items.map((item) => item.design))];
  const { rows, layers, folded } = foldSmallLayers(items);
  const causes = cycleCauses.filter((cause) => rows.some((row) => row.cycles[cause] > 0));
  const longestName = Math.max(...layers.map((layer) => layer.length));
  const width = Math.max(150, Math.floor((900 - Math.min(300, 7 * longestName)) / designs.length) - 20);
  return chart({
    title,
    subtitle: `cycles by cause, all designs on one scale${folded === 0 ? '' : `; the ${SHOWN_LAYERS} layers that cost most, the other ${folded} in the last row`}`,
    description: `Stacked bars of cycles per layer by cause for ${designs.join(', ')}. ${describeTotals(rows, designs)}`,
    body: {
      data: { values: rows.flatMap((row) => causes.filter((cause) => row.cycles[cause] > 0).map((cause) => markOf(row, cause))) },
      facet: {
        column: { field: 'design', type: 'nominal', sort: designs, title: null, header: { labelAnchor: 'start', labelLimit: width } },
      },
      spec: {
        width: Math.min(width, 620),
        height: { step: layers.length > 12 ? 19 : 24 },
        mark: { type: 'bar' },
        encoding: {
          y: {
            field: 'layer',
            type: 'nominal',
            sort: layers,
            title: null,
            axis: { ticks: false, labelPadding: 6, labelLimit: 300 },
            scale: { domain: layers, paddingInner: 0.25 },
          },
          x: {
            field: 'cycles',
            type: 'quantitative',
            title: 'cycles',
            axis: {
              format: '~s',
              labelExpr: "datum.value === 0 ? '0' : datum.label",
              tickCount: Math.max(3, Math.floor(width / 70)),
              labelOverlap: true,
            },
          },
          color: {
            field: 'cause',
            type: 'nominal',
            title: null,
            legend: { orient: 'top', symbolType: 'square' },
            scale: { domain: causes.map((cause) => causeLabels[cause]), range: causes.map((cause) => causeColours[cause]) },
          },
          order: { field: 'order' },
          tooltip: [
            { field: 'design', title: 'design' },
            { field: 'layer', title: 'layer' },
            { field: 'cause', title: 'cause' },
            { field: 'cycles', title: 'cycles', format: ',' },
            { field: 'total', title: 'all causes', format: ',' },
          ],
        },
      },
      spacing: 18,
    },
  });
}

function markOf(row: LayerCyclesItem, cause: CycleCause): Record<string, string | number> {
  return {
    design: row.design,
    layer: row.layer,
    cause: causeLabels[cause],
    order: cycleCauses.indexOf(cause),
    cycles: row.cycles[cause],
    total: row.cycles.total,
  };
}

function describeTotals(rows: readonly LayerCyclesItem[], designs: readonly string[]): string {
  const total = (design: string): number => rows.filter((row) => row.design === design).reduce((sum, row) => sum + row.cycles.total, 0);
  return designs.map((design) => `${design}: ${formatSI(total(design), 'cycles')} in all.`).join(' ');
}

interface FoldedLayers {
  readonly rows: readonly LayerCyclesItem[];
  /** Names in drawing order. */
  readonly layers: readonly string[];
  /** How many layers the last row stands for; 0 when every layer is shown. */
  readonly folded: number;
}

function foldSmallLayers(items: readonly LayerCyclesItem[]): FoldedLayers {
  const layers = [...new Set(items.map((item) => item.layer))];
  if (layers.length <= SHOWN_LAYERS + 1) return { rows: items, layers, folded: 0 };
  const cost = new Map<string, number>();
  for (const item of items) cost.set(item.layer, Math.max(cost.get(item.layer) ?? 0, item.cycles.total));
  const byCost = [...layers].sort((a, b) => (cost.get(b) ?? 0) - (cost.get(a) ?? 0) || layers.indexOf(a) - layers.indexOf(b));
  const kept = new Set(byCost.slice(0, SHOWN_LAYERS));
  const folded = layers.length - kept.size;
  const rest = `${folded} other layers`;
  const sums = new Map<string, LayerCyclesItem>();
  for (const item of items) {
    const layer = kept.has(item.layer) ? item.layer : rest;
    const key = `${item.design}\n${layer}`;
    sums.set(key, { design: item.design, layer, cycles: addCycles(sums.get(key)?.cycles, item.cycles) });
  }
  return { rows: [...sums.values()], layers: [...layers.filter((layer) => kept.has(layer)), rest], folded };
}

/** The sum of two rows, cause by cause. */
export function addCycles(sum: Cycles | undefined, more: Cycles): Cycles {
  if (sum === undefined) return more;
  const added = { ...sum, total: sum.total + more.total };
  for (const cause of cycleCauses) added[cause] = sum[cause] + more[cause];
  return added;
}
