import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LowbitError } from '../../src/lowbit-error.js';
import { openWeights } from '../../src/tensors/weight-source.js';
import { entry, safetensorsBytes } from './safetensors-bytes.js';
import { temporaryFolder } from './temporary-folder.js';

const root = temporaryFolder();
let count = 0;

function shard(name: string, values: readonly number[]): Buffer {
  const data = new Uint8Array(Float32Array.from(values).buffer);
  return safetensorsBytes({ [name]: entry('F32', [2, values.length / 2], 0, data.length) }, data);
}

/** A folder with two shards and the given index. */
function modelFolder(
  weightMap: unknown = { a: 'one.safetensors', b: 'two.safetensors' },
  indexName = 'model.safetensors.index.json',
): string {
  const folder = join(root, `m${count++}`);
  mkdirSync(folder);
  writeFileSync(join(folder, 'one.safetensors'), shard('a', [1, 2, 3, 4]));
  writeFileSync(join(folder, 'two.safetensors'), shard('b', [5, 6]));
  writeFileSync(join(folder, indexName), JSON.stringify({ metadata: { total_size: 24 }, weight_map: weightMap }));
  return folder;
}

describe('a model in shards', () => {
  it.each(['', 'model.safetensors.index.json'])('is opened by its folder and by its index alike (%s)', async (name) => {
    const source = await openWeights(join(modelFolder(), name));
    expect(source.tensors.map((tensor) => tensor.name)).toEqual(['a', 'b']);
    expect([...(await source.readMatrix('b')).data]).toEqual([5, 6]);
    expect([...(await source.readMatrix('a')).data]).toEqual([1, 2, 3, 4]);
    await source.close();
  });

  it.each([
    [
      'a missing shard',
      { a: 'one.safetensors', c: 'three.safetensors' },
      /shard three\.safetensors is missing.*needed by tensor c.*fetch all files/,
    ],
    ['a tensor that its shard lacks', { a: 'one.safetensors', c: 'two.safetensors' }, /tensor c lies in two\.safetensors, but it does not/],
    ['a path instead of a name', { a: '../one.safetensors' }, /plain name of a file beside the index: "\.\.\/one/],
    ['an absolute path', { a: '/etc/passwd' }, /plain name of a file/],
    ['the parent folder', { a: '..' }, /plain name of a file/],
    ['a number for a name', { a: 3 }, /plain name of a file/],
    ['no weight map', undefined, /has no weight_map object/],
    ['a list for a weight map', [], /has no weight_map object/],
  ])('is refused with %s', async (_, weightMap, message) => {
    const folder = modelFolder(weightMap ?? null);
    await expect(openWeights(folder)).rejects.toThrow(LowbitError);
    await expect(openWeights(folder)).rejects.toThrow(message);
  });

  it('is refused when the index names a tensor twice', async () => {
    const folder = modelFolder();
    const index = join(folder, 'model.safetensors.index.json');
    writeFileSync(index, '{"weight_map":{"a":"one.safetensors","a":"two.safetensors"}}');
    await expect(openWeights(index)).rejects.toThrow(/duplicate key: a/);
  });

  it('is refused when the index is cut off anywhere', async () => {
    const folder = modelFolder();
    const index = join(folder, 'model.safetensors.index.json');
    const whole = readFileSync(index);
    for (let length = 0; length < whole.length; length++) {
      writeFileSync(index, whole.subarray(0, length));
      await expect(openWeights(folder)).rejects.toThrow(LowbitError);
    }
  });

  it('names the damaged shard', async () => {
    const folder = modelFolder();
    writeFileSync(join(folder, 'two.safetensors'), 'x');
    await expect(openWeights(folder)).rejects.toThrow(/two\.safetensors/);
  });
});

describe('a folder', () => {
  it('with one safetensors file needs no index', async () => {
    const folder = join(root, `m${count++}`);
    mkdirSync(folder);
    writeFileSync(join(folder, 'weights.safetensors'), shard('a', [1, 2]));
    const source = await openWeights(folder);
    expect(source.tensors.map((tensor) => tensor.name)).toEqual(['a']);
    await source.close();
  });

  it('with several files and no index is refused with the list of them', async () => {
    const folder = modelFolder({}, 'other.json');
    await expect(openWeights(folder)).rejects.toThrow(/several weight files and no index.*one\.safetensors, two\.safetensors/);
  });

  it('without weights is refused', async () => {
    const folder = join(root, `m${count++}`);
    mkdirSync(folder);
    await expect(openWeights(folder)).rejects.toThrow(/no weights in the folder/);
  });
});
