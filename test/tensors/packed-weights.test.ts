import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LowbitError } from '../../src/lowbit-error.js';
import { float16Bits, float16FromBits } from '../../src/numeric/float16.js';
import { seededRandom } from '../../src/numeric/random.js';
import { openWeights } from '../../src/tensors/weight-source.js';
import { safetensorsBytes } from './safetensors-bytes.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = temporaryFolder();

interface Part {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** A folder with the parts as model.safetensors, and configuration files beside it. */
function modelFolder(parts: Readonly<Record<string, Part>>, files: Readonly<Record<string, object>> = {}): string {
  const place = mkdtempSync(join(folder, 'packed-'));
  let end = 0;
  const header = Object.fromEntries(
    Object.entries(parts).map(([name, { dtype, shape, data }]) => {
      const begin = end;
      end += data.length;
      return [name, { dtype, shape, data_offsets: [begin, end] }];
    }),
  );
  writeFileSync(join(place, 'model.safetensors'), safetensorsBytes(header, Buffer.concat(Object.values(parts).map(({ data }) => data))));
  for (const [name, value] of Object.entries(files)) writeFileSync(join(place, name), JSON.stringify(value));
  return place;
}

const words = (shape: readonly number[], values: readonly number[]): Part => ({
  dtype: 'I32',
  shape,
  data: new Uint8Array(Uint32Array.from(values).buffer),
});
const halves = (shape: readonly number[], values: readonly number[]): Part => ({
  dtype: 'F16',
  shape,
  data: new Uint8Array(Uint16Array.from(values, float16Bits).buffer),
});

/** Bits of `values` one after the other as 32-bit words, by whole numbers of any length: slow, and no bit operations. */
function packedWords(values: readonly number[], bits: number): number[] {
  let stream = 0n;
  values.forEach((value, i) => (stream += BigInt(value) << BigInt(i * bits)));
  return Array.from({ length: (values.length * bits) / 32 }, (_, i) => Number((stream >> BigInt(32 * i)) & 0xffffffffn));
}

interface Sizes {
  readonly bits: number;
  readonly n: number;
  readonly k: number;
  readonly groups: number;
}

const { integer, uniform } = seededRandom(8);
const integers = (count: number, bound: number): number[] => Array.from({ length: count }, () => integer(bound));

/** Random codes [k, n], zeros and scales [groups, n], and the weights they stand for. */
function randomWeights({ bits, n, k, groups }: Sizes, groupOf: (channel: number) => number) {
  const codes = integers(k * n, 2 ** bits);
  const zeros = integers(groups * n, 2 ** bits);
  const scales = Array.from({ length: groups * n }, () => float16FromBits(float16Bits(0.01 + uniform())));
  const weights = Float32Array.from({ length: n * k }, (_, i) => {
    const [row, channel] = [Math.floor(i / k), i % k];
    const at = groupOf(channel) * n + row;
    return scales[at]! * (codes[channel * n + row]! - zeros[at]!);
  });
  return { codes, zeros, scales, weights };
}

type Random = ReturnType<typeof randomWeights>;

function gptqParts(
  { bits, n, k, groups }: Sizes,
  { codes, zeros, scales }: Random,
  storedZero: (zero: number) => number,
): Record<string, Part> {
  const columns = Array.from({ length: n }, (_, c) =>
    packedWords(
      codes.filter((_code, i) => i % n === c),
      bits,
    ),
  );
  const rows = (k * bits) / 32;
  const qweight = Array.from({ length: rows * n }, (_, i) => columns[i % n]![Math.floor(i / n)]!);
  const qzeros = Array.from({ length: groups }, (_, g) => packedWords(zeros.slice(g * n, (g + 1) * n).map(storedZero), bits)).flat();
  return {
    'a.qweight': words([rows, n], qweight),
    'a.qzeros': words([groups, (n * bits) / 32], qzeros),
    'a.scales': halves([groups, n], scales),
    'a.bias': halves(
      [n],
      Array.from({ length: n }, (_, i) => i),
    ),
  };
}

describe.each([2, 3, 4, 8])('a GPTQ weight of %d bits', (bits) => {
  const sizes = { bits, n: 32, k: 64, groups: 4 };
  const random = randomWeights(sizes, (channel) => Math.floor(channel / 16));

  it('is read as the matrix it stands for, zeros stored one too low', async () => {
    const source = await openWeights(modelFolder(gptqParts(sizes, random, (zero) => (zero + 2 ** bits - 1) % 2 ** bits)));
    expect(source.tensors.map(({ name, dtype }) => [name, dtype])).toEqual([
      ['a.weight', `gptq-int${bits}-g16`],
      ['a.bias', 'F16'],
    ]);
    expect(source.tensors[0]).toMatchObject({ shape: [32, 64], role: 'linear', storedBits: bits + (16 + bits) / 16 });
    const { rows, cols, data } = await source.readMatrix('a.weight');
    expect([rows, cols]).toEqual([32, 64]);
    expect(data).toEqual(random.weights);
    expect((await source.readFloats('a.bias'))[3]).toBe(3);
    await source.close();
  });

  it('of version 2 has its zeros as they are, said by either configuration file', async () => {
    const parts = gptqParts(sizes, random, (zero) => zero);
    for (const files of [
      { 'config.json': { quantization_config: { checkpoint_format: 'gptq_v2' } } },
      { 'config.json': {}, 'quantize_config.json': { checkpoint_format: 'gptq_v2' } },
    ]) {
      const source = await openWeights(modelFolder(parts, files));
      expect(await source.readFloats('a.weight')).toEqual(random.weights);
      await source.close();
    }
  });
});

describe('a GPTQ weight with an order of its own', () => {
  const sizes = { bits: 4, n: 8, k: 24, groups: 3 };
  const order = Array.from({ length: 24 }, (_, channel) => (channel * 7) % 3);
  const random = randomWeights(sizes, (channel) => order[channel]!);
  const parts = { ...gptqParts(sizes, random, (zero) => (zero + 15) % 16), 'a.g_idx': words([24], order) };

  it('takes the group of each channel from g_idx, which counts in the bits', async () => {
    const source = await openWeights(modelFolder(parts));
    expect(source.tensors.map(({ name }) => name)).toEqual(['a.weight', 'a.bias']);
    expect(source.tensors[0]!.storedBits).toBe(4 + (20 * 3) / 24 + 32 / 8);
    expect(await source.readFloats('a.weight')).toEqual(random.weights);
    await source.close();
  });

  it('is refused when g_idx names a group that is not there', async () => {
    const source = await openWeights(modelFolder({ ...parts, 'a.g_idx': words([24], order.with(5, 3)) }));
    await expect(source.readFloats('a.weight')).rejects.toThrow(/g_idx names a group that is not there, of 3: 3 at 5/);
    await source.close();
  });
});

describe('an AWQ weight', () => {
  const sizes = { bits: 4, n: 16, k: 12, groups: 2 };
  const random = randomWeights(sizes, (channel) => Math.floor(channel / 6));
  /** Place i of a word, from the lowest bits up, is this column. */
  const order = [0, 2, 4, 6, 1, 3, 5, 7];
  const packedRows = (values: readonly number[]): number[] =>
    Array.from(
      { length: values.length / 8 },
      (_, word) =>
        packedWords(
          order.map((column) => values[word * 8 + column]!),
          4,
        )[0]!,
    );
  const parts = {
    'a.qweight': words([12, 2], packedRows(random.codes)),
    'a.qzeros': words([2, 2], packedRows(random.zeros)),
    'a.scales': halves([2, 16], random.scales),
  };

  it('is read as the matrix it stands for, columns of a word put back in order', async () => {
    const source = await openWeights(modelFolder(parts));
    expect(source.tensors).toHaveLength(1);
    expect(source.tensors[0]).toMatchObject({
      name: 'a.weight',
      dtype: 'awq-int4-g6',
      shape: [16, 12],
      storedBits: (12 * 16 * 4 + 2 * 16 * 20) / (12 * 16),
    });
    expect(await source.readFloats('a.weight')).toEqual(random.weights);
    await source.close();
  });

  it('has its columns in the published order: word 0x76543210 holds columns 0, 2, 4, 6, 1, 3, 5, 7', async () => {
    const one = {
      'a.qweight': words([1, 1], [0x76543210]),
      'a.qzeros': words([1, 1], [0]),
      'a.scales': halves([1, 8], [1, 1, 1, 1, 1, 1, 1, 1]),
    };
    const source = await openWeights(modelFolder(one));
    expect([...(await source.readFloats('a.weight'))]).toEqual([0, 4, 1, 5, 2, 6, 3, 7]);
    await source.close();
  });
});

describe('faulty packed weights', () => {
  const sizes = { bits: 4, n: 8, k: 16, groups: 2 };
  const parts = gptqParts(
    sizes,
    randomWeights(sizes, (channel) => Math.floor(channel / 8)),
    (zero) => zero,
  );
  const without = (name: string): Record<string, Part> => Object.fromEntries(Object.entries(parts).filter(([key]) => key !== name));

  it.each<[string, Record<string, Part>, RegExp]>([
    ['no zeros', without('a.qzeros'), /a packed weight lacks its qzeros \(.*tensor a\.qweight\)/],
    ['no scales', without('a.scales'), /a packed weight lacks its scales/],
    [
      'scales of other groups',
      { ...parts, 'a.scales': halves([3, 8], integers(24, 4)) },
      /parts of a packed weight do not go together: qweight \[2, 8\]/,
    ],
    ['scales of other rows', { ...parts, 'a.scales': halves([2, 9], integers(18, 4)) }, /do not go together/],
    ['zeros of other width', { ...parts, 'a.qzeros': words([2, 3], [0, 0, 0, 0, 0, 0]) }, /do not go together/],
    ['g_idx of other length', { ...parts, 'a.g_idx': words([15], Array<number>(15).fill(0)) }, /do not go together.*g_idx \[15\]/],
    ['floats for codes', { ...parts, 'a.qweight': halves([2, 8], integers(16, 4)) }, /qweight of a packed weight has another type: F16/],
    ['both', { ...parts, 'a.weight': halves([8, 16], integers(128, 4)) }, /holds a weight both packed and plain: a\.weight/],
  ])('are refused with what is wrong (%s)', async (_, faulty, message) => {
    const attempt = openWeights(modelFolder(faulty));
    await expect(attempt).rejects.toThrow(LowbitError);
    await expect(attempt).rejects.toThrow(message);
  });

  it('are refused when another packing is declared', async () => {
    const place = modelFolder(parts, { 'quantize_config.json': { checkpoint_format: 'marlin' } });
    await expect(openWeights(place)).rejects.toThrow(/packing of quantized weights is not read: checkpoint_format marlin/);
  });
});
