/** What to tell of Hessians that stand on too little: fewer tokens than inputs, and damping that had to be raised. */

/** A matrix whose quantizer factored the Hessian of its inputs. */
export interface FactoredMatrix {
  readonly name: string;
  readonly inputs: number;
  /** Tokens behind the Hessian. */
  readonly tokens: number;
  /** Where more damping was needed than asked for. */
  readonly dampingUsed?: number;
}

/** A Hessian of T tokens has rank T at most: with fewer than inputs it is singular, and only its damping makes it definite. */
export function hessianNotes(matrices: readonly FactoredMatrix[]): string[] {
  const short = matrices.filter(({ inputs, tokens }) => tokens < inputs);
  const raised = matrices.filter(({ dampingUsed }) => dampingUsed !== undefined);
  const of = (some: readonly FactoredMatrix[]): string => `${some.length} of ${matrices.length} matrices, the first ${some[0]?.name ?? ''}`;
  const most = Math.max(...raised.map(({ dampingUsed = 0 }) => dampingUsed));
  return [
    ...short.slice(0, 1).map(({ tokens, inputs }) => {
      const why = 'their Hessians are singular, and only damping makes them definite';
      return `fewer calibration tokens than inputs (${tokens} of ${inputs}) at ${of(short)}: ${why}; a longer calibration text helps`;
    }),
    ...raised
      .slice(0, 1)
      .map(() => `damping was raised to ${most} at most, at ${of(raised)}: with less their Hessians could not be factored`),
  ];
}
