/** Text of a scheme file -> the scheme. */
import { LowbitError } from '../lowbit-error.js';
import { resolveScheme, schemeSchema, type SchemeConfig } from '../trace/scheme-config.js';
import { parseConfig } from './parse-config.js';

/** A scheme whose formats, quantizer and options exist and say how many bits a weight takes, for every model it names. */
export function readScheme(text: string, file: string): SchemeConfig {
  const scheme = parseConfig(text, file, schemeSchema);
  try {
    for (const model of ['', ...Object.keys(scheme.weight.bitsByModel ?? {})]) resolveScheme(scheme, model);
  } catch (error) {
    if (!(error instanceof LowbitError)) throw error;
    throw new LowbitError(error.what, { ...error.details, place: file });
  }
  return scheme;
}
