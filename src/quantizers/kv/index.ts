/** The quantizers of key-value caches by name: the table of contents of this folder. */
import { unknownName } from '../../lowbit-error.js';
import type { KvQuantizer } from './kv-quantizer.js';

/** Every cache quantizer by its name. */
export const kvQuantizers: Readonly<Record<string, KvQuantizer>> = Object.freeze({});

/** The cache quantizer of that name. Throws LowbitError for an unknown name, with the list. */
export function kvQuantizerNamed(name: string): KvQuantizer {
  const quantizer = Object.hasOwn(kvQuantizers, name) ? kvQuantizers[name] : undefined;
  if (quantizer === undefined) throw unknownName('cache quantizer', name, Object.keys(kvQuantizers));
  return quantizer;
}
