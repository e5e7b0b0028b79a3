import { describe, expect, it } from 'vitest';
import { progressText } from '../../src/cli/run/progress-text.js';

describe('the progress of a sweep', () => {
  const at = { done: 12_000, total: 96_000, rows: 11_990, failed: 0, rowsPerSecond: 41_234, secondsLeft: 2.1 };

  it('has points, share, rate and time left', () => {
    expect(progressText(at)).toBe('12,000 of 96,000 points (12 %), 41,000/s, 3 s left');
  });

  it('names failed points, and leaves out what is not known yet', () => {
    expect(progressText({ ...at, failed: 3, rowsPerSecond: 0, secondsLeft: null })).toBe('12,000 of 96,000 points (12 %), 3 failed');
    expect(progressText({ ...at, done: 0, total: 0, rowsPerSecond: 0.31, secondsLeft: null })).toBe('0 of 0 points (100 %), 0.310/s');
  });

  it.each([
    [59, '59 s left'],
    [59.1, '1 min 0 s left'],
    [3599, '59 min 59 s left'],
    [3600, '1 h 0 min left'],
    [90_061, '25 h 1 min left'],
  ])('says %d seconds as %s', (secondsLeft, text) => {
    expect(progressText({ ...at, secondsLeft })).toContain(text);
  });
});
