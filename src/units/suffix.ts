/**
 * The unit at the end of a key (`clock_MHz`, `size_KiB`, `energy_pJPerBit`), so that a value given in another unit is recognised
 * and answered with the conversion instead of being read as the wrong number.
 */

type Dimension =
  'time' | 'frequency' | 'energy' | 'energy per bit' | 'power' | 'area' | 'length' | 'size' | 'bandwidth per cycle' | 'bandwidth';

interface Unit {
  readonly dimension: Dimension;
  /** Size in the base unit of its dimension (s, Hz, J, J/bit, W, m2, m, byte, bit/cycle, bit/s). */
  readonly base: number;
}

const unit = (dimension: Dimension, base: number): Unit => ({ dimension, base });

/** Units that can end a key. */
const units: Readonly<Record<string, Unit>> = {
  s: unit('time', 1),
  ms: unit('time', 1e-3),
  us: unit('time', 1e-6),
  ns: unit('time', 1e-9),
  ps: unit('time', 1e-12),
  Hz: unit('frequency', 1),
  kHz: unit('frequency', 1e3),
  MHz: unit('frequency', 1e6),
  GHz: unit('frequency', 1e9),
  J: unit('energy', 1),
  mJ: unit('energy', 1e-3),
  uJ: unit('energy', 1e-6),
  nJ: unit('energy', 1e-9),
  pJ: unit('energy', 1e-12),
  fJ: unit('energy', 1e-15),
  nJPerBit: unit('energy per bit', 1e-9),
  pJPerBit: unit('energy per bit', 1e-12),
  fJPerBit: unit('energy per bit', 1e-15),
  pJPerByte: unit('energy per bit', 1e-12 / 8),
  W: unit('power', 1),
  mW: unit('power', 1e-3),
  uW: unit('power', 1e-6),
  um2: unit('area', 1e-12),
  mm2: unit('area', 1e-6),
  nm: unit('length', 1e-9),
  um: unit('length', 1e-6),
  bits: unit('size', 1 / 8),
  bytes: unit('size', 1),
  B: unit('size', 1),
  kB: unit('size', 1e3),
  KB: unit('size', 1e3),
  MB: unit('size', 1e6),
  GB: unit('size', 1e9),
  KiB: unit('size', 2 ** 10),
  MiB: unit('size', 2 ** 20),
  GiB: unit('size', 2 ** 30),
  bitsPerCycle: unit('bandwidth per cycle', 1),
  bytesPerCycle: unit('bandwidth per cycle', 8),
  Gbps: unit('bandwidth', 1e9),
  MBps: unit('bandwidth', 8e6),
  GBps: unit('bandwidth', 8e9),
  TBps: unit('bandwidth', 8e12),
};

/**
 * What to do about an unknown key that is a known one with another unit or none, or undefined when it is not that mistake.
 * `value` is what the user gave; when it is a number of a convertible unit the remedy shows the converted line.
 */
export function wrongUnitRemedy(key: string, value: unknown, known: readonly string[]): string | undefined {
  const given = splitUnit(key);
  for (const candidate of known) {
    const wanted = splitUnit(candidate);
    if (wanted.name === undefined || given.stem.toLowerCase() !== wanted.stem.toLowerCase() || key === candidate) continue;
    if (given.name === undefined) return `${wanted.stem} is given in ${wanted.name}: write ${candidate}`;
    return conversion(wanted.stem, given.name, wanted.name, value);
  }
  return undefined;
}

function conversion(stem: string, from: string, to: string, value: unknown): string {
  const given = Object.hasOwn(units, from) ? units[from] : undefined;
  const wanted = units[to];
  if (given === undefined || wanted === undefined || given === wanted) return `write ${stem}_${to}`;
  const lead = `the unit of ${stem} is ${to}, not ${from}`;
  if (given.dimension === 'bandwidth' && wanted.dimension === 'bandwidth per cycle') {
    return `${lead}: 1 ${from} is ${tidy(given.base / 1e6 / wanted.base)} / clock_MHz ${to}`;
  }
  if (given.dimension !== wanted.dimension) return `${lead}: write ${stem}_${to}`;
  const factor = given.base / wanted.base;
  const line = typeof value === 'number' && Number.isFinite(value) ? `: ${tidy(value * factor)}` : '';
  return `${lead}: 1 ${from} = ${tidy(factor)} ${to}, write ${stem}_${to}${line}`;
}

/** Key without its unit, and the unit as the user spelled it (`clock_mhz` is a unit too); names that end in no known unit have none. */
function splitUnit(key: string): { readonly stem: string; readonly name: string | undefined } {
  const at = key.lastIndexOf('_');
  if (at <= 0) return { stem: key, name: undefined };
  const suffix = key.slice(at + 1);
  const known = Object.keys(units).some((candidate) => candidate.toLowerCase() === suffix.toLowerCase());
  return known ? { stem: key.slice(0, at), name: suffix } : { stem: key, name: undefined };
}

/** Twelve digits: hides the last bits of the conversion, not of the value. */
function tidy(value: number): string {
  return String(Number(value.toPrecision(12)));
}
