/** What an item of a study may take: a format of its weights, and of its inputs where the option says one, as entries of a scheme. */
import type { OperandEntry, WeightEntry } from '../../trace/scheme-entries.js';

export interface StudyOption {
  readonly name: string;
  readonly format: string;
  readonly weight: WeightEntry;
  /** Of the inputs of the item; undefined: that of the scheme. */
  readonly activation?: OperandEntry;
}
