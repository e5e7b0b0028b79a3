/**
 * SRAM: energy per access, leakage, area and time of a buffer, from a table of CACTI 7 points of single banks.
 * A buffer of B banks and a bus of w bits = B times one bank of size / B bytes and w / B bits (time: that of one bank); a bus narrower
 * than B of the narrowest banks is charged as one of that width, for no narrower bank is built.
 * Points of the table are returned as they are; between them both axes (bytes, width) are interpolated on logarithmic scales,
 * about 5 % off (docs/energy.md). Outside the table there is no answer.
 * Source: CACTI 7, Balasubramonian et al., ACM TACO 14(2), 2017. Left out: wires between banks and bank conflicts.
 */
import { LowbitError } from '../lowbit-error.js';
import { logLogAt, logLogShare } from './log-log.js';

const quantities = ['access_ns', 'cycle_ns', 'read_pJ', 'write_pJ', 'leakage_mW', 'area_mm2'] as const;
type Quantity = (typeof quantities)[number];
const header = ['tech_nm', 'ports', 'bank_bytes', 'width_bits', ...quantities].join(',');

/** What a bank costs: per full-width access (read_pJ, write_pJ), standing (leakage_mW), and in area and time. */
type BankCost = Readonly<Record<Quantity, number>>;

/** What a whole buffer costs, and the width of the bus it is charged for, which one access of these energies moves. */
export type SramCost = BankCost & { readonly bus_bits: number };

/** What one access of a bus of this width costs. */
export type AccessCost = Pick<SramCost, 'bus_bits' | 'read_pJ' | 'write_pJ'>;

type Point = [number, number, number, number, number, number, number, number];

/** Banks of one capacity: ascending widths, and the cost at each. */
interface WidthRow {
  readonly bytes: number;
  readonly widths: number[];
  readonly costs: BankCost[];
}

/** Banks of one technology and kind of ports. */
interface Banks {
  /** Ascending in bytes. */
  readonly rows: readonly WidthRow[];
  /** Bytes of the rows. */
  readonly sizes: readonly number[];
  /** Width of the narrowest bank there is. */
  readonly narrowest_bits: number;
}

/** CACTI points of banks. */
export interface SramTable {
  /** Technology and ports it has points for, e.g. `28nm 1r1w`. */
  readonly kinds: readonly string[];
  /** Points of a kind; undefined for a kind it lacks. */
  banks(kind: string): Banks | undefined;
}

export interface SramBuffer {
  readonly technology_nm: number;
  readonly ports: string;
  readonly size_bytes: number;
  readonly banks: number;
  /** Bits of one access of the whole buffer, over all banks. */
  readonly bus_bits: number;
}

/**
 * Table from the text of hw-configs/energy/sram_cacti7.csv (rows sorted by technology, ports, bytes, width). Numbers of a kind are read when
 * it is first asked for: a run needs one of eight. Throws LowbitError on another header at once, and then on a field that is no positive
 * number or on rows out of order.
 */
export function parseSramTable(text: string, place = 'SRAM table'): SramTable {
  const lines = text.trimEnd().split(/\r?\n/);
  if (lines[0] !== header) throw new LowbitError('unexpected header of an SRAM table', { value: lines[0], place, allowed: [header] });
  const linesOf = new Map<string, { line: string; place: string }[]>();
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i] as string;
    const [technology, ports] = line.split(',', 2);
    const kind = `${technology}nm ${ports}`;
    const ofKind = linesOf.get(kind) ?? [];
    if (ofKind.length === 0) linesOf.set(kind, ofKind);
    ofKind.push({ line, place: `${place}:${i + 1}` });
  }
  const parsed = new Map<string, Banks>();
  const banks = (kind: string): Banks | undefined => {
    const points = linesOf.get(kind);
    const known = parsed.get(kind);
    if (known !== undefined || points === undefined) return known;
    const rows: WidthRow[] = [];
    for (const point of points) addPoint(rows, point.line.split(','), point.place);
    const narrowest_bits = rows.reduce((narrowest, { widths }) => Math.min(narrowest, widths[0] as number), Infinity);
    const fresh = { rows, sizes: rows.map(({ bytes }) => bytes), narrowest_bits };
    parsed.set(kind, fresh);
    return fresh;
  };
  return { kinds: [...linesOf.keys()], banks };
}

