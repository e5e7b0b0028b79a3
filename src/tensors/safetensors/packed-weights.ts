/**
 * Packed GPTQ and AWQ weights of safetensors files as the matrices they stand for: X.qweight, X.qzeros, X.scales and X.g_idx become X.weight.
 * Layouts: packed-layout.ts. The convention of GPTQ's zeros is read from `checkpoint_format` in config.json (quantization_config) or
 * quantize_config.json beside the file, version 1 where neither says. storedBits counts all parts as they lie in the file.
 */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LowbitError } from '../../lowbit-error.js';
import { fileError } from '../file-error.js';
import type { StoredTensors, TensorInfo } from '../stored-tensors.js';
import type { SafetensorsEntry } from './header.js';
import { isJsonObject, parseJsonStrict } from './json-strict.js';
import { groupLength, packedLayout, unpackWeights, type PackedLayout } from './packed-layout.js';
import type { SafetensorsFile } from './reader.js';

const ENDING = '.qweight';

interface Packed {
  readonly layout: PackedLayout;
  readonly qweight: SafetensorsEntry;
  readonly qzeros: SafetensorsEntry;
  readonly scales: SafetensorsEntry;
  readonly groupIndex?: SafetensorsEntry;
}

/** The list with a matrix X.weight in place of each packed one. Throws LowbitError for parts that are missing or do not go together. */
export async function withPackedWeights(file: SafetensorsFile, plain: StoredTensors): Promise<StoredTensors> {
  const entries = new Map(file.entries.map((entry) => [entry.name, entry]));
  const packed = new Map<string, Packed>();
  const hidden = new Set<string>();
  for (const { name } of file.entries) {
    if (!name.endsWith(ENDING)) continue;
    const found = packedParts(name.slice(0, -ENDING.length), entries, file.path);
    packed.set(name, found);
    for (const part of [found.qzeros, found.scales, ...(found.groupIndex === undefined ? [] : [found.groupIndex])]) hidden.add(part.name);
  }
  const format = await checkpointFormat(dirname(file.path));
  const byName = new Map([...packed].map(([name, found]) => [weightName(name), found]));
  return {
    ...plain,
    tensors: plain.tensors.flatMap((tensor) => {
      const found = packed.get(tensor.name);
      if (found !== undefined) return [infoOf(weightName(tensor.name), found)];
      return hidden.has(tensor.name) ? [] : [tensor];
    }),
    readFloats(name) {
      const found = byName.get(name);
      return found === undefined ? plain.readFloats(name) : readPacked(file, name, found, format === 'gptq_v2' ? 0 : 1);
    },
  };
}

function weightName(qweight: string): string {
  return `${qweight.slice(0, -ENDING.length)}.weight`;
}

function packedParts(prefix: string, entries: ReadonlyMap<string, SafetensorsEntry>, path: string): Packed {
  const place = `${path}, tensor ${prefix}${ENDING}`;
  const part = (ending: string, types: readonly string[]): SafetensorsEntry => {
    const entry = entries.get(`${prefix}.${ending}`);
    if (entry === undefined) throw new LowbitError(`a packed weight lacks its ${ending}`, { place, remedy: 'fetch the model again' });
    if (!types.includes(entry.dtype))
      throw new LowbitError(`${ending} of a packed weight has another type`, { value: entry.dtype, place, allowed: types });
    return entry;
  };
  if (entries.has(`${prefix}.weight`))
    throw new LowbitError('the file holds a weight both packed and plain', { value: `${prefix}.weight`, place });
  const [qweight, qzeros] = [part('qweight', ['I32', 'U32']), part('qzeros', ['I32', 'U32'])];
  const scales = part('scales', ['F16', 'BF16', 'F32']);
  const groupIndex = entries.has(`${prefix}.g_idx`) ? part('g_idx', ['I32']) : undefined;
  const channels = groupIndex?.shape[0];
  const shapes = { qweight: qweight.shape, qzeros: qzeros.shape, scales: scales.shape, ...(channels === undefined ? {} : { channels }) };
  return { layout: packedLayout(shapes, place), qweight, qzeros, scales, ...(groupIndex === undefined ? {} : { groupIndex }) };
}

function infoOf(name: string, { layout, qweight, qzeros, scales, groupIndex }: Packed): TensorInfo {
  const { method, bits, n, k } = layout;
  const parts = [qweight, qzeros, scales, ...(groupIndex === undefined ? [] : [groupIndex])];
  return {
    name,
    shape: [n, k],
    dtype: `${method}-int${bits}-g${groupLength(layout)}`,
    storedBits: parts.reduce((sum, { begin, end }) => sum + 8 * (end - begin), 0) / (n * k),
    role: 'linear',
    transposed: false,
    layout: { blocks: 1, n, k, transposed: false },
  };
}

async function readPacked(file: SafetensorsFile, name: string, packed: Packed, gptqOffset: number): Promise<Float32Array> {
  const { layout, groupIndex } = packed;
  const length = groupLength(layout);
  const index =
    groupIndex === undefined ? undefined : groupNumbers(await file.readBytes(groupIndex), layout.groups, `${file.path}, tensor ${name}`);
  return unpackWeights(layout, {
    qweight: await file.readBytes(packed.qweight),
    qzeros: await file.readBytes(packed.qzeros),
    scales: await file.readFloats(packed.scales),
    groupOf: index === undefined ? (channel) => Math.floor(channel / length) : (channel) => index[channel]!,
    zeroOffset: layout.method === 'gptq' ? gptqOffset : 0,
  });
}

function groupNumbers(bytes: Uint8Array, groups: number, place: string): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const index = Int32Array.from({ length: bytes.length / 4 }, (_, i) => view.getInt32(4 * i, true));
  const wrong = index.findIndex((group) => group < 0 || group >= groups);
  if (wrong < 0) return index;
  throw new LowbitError(`g_idx names a group that is not there, of ${groups}`, { value: `${index[wrong]} at ${wrong}`, place });
}

/** How the zeros are stored; undefined when no file beside the weights says. */
async function checkpointFormat(folder: string): Promise<string | undefined> {
  const main = await jsonBeside(folder, 'config.json');
  const inMain = main?.['quantization_config'];
  const settings = isJsonObject(inMain) ? inMain : await jsonBeside(folder, 'quantize_config.json');
  const format = settings?.['checkpoint_format'];
  if (typeof format !== 'string' || ['gptq', 'gptq_v2', 'gemm'].includes(format)) return typeof format === 'string' ? format : undefined;
  throw new LowbitError('this packing of quantized weights is not read', {
    value: `checkpoint_format ${format}`,
    place: folder,
    allowed: ['gptq', 'gptq_v2'],
    remedy: 'convert the checkpoint to one of these',
  });
}

async function jsonBeside(folder: string, name: string): Promise<Record<string, unknown> | undefined> {
  const path = join(folder, name);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    const explained = fileError('cannot read', path, error);
    if (explained instanceof LowbitError && explained.details.place === 'ENOENT') return undefined;
    throw explained;
  });
  const document = text === undefined ? undefined : parseJsonStrict(text, path);
  return isJsonObject(document) ? document : undefined;
}
