/**
 * A sharded safetensors model of 4 GB for the benchmark: BF16, the matrices of nine layers of Llama-2-7B with embedding and head, in five shards with their
 * index. Values are one block of seeded numbers around zero (mulberry32, mean of two uniforms), each tensor from another place of it.
 */
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [hidden, wide, vocabulary, layers, shards] = [4096, 11008, 32000, 9, 5];

/**
 * Writes the model to a folder of temporary files, has it quantized to a file of 4-bit codes, and deletes both.
 * @template Run
 * @param {(args: string[]) => Run} lowbit runs the command line with these words
 * @returns {Run & { bytes: number }}
 */
export function quantizeBigModel(lowbit) {
  const folder = mkdtempSync(join(tmpdir(), 'lowbit-big-'));
  try {
    const bytes = writeBigModel(folder);
    const codes = join(folder, 'codes', 'codes.safetensors');
    mkdirSync(join(folder, 'codes'));
    return {
      ...lowbit(['quantize', folder, '--quantizer', 'rtn', '--option', 'bits=4', '--option', 'group=128', '--codes', codes]),
      bytes,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Writes the model into a folder; its bytes. */
function writeBigModel(/** @type {string} */ folder) {
  const names = tensorShapes();
  const block = valueBlock();
  const perShard = Math.ceil(names.length / shards);
  /** @type {Record<string, string>} */
  const places = {};
  let bytes = 0;
  for (let shard = 0; shard < shards; shard++) {
    const file = `model-${String(shard + 1).padStart(5, '0')}-of-${String(shards).padStart(5, '0')}.safetensors`;
    const tensors = names.slice(shard * perShard, (shard + 1) * perShard);
    for (const { name } of tensors) places[name] = file;
    bytes += writeShard(join(folder, file), tensors, block);
  }
  writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify({ metadata: { total_size: bytes }, weight_map: places }));
  return bytes;
}

/** @returns {{ name: string, shape: [number, number] }[]} */
function tensorShapes() {
  const layer = (/** @type {number} */ i) => {
    const at = `model.layers.${i}`;
    return [
      ...['q', 'k', 'v', 'o'].map((part) => ({ name: `${at}.self_attn.${part}_proj.weight`, shape: pair(hidden, hidden) })),
      ...['gate', 'up'].map((part) => ({ name: `${at}.mlp.${part}_proj.weight`, shape: pair(wide, hidden) })),
      { name: `${at}.mlp.down_proj.weight`, shape: pair(hidden, wide) },
    ];
  };
  return [
    { name: 'model.embed_tokens.weight', shape: pair(vocabulary, hidden) },
    ...Array.from({ length: layers }, (_, i) => layer(i)).flat(),
    { name: 'lm_head.weight', shape: pair(vocabulary, hidden) },
  ];
}

/** @returns {[number, number]} */
const pair = (/** @type {number} */ rows, /** @type {number} */ cols) => [rows, cols];

/** BF16 values: the upper halves of float32 numbers. */
function valueBlock() {
  let state = 1;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const floats = Float32Array.from({ length: 2 ** 22 }, () => 0.05 * (uniform() + uniform() - 1));
  const words = new Uint32Array(floats.buffer);
  return new Uint8Array(Uint16Array.from(words, (word) => word >>> 16).buffer);
}

function writeShard(
  /** @type {string} */ path,
  /** @type {{ name: string, shape: number[] }[]} */ tensors,
  /** @type {Uint8Array} */ block,
) {
  let end = 0;
  const entries = tensors.map(({ name, shape }) => {
    const begin = end;
    end += 2 * shape.reduce((product, size) => product * size, 1);
    return [name, { dtype: 'BF16', shape, data_offsets: [begin, end] }];
  });
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)).padEnd(2 ** 16, ' '));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const file = openSync(path, 'w');
  writeSync(file, length);
  writeSync(file, header);
  for (let done = 0; done < end;) done += writeSync(file, block, 0, Math.min(block.length, end - done));
  closeSync(file);
  return end;
}
