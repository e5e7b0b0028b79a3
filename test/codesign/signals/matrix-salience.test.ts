/** Is the slope of a whole matrix from the reverse pass that which the loss itself shows? */
import { describe, expect, it } from 'vitest';
import { lossProbe } from '../../../src/codesign/signals/loss-probe.js';
import { matrixSalience, slopesAlong } from '../../../src/codesign/signals/matrix-salience.js';
import { namedGroups } from '../../../src/decoder/product-names.js';
import { seededRandom } from '../../../src/numeric/random.js';
import { smallModel } from '../../decoder/rewrites/small-models.js';

const model = smallModel({ family: 'llama', hidden: 16, feedForward: 24, kvHeads: 1, heads: 2, headDim: 8, layers: 2, seed: 3 });
const tokens = Int32Array.from({ length: 240 }, (_, i) => (i * 7 + ((i * i) % 5)) % 19);
const { normal } = seededRandom(1);
const changes = new Map(
  namedGroups(model).flatMap(({ group }) =>
    group.products.map(({ name, weight }) => [name, weight.data.map(() => 0.02 * normal())] as const),
  ),
);

describe('the salience of whole matrices', () => {
  it('rests on the slopes that moving them shows in the loss', () => {
    const probe = lossProbe(model, tokens, 1);
    const slopes = slopesAlong(model, tokens, { windows: 1, changes });
    expect([...slopes.keys()].sort()).toEqual([...changes.keys()].sort());
    // The last matrix before the head: its slopes stand well above the rounding of float32 losses. Two steps take the third order out.
    const name = [...changes.keys()].at(-1)!;
    const change = changes.get(name)!;
    const half =
      2 *
      probe.first(
        name,
        change.map((value) => value / 2),
      );
    expect((4 * half - probe.first(name, change)) / 3 / slopes.get(name)!).toBeCloseTo(1, 2);
  });

  it('sums the slopes of the matrices of an item before it takes their size', () => {
    expect(matrixSalience([0.5, -0.25])).toBe(0.25 + 0.5 * 0.0625);
    expect(matrixSalience([-0.5, 0.5])).toBe(0);
  });
});
