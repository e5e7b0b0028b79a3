/**
 * Labels of dots that do not overlap: heaviest dot first, right of it, then left, above, below; a label that finds no room is left out
 * (the tooltip and the table have it). Text width is an estimate, as no font is measured here.
 */
import { textWidth } from './text-width.js';

export interface LabelledDot {
  readonly text: string;
  /** Pixels from the left and from the top of the panel. */
  readonly x: number;
  readonly y: number;
  /** Importance; heavier dots are served first. */
  readonly weight: number;
  /** Of the dot, in pixels. */
  readonly radius: number;
}

export interface PlacedLabel {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly align: 'left' | 'right' | 'center';
}

/** Size of the drawing and what already stands in it. */
export interface LabelPanel {
  readonly width: number;
  readonly height: number;
  readonly occupied?: readonly Rectangle[];
}

export interface Rectangle {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const FONT_px = 11;

/** Labels inside the panel that touch neither each other nor another dot; dots with an empty text only take room. */
export function placeLabels(dots: readonly LabelledDot[], panel: LabelPanel): PlacedLabel[] {
  const order = dots.map((_, i) => i).sort((a, b) => (dots[b]?.weight ?? 0) - (dots[a]?.weight ?? 0) || a - b);
  const taken: Rectangle[] = [...dots.map((dot) => around(dot.x, dot.y, dot.radius, dot.radius)), ...(panel.occupied ?? [])];
  const placed: PlacedLabel[] = [];
  for (const index of order) {
    const dot = dots[index];
    if (dot === undefined || dot.text === '') continue;
    const others = taken.filter((_, i) => i !== index);
    const found = candidates(dot).find(({ box }) => inside(box, panel) && !others.some((other) => overlap(box, other)));
    if (found === undefined) continue;
    taken.push(found.box);
    placed.push(found.label);
  }
  return placed;
}

function candidates(dot: LabelledDot): { label: PlacedLabel; box: Rectangle }[] {
  const half = textWidth({ fontSize: FONT_px, fontWeight: 600 }, dot.text) / 2;
  const radius = dot.radius + 4;
  const at = (align: PlacedLabel['align'], x: number, y: number): { label: PlacedLabel; box: Rectangle } => {
    const centre = align === 'left' ? x + half : align === 'right' ? x - half : x;
    return { label: { text: dot.text, x: round(x), y: round(y), align }, box: around(centre, y, half, FONT_px * 0.62) };
  };
  return [
    at('left', dot.x + radius, dot.y),
    at('right', dot.x - radius, dot.y),
    at('center', dot.x, dot.y - radius - 7),
    at('center', dot.x, dot.y + radius + 7),
    at('left', dot.x + radius, dot.y - 12),
    at('left', dot.x + radius, dot.y + 12),
    at('right', dot.x - radius, dot.y - 12),
    at('right', dot.x - radius, dot.y + 12),
  ];
}

const around = (x: number, y: number, halfWidth: number, halfHeight: number): Rectangle => ({
  left: x - halfWidth,
  right: x + halfWidth,
  top: y - halfHeight,
  bottom: y + halfHeight,
});

const overlap = (a: Rectangle, b: Rectangle): boolean => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

const inside = (box: Rectangle, panel: LabelPanel): boolean =>
  box.left >= 0 && box.right <= panel.width && box.top >= 0 && box.bottom <= panel.height;

const round = (value: number): number => Math.round(value * 10) / 10;
