/** Parameters of kernels that fits found, as a setup of a card holds them. */
import type { RegimeError } from './calibration/error-table.js';
import type { Parameters } from './calibration/parameter-spec.js';

/** What a fit found about a kernel on a card. */
export interface FittedParameters {
  /** Card that was measured. */
  readonly from: string;
  /** Kernel that was measured instead of this one. */
  readonly like?: string;
  readonly parameters: Parameters;
  readonly errors?: readonly RegimeError[];
}
