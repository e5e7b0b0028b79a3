/** Perplexity of models/tiny for the benchmark: 256 windows of its context from the committed evaluation text, the float model. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../models/tiny', import.meta.url));

/** What one run does: the losses of 65,536 tokens. */
export async function perplexitySet() {
  const { loadDecoder } = await import('../../dist/accuracy/load-model.js');
  const { perplexity } = await import('../../dist/accuracy/perplexity.js');
  const { model } = await loadDecoder(folder);
  const text = Int32Array.from(readFileSync(join(folder, 'evaluation.txt')));
  return () => perplexity(model, text, { maxWindows: 256 }).loss_nats;
}
