import { describe, expect, it } from 'vitest';
import { wrongUnitRemedy } from '../../src/units/suffix.js';

describe('a key with another unit than the known one', () => {
  it.each([
    ['clock_GHz', 1, 'clock_MHz', 'the unit of clock is MHz, not GHz: 1 GHz = 1000 MHz, write clock_MHz: 1000'],
    ['clock_Hz', 5e8, 'clock_MHz', 'the unit of clock is MHz, not Hz: 1 Hz = 0.000001 MHz, write clock_MHz: 500'],
    ['size_MiB', 0.5, 'size_KiB', 'the unit of size is KiB, not MiB: 1 MiB = 1024 KiB, write size_KiB: 512'],
    ['size_bytes', 65536, 'size_KiB', 'the unit of size is KiB, not bytes: 1 bytes = 0.0009765625 KiB, write size_KiB: 64'],
    ['size_KB', 512, 'size_KiB', 'the unit of size is KiB, not KB: 1 KB = 0.9765625 KiB, write size_KiB: 500'],
    ['energy_fJ', 560, 'energy_pJ', 'the unit of energy is pJ, not fJ: 1 fJ = 0.001 pJ, write energy_pJ: 0.56'],
    ['area_mm2', 0.0015077, 'area_um2', 'the unit of area is um2, not mm2: 1 mm2 = 1000000 um2, write area_um2: 1507.7'],
    [
      'energy_pJPerByte',
      150,
      'energy_pJPerBit',
      'the unit of energy is pJPerBit, not pJPerByte: 1 pJPerByte = 0.125 pJPerBit, write energy_pJPerBit: 18.75',
    ],
    [
      'bandwidth_bytesPerCycle',
      32,
      'bandwidth_bitsPerCycle',
      'the unit of bandwidth is bitsPerCycle, not bytesPerCycle: 1 bytesPerCycle = 8 bitsPerCycle, write bandwidth_bitsPerCycle: 256',
    ],
    [
      'bandwidth_GBps',
      32,
      'bandwidth_bitsPerCycle',
      'the unit of bandwidth is bitsPerCycle, not GBps: 1 GBps is 8000 / clock_MHz bitsPerCycle',
    ],
  ])('is answered with the conversion: %s: %d', (key, value, known, remedy) => {
    expect(wrongUnitRemedy(key, value, [known])).toBe(remedy);
  });

  it('is answered without a number when there is none to convert', () => {
    expect(wrongUnitRemedy('clock_GHz', 'fast', ['clock_MHz'])).toBe(
      'the unit of clock is MHz, not GHz: 1 GHz = 1000 MHz, write clock_MHz',
    );
  });

  it('is recognised without a unit, with the unit in another case, and with a unit of another dimension', () => {
    expect(wrongUnitRemedy('clock', 1000, ['clock_MHz'])).toBe('clock is given in MHz: write clock_MHz');
    expect(wrongUnitRemedy('clock_mhz', 1000, ['clock_MHz'])).toBe('write clock_MHz');
    expect(wrongUnitRemedy('clock_MB', 1000, ['clock_MHz'])).toBe('the unit of clock is MHz, not MB: write clock_MHz');
  });

  it('is not confused with other keys, with prototype names or with the key itself', () => {
    expect(wrongUnitRemedy('clok_GHz', 1, ['clock_MHz'])).toBeUndefined();
    expect(wrongUnitRemedy('rows', 1, ['row', 'columns'])).toBeUndefined();
    expect(wrongUnitRemedy('size_constructor', 1, ['size_KiB'])).toBeUndefined();
    expect(wrongUnitRemedy('clock_MHz', 1, ['clock_MHz'])).toBeUndefined();
  });
});
