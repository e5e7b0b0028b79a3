/** Are matrices told of whose Hessian stands on fewer tokens than inputs, or needed more damping? */
import { describe, expect, it } from 'vitest';
import { hessianNotes } from '../../src/cli/run/hessian-notes.js';

describe('what is said of Hessians', () => {
  it('is nothing where every matrix saw as many tokens as it has inputs and no damping was raised', () => {
    expect(hessianNotes([])).toEqual([]);
    expect(hessianNotes([{ name: 'a', inputs: 256, tokens: 256 }])).toEqual([]);
  });

  it('is how many saw fewer, and the first of them', () => {
    const matrices = [
      { name: 'a', inputs: 255, tokens: 256 },
      { name: 'b', inputs: 257, tokens: 256 },
      { name: 'c', inputs: 768, tokens: 256 },
    ];
    expect(hessianNotes(matrices)).toEqual([
      expect.stringMatching(/^fewer calibration tokens than inputs \(256 of 257\) at 2 of 3 matrices, the first b: .*singular/),
    ]);
  });

  it('is the most damping that was used', () => {
    const raised = (name: string, dampingUsed: number) => ({ name, inputs: 2, tokens: 9, dampingUsed });
    expect(hessianNotes([{ name: 'a', inputs: 2, tokens: 9 }, raised('b', 0.1), raised('c', 1)])).toEqual([
      'damping was raised to 1 at most, at 2 of 3 matrices, the first b: with less their Hessians could not be factored',
    ]);
  });
});
