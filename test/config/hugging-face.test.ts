import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { loadModel } from '../../src/config/catalogue.js';
import { LowbitError } from '../../src/lowbit-error.js';
import { modelParameters } from '../../src/trace/model/parameters.js';

interface Fixture {
  readonly source: string;
  readonly configs: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}
const fixtureFile = fileURLToPath(new URL('../fixtures/hugging-face-configs.json', import.meta.url));
const { configs } = JSON.parse(readFileSync(fixtureFile, 'utf8')) as Fixture;

const folder = mkdtempSync(join(tmpdir(), 'lowbit-hf-'));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, config: unknown): string => {
  mkdirSync(join(folder, name), { recursive: true });
  const file = join(folder, name, 'config.json');
  writeFileSync(file, JSON.stringify(config, null, 2));
  return file;
};
const errorOf = (config: unknown): string => {
  try {
    loadModel(write('wrong', config));
  } catch (error) {
    if (error instanceof LowbitError) return error.message.replaceAll(join(folder, 'wrong/'), '');
    throw error;
  }
  return 'accepted';
};

describe('a Hugging Face config.json', () => {
  it.each(Object.keys(configs))('of %s describes the network that ships under this name', (name) => {
    const { config } = loadModel(write(name, configs[name]));
    const shipped = loadModel(name).config;
    expect(modelParameters(config)).toEqual(modelParameters(shipped));
    const { name: _name, source: _source, description: _description, ...shape } = shipped;
    const kvHeads = 'heads' in shipped && 'kvHeads' in shipped && shipped.kvHeads === shipped.heads ? { kvHeads: shipped.heads } : {};
    expect({ ...kvHeads, ...config }).toMatchObject(shape);
  });

  it('loads from its folder and is named after it', () => {
    const { config, file } = loadModel(join(write('Some-Model-7B', configs['llama-2-7b']), '..'));
    expect(config.name).toBe('Some-Model-7B');
    expect(config.source).toContain('config.json');
    expect(file).toContain('config.json');
  });

  it('is named by _name_or_path when that is there', () => {
    expect(loadModel(write('x', { ...configs['llama-2-7b'], _name_or_path: 'meta-llama/Llama 2' })).config.name).toBe('Llama-2');
  });

  it('says in notes what of it is not modelled', () => {
    const { notes } = loadModel(write('x', { ...configs['mistral-7b'], quantization_config: { bits: 4 } }));
    expect(notes).toHaveLength(2);
    expect(notes[0]).toContain('sliding window of 4096');
  });

  it('without a model_type, or with one that is not supported, is refused with those that are', () => {
    expect(errorOf({ hidden_size: 4 })).toMatch(/^missing model_type \(config\.json:1:1\); expected one of: llama, mistral, /);
    expect(errorOf({ hidden_size: 4, model_type: 'mamba' })).toMatch(
      /^unsupported model_type: mamba \(config\.json:3:17\); expected one of: llama, .*model YAML/,
    );
    expect(errorOf({ model_type: 'lama' })).toMatch(/did you mean llama\?$/);
    expect(errorOf({ model_type: 7 })).toMatch(/^unsupported model_type: 7/);
  });

  it('with missing or wrong sizes is refused at its own keys', () => {
    const { hidden_size: _hidden, ...rest } = configs['llama-2-7b'] ?? {};
    expect(errorOf(rest)).toBe('missing key: hidden_size (config.json:1:1); a llama config.json must hold it');
    expect(errorOf({ model_type: 'llama', ...rest, hidden_size: -1 })).toMatch(
      /hidden must be a whole number of at least 1.*: -1 \(config\.json:\d+:18\)/,
    );
    expect(errorOf({ ...configs['llama-2-7b'], num_attention_heads: 33, head_dim: 128, num_key_value_heads: 2 })).toContain(
      'heads must be a multiple of kvHeads',
    );
  });

  it('of an image classifier counts its label table', () => {
    const { num_labels: _labels, ...rest } = configs['vit-b'] ?? {};
    const id2label = { 0: 'cat', 1: 'dog', 2: 'bird' };
    expect(loadModel(write('x', { ...rest, id2label })).config).toMatchObject({ family: 'vit', classes: 3 });
    expect(errorOf(rest)).toBe('missing key: id2label or num_labels (config.json:1:1); a vit config.json must hold it');
  });
});
