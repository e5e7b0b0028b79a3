/**
 * What differs between two machines that measured the same card: launch time that a source's timing adds to every kernel, the clock it sustained, and
 * the power its board sustained, which slows only kernels that would take more. Only these three are fitted for a further source; the kernel is the same.
 * Source: launch of 21-24 us in tables timed from Python; one published A100 reaches 270 TFLOPS in short kernels and 215 in long ones of any shape,
 * others 290 in both (docs/gpu/calibration.md). A clock alone leaves 7.7 % on that table and misses its stairs by 21 %, with the board 6.0 and 11 %.
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
    meaning: 'clock that was sustained over that of the data sheet, which no card leaves upwards',
    low: 0.4,
    high: 1,
    start: 1,
    logarithmic: false,
  },
  {
    name: 'boardFactor',
    unit: '1',
    meaning: 'power above idle that the board sustained over that of the data sheet',
    low: 0.3,
    high: 1,
    start: 0.8,
    logarithmic: false,
  },
] as const satisfies readonly ParameterSpec[];
