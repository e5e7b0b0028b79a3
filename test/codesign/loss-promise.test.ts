/** Does a sum of single errors, held to some whole assignments, promise the loss of others? */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { divergenceAt, lossPromise, type Anchor, type WholeLoss } from '../../src/codesign/loss-promise.js';
import { seededRandom } from '../../src/numeric/random.js';

const WINDOWS = 6;
/** Windows of a text on which some are harder than others; `loss` nats of loss for a nat of divergence. */
const whole = (divergence: number, loss = 1): WholeLoss => {
  const divergence_nats = Array.from({ length: WINDOWS }, (_, w) => divergence * (1 + 0.1 * (w - (WINDOWS - 1) / 2)));
  return { divergence_nats, lossDifference_nats: divergence_nats.map((one) => loss * one) };
};
const anchorOf = (sum: number, divergence: number, loss = 1): Anchor => ({ sum, ...whole(divergence, loss) });
const positive = (max: number): fc.Arbitrary<number> => fc.double({ min: 0.01, max, noNaN: true });
const sums = [0.001, 0.01, 0.03, 0.1, 0.2];

describe('a promise', () => {
  it('is exact where the loss is one of its curves, base, slope, growth and ratio found', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        positive(3),
        fc.double({ min: -8, max: 8, noNaN: true }),
        positive(2),
        (base, slope, growth, loss) => {
          const curve = { base, slope, growth };
          const promise = lossPromise(whole(base, loss), sums.map((sum) => anchorOf(sum, divergenceAt(curve, sum), loss)), 1); // prettier-ignore
          for (const sum of [0, 0.02, 0.15]) expect(promise.at(sum).mean).toBeCloseTo(loss * divergenceAt(curve, sum), 9);
          for (const error of promise.leftOut) expect(error).toBeCloseTo(0, 6);
          expect(promise.ratio.mean).toBeCloseTo(loss, 9);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('rises with the sum, whatever was measured, so that the order of assignments stays', () => {
    const divergences = fc.array(positive(2), { minLength: sums.length, maxLength: sums.length });
    fc.assert(
      fc.property(divergences, positive(1), (measured, base) => {
        const promise = lossPromise(whole(base), sums.map((sum, k) => anchorOf(sum, measured[k]!)), 1); // prettier-ignore
        const means = [0, 0.0005, 0.005, 0.05, 0.2, 0.5].map((sum) => promise.at(sum));
        for (const [k, { low, mean, high }] of means.entries()) {
          // Where a curve is as good as flat, rounding can go down.
          expect(mean).toBeGreaterThanOrEqual((means[k - 1]?.mean ?? 0) * (1 - 1e-12));
          expect([low <= mean, mean <= high]).toEqual([true, true]);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('of a sum below zero is that of no item changed, however steep the curve is', () => {
    // Found on ANT: errors within their noise, one anchor far above its sum.
    const promise = lossPromise(whole(0.032), [[0.0002, 0.058], [0.023, 0.117], [0.053, 0.166], [0.11, 0.266]].map(([sum, divergence]) => anchorOf(sum!, divergence!)), 1); // prettier-ignore
    expect(promise.curve.slope).toBeGreaterThan(50);
    expect(promise.at(-0.005)).toEqual(promise.at(0));
    expect(promise.at(-0.005).mean).toBeCloseTo(0.032, 12);
    expect(promise.at(-0.005).low).toBeGreaterThanOrEqual(0);
  });

  it('is wider where equal divergences lose unequally, and then by the root of the divergence', () => {
    const at = (spread: number, scale: number): number => {
      const anchors = sums.map((sum, k) => {
        const { divergence_nats } = whole(scale * sum);
        const more = (k % 2 === 0 ? 1 : -1) * spread * Math.sqrt(scale * sum);
        return { sum: scale * sum, divergence_nats, lossDifference_nats: divergence_nats.map((one) => one + more) };
      });
      const { low, high } = lossPromise(whole(0), anchors, 1).at(scale * 0.03);
      return high - low;
    };
    expect(at(0.1, 1)).toBeGreaterThan(2 * at(0, 1));
    expect((at(0.4, 1e-4) - at(0, 1e-4)) / (at(0.4, 4e-4) - at(0, 4e-4))).toBeCloseTo(1 / 2, 1);
  });

  it('is the same again from the same seed', () => {
    const anchors = sums.map((sum, k) => anchorOf(sum, sum * (1 + 0.1 * (k % 2))));
    expect(lossPromise(whole(0), anchors, 3).at(0.05)).toEqual(lossPromise(whole(0), anchors, 3).at(0.05));
  });
});

/** Loss d^T H d / 2 of a model whose items take errors d of options: single errors are the diagonal, and what they leave out is everything else. */
describe('a promise about a quadratic loss', () => {
  const random = seededRandom(5);
  const [items, options] = [16, 3];
  // Errors of items share a direction, so that they mostly add up: each item alone says less than all together.
  const coupling = 0.15;
  const errors = Array.from({ length: items }, () => {
    const size = 0.5 + random.uniform();
    return Array.from({ length: options }, (_, o) => (size * (0.8 + 0.4 * random.uniform())) / 2 ** o / items);
  });
  const quadratic = (d: readonly number[]): number => {
    const own = d.reduce((sum, one) => sum + one ** 2, 0);
    return (own + coupling * (d.reduce((sum, one) => sum + one, 0) ** 2 - own)) / 2;
  };
  const pick = (choice: readonly number[]): number[] => choice.map((o, i) => errors[i]![o]!);
  const sumOf = (choice: readonly number[]): number => pick(choice).reduce((sum, one) => sum + one ** 2 / 2, 0);
  const draw = (): number[] => Array.from({ length: items }, () => random.integer(options));
  const measured = (choice: readonly number[]): Anchor => anchorOf(sumOf(choice), quadratic(pick(choice)));
  const uniform = Array.from({ length: options }, (_, o) => new Array<number>(items).fill(o));
  const promise = lossPromise(whole(0), [...uniform, ...Array.from({ length: 9 }, draw)].map(measured), 1);

  it('holds for assignments that it was not fitted to, where the sum itself is far below', () => {
    const others = Array.from({ length: 200 }, draw).map(measured);
    const mean = ({ divergence_nats }: Anchor): number => divergence_nats.reduce((sum, one) => sum + one, 0) / WINDOWS;
    const held = others.filter((one) => {
      const { low, high } = promise.at(one.sum);
      return mean(one) >= low && mean(one) <= high;
    });
    for (const one of others) expect(mean(one) / one.sum).toBeGreaterThan(1.5);
    expect(held.length / others.length).toBeGreaterThanOrEqual(0.9);
  });
});
