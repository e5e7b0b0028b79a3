import { describe, expect, it } from 'vitest';
import { axisKey, axisMemo, kept, memoSpace, valueOf } from '../../../src/sweep/evaluate/axis-memo.js';

describe('a memo by axes', () => {
  it('makes a value once for the axes it depends on, whatever the others are', () => {
    let made = 0;
    const memo = axisMemo({ axes: [0, 2], sizes: [3, 9, 4], space: memoSpace() });
    const at = (...index: number[]) => memo.at(index, () => `${++made}`);
    expect([at(0, 0, 0), at(0, 5, 0), at(1, 0, 0), at(-1, 0, 0), at(0, 8, 0), at(0, 0, 1)]).toEqual(['1', '1', '2', '3', '1', '4']);
  });

  it('starts anew where the space it shares with others is full', () => {
    const space = memoSpace();
    const heavy = axisMemo<number>({ axes: [0], sizes: [10], space, weigh: () => 2 ** 17 - 1 });
    const light = axisMemo<number>({ axes: [0], sizes: [10], space });
    const made: string[] = [];
    const ask = (memo: typeof heavy, name: string) => memo.at([0], () => made.push(name));
    ask(light, 'light');
    ask(heavy, 'heavy');
    expect(space.held).toBe(2 ** 17);
    ask(light, 'light');
    light.at([1], () => 0);
    expect(space.held).toBe(1);
    ask(heavy, 'heavy');
    ask(light, 'light');
    expect(made).toEqual(['light', 'heavy', 'heavy', 'light']);
  });

  it('has a key of its own for every combination, also where numbers no longer tell them apart', () => {
    const many = Array.from({ length: 12 }, (_, a) => a);
    const key = axisKey(
      many,
      many.map(() => 100_000),
    );
    const first = many.map(() => 0);
    expect(key(first)).not.toBe(key([...first.slice(0, -1), -1]));
    expect(axisKey([0, 1], [2, 2])([1, -1])).not.toBe(axisKey([0, 1], [2, 2])([0, 1]));
  });

  it('keeps what was thrown', () => {
    const error = new Error('no');
    const result = kept(() => {
      throw error;
    });
    expect(() => valueOf(result)).toThrow(error);
    expect(valueOf(kept(() => 1))).toBe(1);
  });
});
