/** A table as text cells: built once from rows, rendered as markdown, HTML or aligned plain text. */
export interface Table {
  readonly caption: string;
  readonly columns: readonly { readonly title: string; readonly align: 'left' | 'right' }[];
  /** Cells in the order of the columns. */
  readonly rows: readonly (readonly string[])[];
  /** Long detail that a page folds away. */
  readonly collapsed?: boolean;
  /** Reference matter that belongs on a page and in a summary, not on a screen of results. */
  readonly reference?: boolean;
}

/** How one column is made; numbers stand to the right. */
export interface Column<Row> {
  readonly title: string;
  readonly align?: 'left' | 'right';
  readonly text: (row: Row) => string;
}

/** A table of `rows`; columns are left-aligned unless they say otherwise. */
export function tableOf<Row>(caption: string, columns: readonly Column<Row>[], rows: readonly Row[]): Table {
  return {
    caption,
    columns: columns.map((column) => ({ title: column.title, align: column.align ?? 'left' })),
    rows: rows.map((row) => columns.map((column) => column.text(row))),
  };
}
