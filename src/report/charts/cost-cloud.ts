/**
 * What lies behind the dots of a panel, as a raster: candidates counted in square cells of a few pixels, each cell that holds some a mark in one of three greys. Thousands of
 * candidates take some hundred marks, none is left out. The cells of all panels together are at most `MOST_CELLS`: what spreads farther gets wider cells.
 */
import { guideInk } from './theme.js';

/** A candidate as a panel sees it, in shares of its width and, from above, its height. */
export interface CloudPlace {
  readonly x: number;
  readonly y: number;
}

interface Frame {
  readonly width: number;
  readonly height: number;
}

export interface CloudCell {
  /** Of the middle, in pixels. */
  readonly x: number;
  readonly y: number;
  readonly count: number;
}

/** About 150 kB of page. */
const MOST_CELLS = 1000;
const cellSizes = [4, 5, 6, 8, 10, 14] as const;
/** Candidates from which on a cell is of the second and third grey. */
export const greySteps = [2, 6] as const;
const opacities = [0.25, 0.5, 0.85] as const;

export interface Cloud {
  readonly cell_px: number;
  /** A list of cells for each panel. */
  readonly panels: readonly (readonly CloudCell[])[];
}

/** The finest cells that keep all panels together small. */
export function cloudOf(panels: readonly (readonly CloudPlace[])[], frame: Frame): Cloud {
  const made = (cell_px: number): Cloud => ({ cell_px, panels: panels.map((places) => cellsOf(places, frame, cell_px)) });
  const small = ({ panels: cells }: Cloud): boolean => cells.reduce((sum, own) => sum + own.length, 0) <= MOST_CELLS;
  return cellSizes.map(made).find(small) ?? made(cellSizes.at(-1)!);
}

/** @internal */
export function cellsOf(places: readonly CloudPlace[], { width, height }: Frame, cell_px: number): CloudCell[] {
  const columns = Math.ceil(width / cell_px);
  const counts = new Map<number, number>();
  for (const { x, y } of places) {
    const at = Math.floor((y * height) / cell_px) * columns + Math.min(columns - 1, Math.floor((x * width) / cell_px));
    counts.set(at, (counts.get(at) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([at, count]) => ({ x: ((at % columns) + 0.5) * cell_px, y: (Math.floor(at / columns) + 0.5) * cell_px, count }));
}

/** Opacity of a cell. */
export const greyOf = (count: number): number => opacities[greySteps.filter((least) => count >= least).length] ?? 1;

/** The layer of a panel, under all others; none where nothing is there. */
export function cloudLayer(
  values: readonly object[],
  cell_px: number,
  place: Readonly<Record<'x' | 'y', object>>,
): Record<string, unknown>[] {
  if (values.length === 0) return [];
  const opacity = { field: 'grey', type: 'quantitative', scale: null, legend: null };
  return [{ data: { values }, mark: { type: 'square', size: cell_px ** 2, color: guideInk }, encoding: { ...place, opacity } }];
}
