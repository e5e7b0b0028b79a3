/** Does text become the tokens of a model: bytes, or what a tokenizer.json says? */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTextBytes, textTokens } from '../../src/accuracy/text-tokens.js';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A byte-level BPE of a few merges: "the" is one token, a space is Ġ. */
const vocabulary = { t: 0, h: 1, e: 2, Ġ: 3, c: 4, a: 5, th: 6, the: 7, Ġc: 8, '<s>': 9 };
const tokenizer = {
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: [{ id: 9, content: '<s>', single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }],
  normalizer: null,
  pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
  post_processor: null,
  decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
  model: {
    type: 'BPE',
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: false,
    vocab: vocabulary,
    merges: ['t h', 'th e', 'Ġ c'],
  },
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lowbit-tokens-'));
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('text as tokens', () => {
  it('is its bytes for a vocabulary of 256, whatever they are', async () => {
    expect(await textTokens(folder, 256, Uint8Array.of(0, 255, 104))).toEqual({ tokens: Int32Array.of(0, 255, 104), bytesPerToken: 1 });
  });

  it('is what the tokenizer beside the weights says, without special tokens', async () => {
    const { tokens, bytesPerToken } = await textTokens(folder, 10, bytesOf('the cat'));
    expect([...tokens]).toEqual([7, 8, 5, 0]);
    expect(bytesPerToken).toBe(7 / 4);
  });

  it('is refused when the tokenizer is missing, broken or of another model', async () => {
    await expect(textTokens(tmpdir(), 10, bytesOf('the'))).rejects.toThrow(
      /no tokenizer beside the weights: .*tokenizer\.json; put the tokenizer\.json/,
    );
    await expect(textTokens(folder, 7, bytesOf('the'))).rejects.toThrow('the tokenizer gives tokens beyond the vocabulary of 7: 7');
    const broken = mkdtempSync(join(tmpdir(), 'lowbit-tokens-'));
    writeFileSync(join(broken, 'tokenizer.json'), '[1');
    await expect(textTokens(broken, 10, bytesOf('the'))).rejects.toThrow(/no JSON object in the file/);
    writeFileSync(join(broken, 'tokenizer.json'), '{}');
    await expect(textTokens(broken, 10, bytesOf('the'))).rejects.toThrow(/the tokenizer cannot be used/);
    rmSync(broken, { recursive: true });
  });

  it('is refused when it is empty, no UTF-8 where a tokenizer reads it, or not there', async () => {
    await expect(textTokens(folder, 256, new Uint8Array(0))).rejects.toThrow('the text is empty');
    await expect(textTokens(folder, 10, Uint8Array.of(0xff, 0xfe))).rejects.toThrow('the text is not UTF-8');
    await expect(readTextBytes(join(folder, 'nowhere.txt'))).rejects.toThrow(/cannot read .*nowhere\.txt: no such file/);
  });
});
