/** What a model is, for the hash of a result: SHA-256 over its weights in the order of the layers, and its shape. */
import { createHash, type Hash } from 'node:crypto';
import { groupsOfLayer, type DecoderModel } from '../../decoder/decoder-model.js';

export function modelDigest(model: DecoderModel): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([model.vocabulary, model.hidden, model.context, model.layers.length]));
  add(hash, model.embedding.data);
  add(hash, model.head.data);
  for (const layer of model.layers) {
    add(hash, layer.attentionNorm.gain);
    add(hash, layer.feedForwardNorm.gain);
    for (const group of groupsOfLayer(layer)) for (const { weight } of group.products) add(hash, weight.data);
  }
  return hash.digest('hex');
}

function add(hash: Hash, { buffer, byteOffset, byteLength }: Float32Array): void {
  hash.update(new Uint8Array(buffer, byteOffset, byteLength));
}
