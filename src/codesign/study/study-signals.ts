/** What rankings need beside errors and costs, as far as it follows from model and options. */
import { operandFormat } from '../../formats/index.js';
import type { DecoderModel } from '../../decoder/decoder-model.js';
import type { AllocationSignals } from '../allocation/allocation-problem.js';
import type { StudyItem } from './items.js';
import type { StudyOption } from './read-study.js';

export function studySignals(
  _model: DecoderModel,
  { options }: { readonly items: readonly StudyItem[]; readonly options: readonly StudyOption[] },
): AllocationSignals {
  return { codeBits: Float64Array.from(options, ({ format }) => operandFormat(format).payload_bitsPerElement) };
}