function addPoint(rows: WidthRow[], fields: readonly string[], place: string): void {
  const numbers = fields.slice(2).map(Number);
  if (numbers.length !== 8 || !numbers.every((x) => x > 0 && x < Infinity)) {
    throw new LowbitError('a point of the SRAM table needs its technology, ports and 8 positive numbers', {
      value: fields.join(','),
      place,
    });
  }
  const [bytes, width, access_ns, cycle_ns, read_pJ, write_pJ, leakage_mW, area_mm2] = numbers as Point;
  const cost = { access_ns, cycle_ns, read_pJ, write_pJ, leakage_mW, area_mm2 };
  const last = rows.at(-1);
  const sameBank = last?.bytes === bytes;
  const before = sameBank ? (last.widths.at(-1) as number) : 0;
  if (width <= before || (last?.bytes ?? 0) > bytes) {
    throw new LowbitError('points of the SRAM table must ascend in bank_bytes, then width_bits', { value: fields.join(','), place });
  }
  if (!sameBank) rows.push({ bytes, widths: [width], costs: [cost] });
  else {
    last.widths.push(width);
    last.costs.push(cost);
  }
}

/** Cost of a banked buffer: energies, leakage and area of all its banks, time of one. Throws LowbitError outside the table (too narrow a bus is not). */
export function sramBuffer(table: SramTable, buffer: SramBuffer): SramCost {
  const { technology_nm, ports, banks } = buffer;
  const kind = banksOfKind(table, technology_nm, ports);
  const width_bits = Math.max(buffer.bus_bits / banks, kind.narrowest_bits);
  const bank = sramBank(kind, buffer.size_bytes / banks, width_bits);
  return {
    bus_bits: width_bits * banks,
    access_ns: bank.access_ns,
    cycle_ns: bank.cycle_ns,
    read_pJ: bank.read_pJ * banks,
    write_pJ: bank.write_pJ * banks,
    leakage_mW: bank.leakage_mW * banks,
    area_mm2: bank.area_mm2 * banks,
  };
}

function banksOfKind(table: SramTable, technology_nm: number, ports: string): Banks {
  const kind = `${technology_nm}nm ${ports}`;
  const banks = table.banks(kind);
  if (banks === undefined)
    throw new LowbitError('no SRAM table for this technology and these ports', { value: kind, allowed: table.kinds });
  return banks;
}

/** Cost of one bank, interpolated log-log in bytes and width. Throws LowbitError with the bounds outside the table. */
function sramBank({ rows, sizes }: Banks, bytes: number, width_bits: number): BankCost {
  const at = bracket(sizes, bytes, 'SRAM bank size outside the table', 'bytes per bank');
  const low = costAtWidth(rows[at.low] as WidthRow, width_bits);
  if (at.low === at.high) return low;
  const high = costAtWidth(rows[at.high] as WidthRow, width_bits);
  return between(logLogShare(bytes, sizes[at.low] as number, sizes[at.high] as number), low, high);
}

function costAtWidth(row: WidthRow, width: number): BankCost {
  const at = bracket(row.widths, width, `SRAM bank width outside the table at ${row.bytes} bytes`, 'bits per bank');
  const low = row.costs[at.low] as BankCost;
  if (at.low === at.high) return low;
  return between(logLogShare(width, row.widths[at.low] as number, row.widths[at.high] as number), low, row.costs[at.high] as BankCost);
}

function between(share: number, low: BankCost, high: BankCost): BankCost {
  return {
    access_ns: logLogAt(share, low.access_ns, high.access_ns),
    cycle_ns: logLogAt(share, low.cycle_ns, high.cycle_ns),
    read_pJ: logLogAt(share, low.read_pJ, high.read_pJ),
    write_pJ: logLogAt(share, low.write_pJ, high.write_pJ),
    leakage_mW: logLogAt(share, low.leakage_mW, high.leakage_mW),
    area_mm2: logLogAt(share, low.area_mm2, high.area_mm2),
  };
}

/** Indices of the neighbours of x on an ascending axis; equal when x is a point of it. */
function bracket(axis: readonly number[], x: number, what: string, unit: string): { low: number; high: number } {
  const high = axis.findIndex((point) => point >= x);
  if (high === -1 || !(x >= (axis[0] as number))) {
    throw new LowbitError(what, {
      value: `${x} ${unit}`,
      remedy: `the table covers ${axis[0]} to ${axis.at(-1)} ${unit}; change size, banks or array`,
    });
  }
  return axis[high] === x ? { low: high, high } : { low: high - 1, high };
}
