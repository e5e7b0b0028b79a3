/**
 * Text as the tokens of a model: its bytes for a vocabulary of 256, otherwise what the tokenizer.json beside the weights says
 * (@huggingface/tokenizers). No special tokens are added, so that every window is text and nothing else [ours].
 * Left out: tokenizers of other formats (sentencepiece models, vocabularies inside GGUF files).
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LowbitError } from '../lowbit-error.js';
import { fileError } from '../tensors/file-error.js';

/** A text as tokens of a model. */
export interface TokenizedText {
  readonly tokens: Int32Array;
  /** Mean over the text; bits per byte are reckoned with it. */
  readonly bytesPerToken: number;
}

const BYTES = 256;

/** What is used of the package; its own declarations name files without their endings, which TypeScript does not find here. */
interface TokenizersPackage {
  readonly Tokenizer: new (
    definition: object,
    settings: object,
  ) => { encode(text: string, options: object): { readonly ids: readonly number[] } };
}

/** Tokens of a text for a model of that vocabulary whose files lie in `folder`. Throws LowbitError for a tokenizer that is missing or of another model. */
export async function textTokens(folder: string, vocabulary: number, text: Uint8Array): Promise<TokenizedText> {
  if (text.length === 0) throw new LowbitError('the text is empty', { remedy: 'give a file with text' });
  if (vocabulary === BYTES) return { tokens: Int32Array.from(text), bytesPerToken: 1 };
  const file = join(folder, 'tokenizer.json');
  const tokens = Int32Array.from(await encode(file, folder, decoded(text)));
  const outside = tokens.find((token) => token >= vocabulary);
  if (outside !== undefined) {
    throw new LowbitError(`the tokenizer gives tokens beyond the vocabulary of ${vocabulary}`, {
      value: outside,
      place: file,
      remedy: 'tokenizer and weights must be of one model',
    });
  }
  return { tokens, bytesPerToken: text.length / tokens.length };
}

/** A text file's bytes. Throws LowbitError when it cannot be read. */
export async function readTextBytes(file: string): Promise<Uint8Array> {
  return readFile(file).catch((error: unknown) => {
    throw fileError('cannot read', file, error);
  });
}

function decoded(text: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(text);
  } catch {
    throw new LowbitError('the text is not UTF-8', { remedy: 'a tokenizer works on characters; convert the file' });
  }
}

async function encode(file: string, folder: string, text: string): Promise<readonly number[]> {
  const definition = await jsonOf(file);
  if (definition === undefined) {
    throw new LowbitError('no tokenizer beside the weights', {
      value: file,
      remedy: 'put the tokenizer.json of the model there; only a vocabulary of 256 is read as bytes',
    });
  }
  const settings = (await jsonOf(join(folder, 'tokenizer_config.json'))) ?? {};
  const { Tokenizer } = (await import('@huggingface/tokenizers')) as unknown as TokenizersPackage;
  try {
    return new Tokenizer(definition, settings).encode(text, { add_special_tokens: false }).ids;
  } catch (error) {
    throw new LowbitError('the tokenizer cannot be used', {
      value: error instanceof Error ? error.message : String(error),
      place: file,
      remedy: 'it must be a tokenizer.json of Hugging Face tokenizers',
    });
  }
}

/** The object in a JSON file; undefined when there is no such file. */
async function jsonOf(file: string): Promise<object | undefined> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw fileError('cannot read', file, error);
  });
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Told below, together with JSON that is no object.
  }
  throw new LowbitError('no JSON object in the file', { place: file, remedy: 'fetch it again' });
}
