import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formats } from '../../src/formats/index.js';
import { peNamed } from '../../src/pe/index.js';

const vector = (format: string, codes: readonly number[]) => ({ format: formats[format]!, codes });

describe.each(['ant', 'olive'])('the integer form of %s', (name) => {
  const whole = peNamed(name);
  const integer = peNamed(`${name}-integer`);

  it('refuses FP16 activations, which the other form multiplies', () => {
    const weight = vector('int4', [1, 2]);
    const activation = vector('fp16', [0x3c00, 0x4000]);
    expect(whole.dot(weight, activation).value).toBe(1 * 1 + 2 * 2);
    expect(integer.refuses(weight.format, activation.format)).toBe(`it has no FP16 multiplier, that is the element ${name}`);
    expect(() => integer.dot(weight, activation)).toThrow(/FP16 multiplier/);
  });

  it('gives the same numbers and joins the same PEs for integers', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0, max: 7 })), { minLength: 1, maxLength: 9 }),
        (pairs) => {
          const weight = vector('int4', pairs.map(([w]) => w)); // prettier-ignore
          const activation = vector('int4', pairs.map(([, a]) => a)); // prettier-ignore
          expect(integer.dot(weight, activation)).toEqual(whole.dot(weight, activation));
        },
      ),
    );
    for (const [w, a] of [[4, 4], [4, 8], [8, 8]] as const) expect(integer.fusion?.(w, a)).toEqual(whole.fusion?.(w, a)); // prettier-ignore
  });
});
