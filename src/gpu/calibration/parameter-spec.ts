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

/** Ranges above 0 are searched on a logarithmic axis. */
export function parameterSpec(
  name: string,
  unit: string,
  [low, start, high]: readonly [low: number, start: number, high: number],
  meaning: string,
): ParameterSpec {
  return { name, unit, meaning, low, high, start, logarithmic: low > 0 };
}

/** Reads a value of `specs`: as given, or where it starts. What it returns throws on a name that does not exist. */
export function parameterReader(specs: readonly ParameterSpec[]): (parameters: Parameters, name: string) => number {
  const starts = new Map(specs.map(({ name, start }) => [name, start]));
  return (parameters, name) => {
    const start = starts.get(name);
    if (start === undefined) throw new Error(`no parameter ${name}; there are ${[...starts.keys()].join(', ')}`);
    return parameters[name] ?? start;
  };
}
