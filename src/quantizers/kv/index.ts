/** The quantizers of key-value caches by name: the table of contents of this folder. */
import { unknownName } from '../../lowbit-error.js';
import { cometKv4 } from './comet-kv4.js';
import { kivi } from './kivi.js';
import type { KvQuantizer } from './kv-quantizer.js';
import { perChannel } from './per-channel.js';
import { perToken } from './per-token.js';
import { qoqKv4 } from './qoq-kv4.js';
import { rotateKv } from './rotatekv.js';

/** Every cache quantizer by its name. */
export const kvQuantizers: Readonly<Record<string, KvQuantizer>> = Object.freeze({
  'per-token': perToken,
  'per-channel': perChannel,
  kivi,
  'qoq-kv4': qoqKv4,
  'comet-kv4': cometKv4,
  rotatekv: rotateKv,
});

/** The cache quantizer of that name. Throws LowbitError for an unknown name, with the list. */
export function kvQuantizerNamed(name: string): KvQuantizer {
  const quantizer = Object.hasOwn(kvQuantizers, name) ? kvQuantizers[name] : undefined;
  if (quantizer === undefined) throw unknownName('cache quantizer', name, Object.keys(kvQuantizers));
  return quantizer;
}
