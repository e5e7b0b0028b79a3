/** Refusal of tensors whose rows do not divide into the blocks of a format that has only whole blocks (MX, NVFP4). */
import { LowbitError } from '../lowbit-error.js';

/** The refusal, naming the multiple, when K is not one. */
export function blockRefusal(cols: number, block: number, format: string): LowbitError | undefined {
  if (cols % block === 0) return undefined;
  return new LowbitError(`rows of ${cols} elements do not divide into ${format} blocks`, {
    remedy: `the number of columns must be a multiple of ${block}`,
  });
}
