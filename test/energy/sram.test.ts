import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logLogAt, logLogShare } from '../../src/energy/log-log.js';
import { parseSramTable, sramBuffer, type SramTable } from '../../src/energy/sram.js';
import { LowbitError } from '../../src/lowbit-error.js';

const text = readFileSync(new URL('../../hw-configs/energy/sram_cacti7.csv', import.meta.url), 'utf8');
const table = parseSramTable(text);
const points = text.trimEnd().split('\n').slice(1).map((line) => line.split(',')); // prettier-ignore
const header = 'tech_nm,ports,bank_bytes,width_bits,access_ns,cycle_ns,read_pJ,write_pJ,leakage_mW,area_mm2';
const sramBank = (
  from: SramTable,
  { bytes, width_bits, ...kind }: { technology_nm: number; ports: string; bytes: number; width_bits: number },
) => sramBuffer(from, { ...kind, size_bytes: bytes, banks: 1, bus_bits: width_bits });
const bank28 = (bytes: number, width_bits: number) => sramBank(table, { technology_nm: 28, ports: '1r1w', bytes, width_bits });

interface Figures {
  sram: Record<
    string,
    { bus_bits: number; banks: number; bytes: number; read_pJ: number; write_pJ: number; area_mm2: number; access_ns: number }
  >;
}

describe('SRAM costs', () => {
  it('are those of the table at every one of its points', () => {
    expect(points).toHaveLength(1852);
    for (const [tech, ports, bytes, width, ...values] of points) {
      const cost = sramBank(table, {
        technology_nm: Number(tech),
        ports: ports as string,
        bytes: Number(bytes),
        width_bits: Number(width),
      });
      expect([cost.access_ns, cost.cycle_ns, cost.read_pJ, cost.write_pJ, cost.leakage_mW, cost.area_mm2]).toEqual(values.map(Number));
    }
  });

  it("of a banked buffer are the banks' sum, as in the published BitMoD buffers", () => {
    const figures = JSON.parse(readFileSync(new URL('../fixtures/bitmod/figures-7-8.json', import.meta.url), 'utf8')) as Figures;
    for (const buffer of Object.values(figures.sram)) {
      const { bus_bits, banks, bytes: size_bytes } = buffer;
      const cost = sramBuffer(table, { technology_nm: 28, ports: '1r1w', size_bytes, banks, bus_bits });
      for (const key of ['read_pJ', 'write_pJ', 'area_mm2', 'access_ns'] as const) expect(cost[key]).toBeCloseTo(buffer[key], 9);
    }
  });

  it('lie between those of the neighbouring points', () => {
    fc.assert(
      fc.property(fc.integer({ min: 65537, max: 98303 }), fc.integer({ min: 65, max: 71 }), (bytes, width) => {
        const corners = [65536, 98304].flatMap((b) => [64, 72].map((w) => bank28(b, w).read_pJ));
        const { read_pJ } = bank28(bytes, width);
        expect(read_pJ).toBeGreaterThanOrEqual(Math.min(...corners));
        expect(read_pJ).toBeLessThanOrEqual(Math.max(...corners));
      }),
    );
  });

  it('do not jump at a point of the table', () => {
    for (const [bytes, width] of [[65536 + 1e-6, 64], [65536, 64 + 1e-6], [65536 - 1e-6, 64 - 1e-6]] as const) {
      expect(bank28(bytes, width).read_pJ / bank28(65536, 64).read_pJ).toBeCloseTo(1, 6);
    } // prettier-ignore
  });

  it('exist up to the ends of the table and not one step beyond', () => {
    expect(bank28(1024, 8).read_pJ).toBeGreaterThan(0);
    expect(bank28(4194304, 512).read_pJ).toBeGreaterThan(0);
    expect(() => bank28(1023, 8)).toThrow(/bank size outside the table: 1023 bytes per bank; the table covers 1024 to 4194304/);
    expect(() => bank28(4194305, 64)).toThrow(LowbitError);
    expect(() => bank28(65536, 513)).toThrow(/width outside the table at 65536 bytes: 513 bits per bank; the table covers 8 to 512/);
    expect(() => bank28(1024, 257)).toThrow(/the table covers 8 to 256/);
    expect(() => sramBank(table, { technology_nm: 7, ports: '1r1w', bytes: 65536, width_bits: 64 })).toThrow(
      /7nm 1r1w; expected one of: 22nm/,
    );
  });
});

