/** The quantizers of key-value caches by name: the table of contents of this folder. */
import type { KvQuantizer } from './kv-quantizer.js';

/** Every cache quantizer by its name. */
export const kvQuantizers: Readonly<Record<string, KvQuantizer>> = Object.freeze({});
