/**
 * Width of text without a font to measure: classes of characters in em, after the widths of DejaVu Sans, the widest of the fonts the charts name.
 * Left out: kerning, and scripts other than Latin, which count as one em a character.
 */
export interface StyledText {
  readonly fontSize?: number;
  readonly fontWeight?: string | number;
  /** Text is cut to this many pixels. */
  readonly limit?: number;
}

const classes: readonly (readonly [RegExp, number])[] = [
  [/[ijl.,:;'|!]/, 0.31],
  [/[frt()[\]/ -]/, 0.39],
  [/[mwMW%@+=<>~]/, 0.87],
  [/[A-Z]/, 0.69],
  [/[ -~]/, 0.62],
];

/** Pixels of one line of text; bold is an eighth wider. */
export function textWidth(style: StyledText, text: string): number {
  const em = Array.from(text).reduce((sum, character) => sum + (classes.find(([pattern]) => pattern.test(character))?.[1] ?? 1), 0);
  const bold = style.fontWeight === 'bold' || Number(style.fontWeight) >= 600;
  const width = Math.ceil(em * (style.fontSize ?? 11) * (bold ? 1.125 : 1));
  return style.limit !== undefined && style.limit > 0 ? Math.min(width, style.limit) : width;
}