describe('a bus narrower than 8 bits per bank', () => {
  const buffer = (bus_bits: number) => sramBuffer(table, { technology_nm: 28, ports: '1r1w', size_bytes: 512 * 1024, banks: 8, bus_bits });

  it('is charged as the narrowest banks there are, and the cost says so', () => {
    expect(buffer(48)).toEqual(buffer(64));
    expect([buffer(48), buffer(63.9), buffer(64), buffer(65)].map(({ bus_bits }) => bus_bits)).toEqual([64, 64, 64, 65]);
  });
});

describe('a malformed SRAM table', () => {
  const one = (line: string) => () =>
    sramBank(parseSramTable(`${header}\n${line}`, 't.csv'), { technology_nm: 28, ports: '1rw', bytes: 1024, width_bits: 8 });

  it('is refused with its place', () => {
    expect(() => parseSramTable('a,b\n', 't.csv')).toThrow(/unexpected header of an SRAM table: a,b \(t.csv\)/);
    expect(one('28,1rw,1024,8,1,1,1,1,1')).toThrow(/t.csv:2/);
    expect(one('28,1rw,1024,8,1,1,x,1,1,1')).toThrow(/8 positive numbers/);
    expect(one('28,1rw,1024,8,1,1,1,1,1,1\n28,1rw,1024,8,1,1,1,1,1,1')).toThrow(/ascend.*\(t.csv:3\)/);
    expect(one('28,1rw,2048,8,1,1,1,1,1,1\n28,1rw,1024,16,1,1,1,1,1,1')).toThrow(/ascend/);
  });
});

describe('log-log interpolation', () => {
  it('is exact for a power law', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 1e6, noNaN: true }),
        fc.double({ min: 1.01, max: 10, noNaN: true }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        fc.double({ min: -2, max: 2, noNaN: true }),
        (x0, factor, share, power) => {
          const x1 = x0 * factor;
          const x = x0 + share * (x1 - x0);
          const y = logLogAt(logLogShare(x, x0, x1), x0 ** power, x1 ** power);
          expect(y / x ** power).toBeCloseTo(1, 12);
        },
      ),
    );
  });
});

describe('the interpolation error stated in docs/energy.md', () => {
  it.each([
    ['read_pJ', 6, 3.8, 6.4],
    ['write_pJ', 7, 4.7, 5.6],
  ] as const)('of %s is what leaving out each width in turn gives: median and mean in percent', (quantity, field, median, mean) => {
    const ours = points.filter(([tech, ports]) => tech === '28' && ports === '1r1w');
    const errors: number[] = [];
    for (const width of [16, 24, 32, 36, 48, 64, 72, 96, 128, 192, 256, 384]) {
      const rest = ours.filter((point) => Number(point[3]) !== width);
      const without = parseSramTable([header, ...rest.map((point) => point.join(','))].join('\n'));
      for (const point of ours.filter((p) => Number(p[3]) === width)) {
        const widest = Math.max(...rest.filter((p) => p[2] === point[2]).map((p) => Number(p[3])));
        if (width > widest) continue;
        const cost = sramBank(without, { technology_nm: 28, ports: '1r1w', bytes: Number(point[2]), width_bits: width });
        errors.push(Math.abs(cost[quantity] / Number(point[field]) - 1) * 100);
      }
    }
    errors.sort((a, b) => a - b);
    expect(errors[errors.length >> 1]).toBeCloseTo(median, 1);
    expect(errors.reduce((sum, error) => sum + error, 0) / errors.length).toBeCloseTo(mean, 1);
  });
});
