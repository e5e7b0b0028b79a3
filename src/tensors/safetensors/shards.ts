/**
 * A model cut into several safetensors files, held together by an index: {"weight_map": {tensor: file name}} (Hugging Face convention).
 * The index decides what belongs to the model; tensors of a shard that it does not name are not part of it.
 */
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { LowbitError } from '../../lowbit-error.js';
import { fileError } from '../file-error.js';
import { isJsonObject, parseJsonStrict } from './json-strict.js';
import type { SafetensorsEntry } from './header.js';
import { openSafetensors, type SafetensorsFile } from './reader.js';

/** Opens all shards of an index file. Throws LowbitError when a shard is missing, faulty, or lacks a tensor the index promises. */
export async function openShardedSafetensors(indexPath: string): Promise<SafetensorsFile> {
  const shardOf = await readIndex(indexPath);
  const shards = new Map<string, SafetensorsFile>();
  const close = async (): Promise<void> => {
    for (const shard of shards.values()) await shard.close();
  };
  try {
    const owners = new Map<SafetensorsEntry, SafetensorsFile>();
    const byShard = new Map<string, Map<string, SafetensorsEntry>>();
    for (const [tensor, fileName] of shardOf) {
      const shard = shards.get(fileName) ?? (await openShard(indexPath, fileName, tensor));
      shards.set(fileName, shard);
      const named = byShard.get(fileName) ?? new Map(shard.entries.map((entry) => [entry.name, entry]));
      byShard.set(fileName, named);
      const entry = named.get(tensor);
      if (entry === undefined) throw missingTensor(tensor, fileName, indexPath);
      owners.set(entry, shard);
    }
    return {
      path: indexPath,
      entries: [...owners.keys()],
      readFloats: (entry) => ownerOf(owners, entry).readFloats(entry),
      readBytes: (entry) => ownerOf(owners, entry).readBytes(entry),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function readIndex(indexPath: string): Promise<Map<string, string>> {
  const text = await readFile(indexPath, 'utf8').catch((error: unknown) => {
    throw fileError('cannot read', indexPath, error);
  });
  const document = parseJsonStrict(text, indexPath);
  const map = isJsonObject(document) ? document['weight_map'] : undefined;
  if (!isJsonObject(map)) {
    throw new LowbitError('no safetensors index: it has no weight_map object', {
      place: indexPath,
      remedy: 'give model.safetensors.index.json or a .safetensors file',
    });
  }
  const entries = Object.entries(map).map(([tensor, fileName]): [string, string] => [tensor, checkFileName(fileName, tensor, indexPath)]);
  return new Map(entries);
}

/** An index names files beside itself; anything else could point at any file of the machine. */
function checkFileName(fileName: unknown, tensor: string, indexPath: string): string {
  const place = `${indexPath}, weight_map, tensor ${tensor}`;
  const isPlain =
    typeof fileName === 'string' &&
    fileName !== '' &&
    fileName === basename(fileName) &&
    !/[\\\0]/.test(fileName) &&
    !/^\.{1,2}$/.test(fileName);
  if (isPlain) return fileName;
  throw new LowbitError('a shard must be the plain name of a file beside the index', { value: JSON.stringify(fileName), place });
}

async function openShard(indexPath: string, fileName: string, tensor: string): Promise<SafetensorsFile> {
  try {
    return await openSafetensors(join(dirname(indexPath), fileName));
  } catch (error) {
    if (!(error instanceof LowbitError) || error.details.place !== 'ENOENT') throw error;
    throw new LowbitError(`the shard ${fileName} is missing`, {
      place: `${indexPath}, needed by tensor ${tensor}`,
      remedy: 'fetch all files that the index names',
    });
  }
}

function missingTensor(tensor: string, fileName: string, indexPath: string): LowbitError {
  return new LowbitError(`the index says that tensor ${tensor} lies in ${fileName}, but it does not`, {
    place: indexPath,
    remedy: 'index and shards are of different versions; fetch both again',
  });
}

function ownerOf(owners: ReadonlyMap<SafetensorsEntry, SafetensorsFile>, entry: SafetensorsEntry): SafetensorsFile {
  const owner = owners.get(entry);
  if (owner === undefined) throw new Error(`tensor ${entry.name} is not of these shards`);
  return owner;
}
