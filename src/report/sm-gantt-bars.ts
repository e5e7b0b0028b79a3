/** Bars of one row of the Gantt picture: neighbours of one kind that are too narrow to tell apart become one. */
import type { TimelineEvent } from '../gpu/timeline/sm-timeline.js';

export interface Bar {
  readonly x: number;
  width: number;
  readonly fill: string;
  /** Stages that the bar stands for. */
  tiles: number;
  text: string;
  title: string;
  /** Whether text on it has to be light. */
  readonly dark: boolean;
}

/** Bars narrower than this melt into a neighbour of the same fill, in pixels. */
const narrow = 1.5;

function relativeLuminance(fill: string): number {
  const channel = (from: number): number => parseInt(fill.slice(from, from + 2), 16) / 255;
  return fill.startsWith('#') ? 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5) : 1;
}

const shareText = (share: number): string => (share === 1 ? '' : ` (${Number((share * 100).toPrecision(3))} %)`);

/** `events` of one slot in order of time; `frame` maps seconds to pixels. */
export function barsOf(
  events: readonly TimelineEvent[],
  frame: { left: number; scale: number },
  fillOf: (event: TimelineEvent) => string,
): Bar[] {
  const bars: Bar[] = [];
  for (const event of [...events].sort((a, b) => a.start_s - b.start_s)) {
    const x = frame.left + event.start_s * frame.scale;
    const width = (event.end_s - event.start_s) * frame.scale;
    const fill = fillOf(event);
    const last = bars.at(-1);
    if (last?.fill === fill && width < narrow && x - (last.x + last.width) < narrow) {
      last.width = x + width - last.x;
      last.tiles++;
      last.text = '';
      last.title = `${last.tiles} x ${event.stage}`;
      continue;
    }
    const text = event.stage === 'main' ? `${event.tile}${shareText(event.share)}` : '';
    const title = `tile ${event.tile}${shareText(event.share)}, ${event.stage}: ${Number((event.start_s * 1e6).toPrecision(6))} to ${Number((event.end_s * 1e6).toPrecision(6))} us`;
    bars.push({ x, width, fill, tiles: 1, text, title, dark: relativeLuminance(fill) < 0.4 });
  }
  return bars;
}
