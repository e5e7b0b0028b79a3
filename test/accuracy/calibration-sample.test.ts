/** Is the part of a calibration text that is used spread over it, in whole windows, and never more than asked for? */
import { describe, expect, it } from 'vitest';
import { calibrationSample } from '../../src/accuracy/calibration-sample.js';
import { smallDecoder } from '../decoder/small-decoders.js';

const WINDOW = 24;

const text = (windows: number, rest = 0): Int32Array =>
  Int32Array.from({ length: windows * WINDOW + rest }, (_, i) => Math.floor(i / WINDOW));

describe('the sample of a calibration text', () => {
  it('holds whole windows spread evenly', async () => {
    const sample = calibrationSample(await smallDecoder('opt'), text(10), 4 * WINDOW + WINDOW - 1);
    expect(sample.length).toBe(4 * WINDOW);
    expect([0, 1, 2, 3].map((i) => [...new Set(sample.subarray(i * WINDOW, (i + 1) * WINDOW))])).toEqual([[0], [2], [5], [7]]);
  });

  it('is the text itself where that is no longer, its last part included', async () => {
    const model = await smallDecoder('opt');
    const whole = text(4, 5);
    expect(calibrationSample(model, whole, 4 * WINDOW)).toBe(whole);
    expect(calibrationSample(model, whole)).toBe(whole);
    expect(calibrationSample(model, text(5), 4 * WINDOW).length).toBe(4 * WINDOW);
  });

  it('holds one window at least', async () => {
    expect([...calibrationSample(await smallDecoder('opt'), text(3), 1)]).toEqual([...text(1)]);
  });
});
