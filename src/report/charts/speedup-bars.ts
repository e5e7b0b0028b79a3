/** Speed-up of every design over the first, grouped by workload. Claim: ratio of latencies, higher is better; the line at 1 is the first design. */
import { chart, guideInk, ink, lineAtComma, seriesScale, type ChartSpec } from './theme.js';

export interface SpeedupItem {
  readonly workload: string;
  readonly design: string;
  /** Latency of the first design over this one. */
  readonly speedup: number;
}

/** Grouped bars with the value over each. `designs` fixes order and colour; `title` states the finding. */
export function speedupBars(items: readonly SpeedupItem[], designs: readonly string[], title: string): ChartSpec {
  const shown = designs.filter((design) => items.some((item) => item.design === design));
  const workloads = new Set(items.map((item) => item.workload)).size;
  const step = Math.max(14, Math.min(46, Math.floor(800 / Math.max(1, workloads * shown.length + workloads))));
  const offset = { field: 'design', sort: shown };
  const x = {
    field: 'workload',
    type: 'nominal',
    sort: null,
    title: null,
    axis: {
      labelAngle: 0,
      labelExpr: lineAtComma,
      labelLimit: Math.max(90, step * shown.length + 20),
      labelFontSize: workloads > 6 ? 11 : 12,
      ticks: false,
      labelPadding: 8,
    },
    scale: { paddingInner: 0.25, paddingOuter: 0.15 },
  };
  return chart({
    title,
    subtitle: `latency of ${designs[0] ?? 'the first design'} over latency of each design; higher is faster`,
    description: `Bar chart of speed-up over ${designs[0] ?? 'the first design'}. ${items.map((i) => `${i.workload}, ${i.design}: ${i.speedup.toFixed(2)}x`).join('. ')}.`,
    body: {
      data: { values: items.map((item) => ({ ...item, label: `${item.speedup.toFixed(2)}x` })) },
      width: { step, for: 'offset' },
      height: 260,
      layer: [
        {
          mark: { type: 'bar', cornerRadiusTopLeft: 2, cornerRadiusTopRight: 2 },
          encoding: {
            x,
            xOffset: offset,
            y: { field: 'speedup', type: 'quantitative', title: 'speed-up (x)', scale: { nice: true } },
            color: { field: 'design', type: 'nominal', scale: seriesScaleOf(designs, shown), title: 'design', sort: shown },
            tooltip: [
              { field: 'workload', title: 'workload' },
              { field: 'design', title: 'design' },
              { field: 'speedup', title: 'speed-up', format: '.3f' },
            ],
          },
        },
        {
          mark: { type: 'text', dy: -7, fontSize: step < 28 ? 9 : 12, color: ink },
          encoding: { x, xOffset: offset, y: { field: 'speedup', type: 'quantitative' }, text: { field: 'label' } },
        },
        { mark: { type: 'rule', strokeDash: [4, 3], color: guideInk }, encoding: { y: { datum: 1 } } },
      ],
    },
  });
}

/** Colours follow the place in `all`, so that a design keeps its colour where others are missing. */
function seriesScaleOf(all: readonly string[], shown: readonly string[]): { domain: string[]; range: string[] } {
  const scale = seriesScale(all);
  return { domain: [...shown], range: shown.map((name) => scale.range[scale.domain.indexOf(name)] ?? guideInk) };
}
