/** The report before it is rendered: headline figures and sections of text, figures and tables, the same for page, markdown and terminal. */
import type { ChartSpec } from './charts/theme.js';
import type { Table } from './table.js';

/** A figure of a few words, e.g. `2.8x` and `faster than fp16`. */
export interface Headline {
  readonly value: string;
  readonly label: string;
}

export interface Figure {
  /** File name without ending; unique in the report. */
  readonly id: string;
  /** Text alternative: what a reader without the picture needs. */
  readonly alt: string;
  /** How to read it. */
  readonly caption: string;
  readonly spec: ChartSpec;
}

export interface ReportSection {
  readonly id: string;
  readonly title: string;
  readonly paragraphs: readonly string[];
  /** Remarks, as a list. */
  readonly notes?: readonly string[];
  readonly figures: readonly Figure[];
  readonly tables: readonly Table[];
  readonly sections: readonly ReportSection[];
}

export interface ReportModel {
  readonly title: string;
  readonly headlines: readonly Headline[];
  readonly sections: readonly ReportSection[];
  /** Versions of lowbit that made the results. */
  readonly versions: readonly string[];
}
