/**
 * What differs between two machines that measured the same card: launch time that a source's timing adds to every kernel, and the clock it sustained.
 * Only these two are fitted for a further source; the kernel is the same.
 * Source: launch of 21-24 us in tables timed from Python, clocks 4 to 14 % apart between published A100 tables (docs/gpu/calibration.md).
 */
import type { ParameterSpec } from './parameter-spec.js';

export const profileParameters = [
  {
    name: 'launch_us',
    unit: 'us',
    meaning: 'added to every kernel by how the source takes time',
    low: 0,
    high: 100,
    start: 2,
    logarithmic: false,
  },
  {
    name: 'clockFactor',
    unit: '1',
    meaning: 'clock that was sustained over that of the data sheet',
    low: 0.4,
    high: 1.2,
    start: 1,
    logarithmic: false,
  },
] as const satisfies readonly ParameterSpec[];
