/** Numbers as text where no unit prefix applies. No locale: the same bytes on any machine. */

/** A count with thousands separators; up to three decimals when it is not whole. */
export function grouped(value: number): string {
  const text = Number.isInteger(value) ? String(Math.abs(value)) : Math.abs(value).toFixed(Math.abs(value) < 1000 ? 3 : 1);
  if (text.includes('e')) return String(value);
  const [whole = '', fraction] = text.split('.');
  const digits = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return `${value < 0 ? '-' : ''}${digits}${fraction === undefined ? '' : `.${fraction}`}`;
}

/** A value or the numbers of an expression, without digits nobody reads: whole numbers as they are, others to seven digits. */
export function shortened(text: string | number): string {
  return String(text).replace(/\d+\.\d+(e[-+]?\d+)?/g, (number) => {
    const value = Number(number);
    return String(value >= 1e7 ? Math.round(value) : Number(value.toPrecision(7)));
  });
}

/** A share as per cent with one decimal. */
export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** A relative difference in per cent, signed; 0 is `exact` only when it is exactly 0. */
export function difference(relative: number): string {
  if (relative === 0) return '0 %';
  const value = relative * 100;
  const size = Math.abs(value);
  const digits = size >= 10 ? value.toFixed(1) : size >= 0.001 ? value.toPrecision(2) : value.toExponential(1);
  return `${value > 0 ? '+' : ''}${digits} %`;
}
