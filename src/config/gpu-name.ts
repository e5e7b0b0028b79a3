/** Whether hardware is a GPU, told before it is read as one. */
import { LowbitError } from '../lowbit-error.js';
import { readDocument } from './document.js';
import { catalogueNames, isFileName, readText, shownFile } from './files.js';

/** A file counts by its keys; one that cannot be read is for the caller to complain about. */
export function isGpu(nameOrFile: string): boolean {
  if (!isFileName(nameOrFile)) return catalogueNames('gpus').includes(nameOrFile);
  if (nameOrFile === '-' || !/\.(ya?ml|json)$/i.test(nameOrFile)) return false;
  try {
    const { value } = readDocument(readText(nameOrFile), shownFile(nameOrFile));
    return typeof value === 'object' && value !== null && Object.hasOwn(value, 'sms');
  } catch (error) {
    if (error instanceof LowbitError) return false;
    throw error;
  }
}
