/** Labels at fixed pixels as layers of a chart; each is drawn twice, first as a white halo, so that lines and dots do not strike it through. */
import type { PlacedLabel } from './label-placement.js';
import { ink } from './theme.js';

/** How the text looks. */
export interface LabelStyle {
  readonly fontSize: number;
  readonly fontWeight?: number;
}

/** Two layers per label. */
export function haloLabels(labels: readonly PlacedLabel[], style: LabelStyle): Record<string, unknown>[] {
  const mark = (label: PlacedLabel, paint: Readonly<Record<string, string | number>>): Record<string, unknown> => ({
    data: { values: [{ label: label.text }] },
    mark: { type: 'text', ...style, align: label.align, baseline: 'middle', x: label.x, y: label.y, tooltip: null, ...paint },
    encoding: { text: { field: 'label' } },
  });
  return labels.flatMap((label) => [mark(label, { stroke: '#ffffff', strokeWidth: 3 }), mark(label, { color: ink })]);
}
