/**
 * Quantities for people: three significant digits, SI prefixes in steps of 1000 (1024 for bytes), no locale.
 * Units without a prefixed form in use (mm2, TOPS, ...) keep their unit and only have their digits shortened.
 */
type PrefixedUnit = 's' | 'J' | 'pJ' | 'W' | 'B' | 'cycles' | 'MACs';
type PlainUnit = 'mm2' | 'TOPS' | 'TOPS/W' | 'TOPS/mm2' | 'Js' | 'x' | '%' | 'bits';
export type PrintableUnit = PrefixedUnit | PlainUnit;

interface Scale {
  /** Factor from the given unit to the printed one. */
  readonly factor: number;
  readonly symbol: string;
  readonly step: number;
  /** Ascending; the empty one stands for the unit itself. */
  readonly prefixes: readonly string[];
}

const DIGITS = 3;
const COUNT = ['', 'k', 'M', 'G', 'T', 'P', 'E'];
const METRIC = ['a', 'f', 'p', 'n', 'u', 'm', ...COUNT];
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

const scales: Readonly<Record<PrefixedUnit, Scale>> = {
  s: { factor: 1, symbol: 's', step: 1000, prefixes: METRIC },
  J: { factor: 1, symbol: 'J', step: 1000, prefixes: METRIC },
  pJ: { factor: 1e-12, symbol: 'J', step: 1000, prefixes: METRIC },
  W: { factor: 1, symbol: 'W', step: 1000, prefixes: METRIC },
  B: { factor: 1, symbol: 'B', step: 1024, prefixes: BINARY },
  cycles: { factor: 1, symbol: 'cycles', step: 1000, prefixes: COUNT },
  MACs: { factor: 1, symbol: 'MACs', step: 1000, prefixes: COUNT },
};

/**
 * A value with its unit, e.g. `formatSI(1.9e-3, 's')` is `1.90 ms`, `formatSI(2.5e9, 'pJ')` is `2.50 mJ`, `formatSI(3 << 20, 'B')` is `3.00 MiB`.
 * Zero has no prefix. Throws RangeError for a value that is not finite: print such a result in words.
 */
export function formatSI(value: number, unit: PrintableUnit): string {
  if (!Number.isFinite(value)) throw new RangeError(`${value} ${unit} cannot be printed`);
  const scale = (scales as Partial<Record<string, Scale>>)[unit];
  if (scale === undefined) return unit === '%' || unit === 'x' ? `${digits(value)}${unit}` : `${digits(value)} ${unit}`;
  if (value === 0) return `0 ${scale.symbol}`;
  let scaled = value * scale.factor;
  let index = scale.prefixes.indexOf('');
  // Compared after rounding, so that 999.6 us becomes 1.00 ms and not 1000 us.
  while (index > 0 && Math.abs(scaled) < 1 && rounded(scaled) < 1) {
    scaled *= scale.step;
    index--;
  }
  while (index < scale.prefixes.length - 1 && rounded(scaled) >= scale.step) {
    scaled /= scale.step;
    index++;
  }
  return `${digits(scaled)} ${scale.prefixes[index] ?? ''}${scale.symbol}`;
}

function rounded(value: number): number {
  const size = Math.abs(value);
  return size >= 1000 ? Math.round(size) : Number(size.toPrecision(DIGITS));
}

/** Three significant digits, without an exponent for the range people read; whole numbers from 1000 on (1023 KiB) are kept whole. */
function digits(value: number): string {
  const size = rounded(value);
  if (size >= 1e6 || (size !== 0 && size < 1e-3)) return value.toExponential(DIGITS - 1);
  return size >= 1000 ? value.toFixed(0) : value.toPrecision(DIGITS);
}

/** A count of things: `1 window`, `2 windows`. */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}
