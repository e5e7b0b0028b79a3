/**
 * Key of a result by its content: the first 128 bits of SHA-256 over the text of the machine and the text of the layer. Two different texts
 * share a key with probability 2^-128 for each pair; nothing else tells results apart.
 */
import { createHash } from 'node:crypto';

/** Words of a key. */
export const KEY_WORDS = 4;

/** Keys of the layers of one machine, whose text is hashed once. The array is the same for every call. */
export function layerKeys(machineText: string): (layerText: string) => Int32Array {
  // The length keeps the end of one text and the beginning of the other apart.
  const machine = createHash('sha256').update(`${machineText.length} ${machineText} `);
  const key = new Int32Array(KEY_WORDS);
  return (layerText) => {
    const digest = machine.copy().update(layerText).digest();
    for (let i = 0; i < KEY_WORDS; i++) key[i] = digest.readInt32LE(4 * i);
    return key;
  };
}
