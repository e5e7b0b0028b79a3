/** Do traces charge the bits of output features at more bits, and say how their products are timed? */
import { describe, expect, it } from 'vitest';
import { operandBits, type LayerTrace } from '../../src/trace/layer-trace.js';
import { schemeSchema } from '../../src/trace/scheme-config.js';
import { workload } from '../../src/trace/workload/workload.js';
import { modelNamed } from './catalogue.js';

const listed = { match: 'layers.0.mlp.down_proj', weight: { quantizer: 'mixllm', rows: '0-408', of: 4096 } };
const decode = (layers: readonly object[]) =>
  workload(modelNamed('llama-2-7b'), schemeSchema.parse({ name: 's', weight: { quantizer: 'mixllm' }, layers }), {
    ...{ phase: 'decode', batch: 1, context: 64 },
  });

describe('output features at 8 bits', () => {
  it('are charged with 4 bits of code words more, less 4 of the zero point per group, in their product alone', () => {
    const layers = decode([listed]).segments.flatMap(({ layers: all }) => all);
    const down = layers
      .filter(({ name }) => name.startsWith('down_proj'))
      .map((layer: LayerTrace) => [layer.repeat, operandBits(layer.weight)]);
    expect(down).toEqual([
      [1, expect.closeTo(4 + 20 / 128 + (409 / 4096) * (4 - 4 / 128), 12)],
      [31, 4 + 20 / 128],
    ]);
  });

  it('are said to be multiplied as the others, where there are some', () => {
    const note = 'output features at 8 bits are read with their bits and multiplied as those at 4';
    expect(decode([listed]).notes).toContain(note);
    expect(decode([]).notes).not.toContain(note);
  });
});
