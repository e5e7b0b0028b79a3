/** Charts as SVG text, without a browser or a canvas. vega and vega-lite are loaded on first use. */
import type { TopLevelSpec } from 'vega-lite';
import { chartLibraries } from './browser-builds.js';
import type { ChartSpec } from './charts/theme.js';
import { textWidth, type StyledText } from './charts/text-width.js';

/** The part of vega that measures text; its types leave it out. */
interface TextMetrics {
  width: (style: StyledText, text: string | number | null | undefined) => number;
}

/**
 * The picture of a specification. Identifiers inside it (clip paths, gradients) start with `id`, so that several pictures can stand in one page;
 * the same specification gives the same bytes.
 */
export async function renderSvg(spec: ChartSpec, id: string): Promise<string> {
  const { vega, vegaLite } = chartLibraries();
  const compiled = vegaLite.compile(spec as unknown as TopLevelSpec).spec;
  vega.resetSVGDefIds();
  // vega's own estimate without a canvas (0.8 em for every character) leaves room for half as much text again.
  (vega as unknown as { textMetrics: TextMetrics }).textMetrics.width = (style, text) =>
    textWidth(style, text === null || text === undefined ? '' : text.toString());
  const view = new vega.View(vega.parse(compiled), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return svg.replace(/\bid="(clip|gradient_|pattern_)/g, `id="${id}-$1`).replace(/url\(#(clip|gradient_|pattern_)/g, `url(#${id}-$1`);
}
