import { describe, expect, it } from 'vitest';
import { nearestNames, unknownName } from '../src/lowbit-error.js';

describe('the error for an unknown name', () => {
  const cards = ['a100-40gb-sxm', 'a100-80gb-sxm', 'h100-sxm', 'h800', 'l40s'];

  it.each([
    ['h100', 'did you mean h100-sxm?'],
    ['A100', 'did you mean a100-40gb-sxm or a100-80gb-sxm?'],
    ['h10', 'did you mean h800?'],
    ['L40S', 'did you mean l40s?'],
  ])('says what %s may be short for, or else what is nearest', (name, remedy) => {
    expect(unknownName('GPU', name, cards).details.remedy).toBe(remedy);
  });

  it('proposes no name that shares nothing with the given one', () => {
    expect(nearestNames('qq', ['q', 'd', 'up'])).toEqual(['q']);
    expect(unknownName('layer', 'xy', ['d', 'up']).details.remedy).toBeUndefined();
  });
});
