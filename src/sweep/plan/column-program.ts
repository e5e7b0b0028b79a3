/**
 * An expression over columns, compiled: units were checked and turned into factors when the sweep was read, what is left is arithmetic in postfix
 * order. It is plain data, so that workers need no expression parser, and it runs over whole columns.
 */
export type Operation =
  '+' | '-' | '*' | '/' | '^' | 'negate' | '<' | '<=' | '>' | '>=' | '==' | '!=' | 'and' | 'or' | 'xor' | 'not' | FunctionName;

/** Functions of one argument, and min and max of two. */
export type FunctionName = 'sqrt' | 'abs' | 'log2' | 'log10' | 'ln' | 'exp' | 'floor' | 'ceil' | 'min' | 'max';

export type Step =
  | { readonly column: string }
  /** A value of an axis as a number. */
  | { readonly axis: string }
  | { readonly number: number }
  | { readonly operation: Operation };

export interface ColumnProgram {
  readonly steps: readonly Step[];
  /** Columns and axes it reads, each once. */
  readonly columns: readonly string[];
  readonly axes: readonly string[];
}
