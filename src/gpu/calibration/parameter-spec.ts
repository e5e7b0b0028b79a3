/** A physical parameter that a fit may move: name, range that is physically possible, and what it means. Fits and files outside the range are refused. */
export interface ParameterSpec {
  readonly name: string;
  readonly unit: string;
  readonly meaning: string;
  readonly low: number;
  readonly high: number;
  /** Value without a measurement, and where a fit starts. */
  readonly start: number;
  /** Searched on a logarithmic axis. */
  readonly logarithmic: boolean;
}

/** Values by parameter name. */
export type Parameters = Readonly<Record<string, number>>;
