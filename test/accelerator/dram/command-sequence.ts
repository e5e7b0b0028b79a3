/**
 * Reference for the closed form of DRAM bandwidth: one channel ticked clock by clock, one command per clock, no row-buffer or bus rule skipped.
 * Each bank holds its open row and the earliest clock of its next ACT, RD, WR and PRE; the channel holds what bank groups, the data bus, the
 * activate window and refresh still forbid. Column commands are served in order; rows of the next `lookahead` bursts are closed and opened ahead.
 */
import { burstBytes, type DramStandard, type DramTiming } from '../../../src/accelerator/dram/dram-standard.js';

export interface Burst {
  readonly group: number;
  readonly bank: number;
  readonly row: number;
  readonly write: boolean;
}

interface Bank {
  row: number;
  activate: number;
  read: number;
  write: number;
  precharge: number;
}

export interface SequenceRun {
  /** From the first data of the first burst to the last of the last. */
  readonly clocks: number;
  readonly activates: number;
  readonly refreshes: number;
  /** Clock after the last data of the first burst. */
  readonly firstData: number;
}

class Channel {
  readonly banks: Bank[];
  activates: number[] = [];
  /** Earliest next column command by direction, for any group and for each. */
  readonly any = { read: 0, write: 0 };
  readonly own: { read: number; write: number }[];
  anyActivate = 0;
  readonly ownActivate: number[];

  constructor(
    readonly standard: DramStandard,
    readonly t: DramTiming,
  ) {
    const { bankGroups, banksPerGroup } = standard;
    this.banks = Array.from({ length: bankGroups * banksPerGroup }, () => ({ row: -1, activate: 0, read: 0, write: 0, precharge: 0 }));
    this.own = Array.from({ length: bankGroups }, () => ({ read: 0, write: 0 }));
    this.ownActivate = Array.from({ length: bankGroups }, () => 0);
  }

  bankOf({ group, bank }: Burst): Bank {
    return this.banks[group * this.standard.banksPerGroup + bank] as Bank;
  }

  tryColumn(burst: Burst, now: number): boolean {
    const { t } = this;
    const bank = this.bankOf(burst);
    const own = this.own[burst.group] as { read: number; write: number };
    const way = burst.write ? 'write' : 'read';
    if (bank.row !== burst.row || now < bank[way] || now < this.any[way] || now < own[way]) return false;
    const other = burst.write ? 'read' : 'write';
    this.any[way] = now + Math.max(t.nBL, t.nCCDS);
    own[way] = now + t.nCCDL;
    const dataEnd = t.nCWL + t.nBL;
    this.any[other] = Math.max(this.any[other], now + (burst.write ? dataEnd + t.nWTRS : (t.nRTW ?? t.nCL + t.nBL + 2 - t.nCWL)));
    if (burst.write) own.read = Math.max(own.read, now + dataEnd + t.nWTRL);
    bank.precharge = Math.max(bank.precharge, now + (burst.write ? dataEnd + t.nWR : t.nRTP));
    return true;
  }

  tryRow(burst: Burst, now: number): boolean {
    const bank = this.bankOf(burst);
    if (bank.row === burst.row) return false;
    if (bank.row >= 0) return this.tryPrecharge(bank, now);
    const window = this.activates.length < 4 ? 0 : (this.activates.at(-4) as number) + this.t.nFAW;
    if (now < bank.activate || now < this.anyActivate || now < (this.ownActivate[burst.group] as number) || now < window) return false;
    const { t } = this;
    bank.row = burst.row;
    bank.read = now + t.nRCD;
    bank.write = now + (t.nRCDWR ?? t.nRCD);
    bank.precharge = now + t.nRAS;
    bank.activate = now + t.nRC;
    this.anyActivate = now + t.nRRDS;
    this.ownActivate[burst.group] = now + t.nRRDL;
    this.activates.push(now);
    return true;
  }

  tryPrecharge(bank: Bank, now: number): boolean {
    if (now < bank.precharge) return false;
    bank.row = -1;
    bank.activate = Math.max(bank.activate, now + this.t.nRP);
    return true;
  }
}

/** Serves the bursts in order; with `refresh`, all banks are refreshed every nREFI clocks. */
export function runSequence(
  standard: DramStandard,
  bursts: readonly Burst[],
  options: { lookahead?: number; refresh?: boolean } = {},
): SequenceRun {
  const t = standard.timing;
  if (t === null) throw new Error(`${standard.name} has no timing`);
  const channel = new Channel(standard, t);
  const { lookahead = 64, refresh = false } = options;
  let [now, served, refreshes, dataEnd, firstData] = [0, 0, 0, 0, 0];
  let nextRefresh = refresh && t.nREFI !== null ? t.nREFI : Infinity;
  while (served < bursts.length) {
    if (now >= nextRefresh) {
      now = refreshAll(channel, t, now);
      nextRefresh += t.nREFI as number;
      refreshes++;
    }
    const burst = bursts[served] as Burst;
    if (channel.tryColumn(burst, now)) {
      dataEnd = now + (burst.write ? t.nCWL : t.nCL) + t.nBL;
      if (served++ === 0) firstData = dataEnd;
    } else prepareRows(channel, bursts, served, { lookahead, now });
    now++;
  }
  return { clocks: dataEnd - firstData + t.nBL, activates: channel.activates.length, refreshes, firstData };
}

/** One row command for the first burst ahead that needs one and may have it: a row that an earlier burst still needs stays open. */
function prepareRows(
  channel: Channel,
  bursts: readonly Burst[],
  from: number,
  { lookahead, now }: { lookahead: number; now: number },
): void {
  const claimed = new Set<Bank>();
  for (let i = from; i < Math.min(bursts.length, from + lookahead); i++) {
    const burst = bursts[i] as Burst;
    const bank = channel.bankOf(burst);
    if (claimed.has(bank)) continue;
    if (channel.tryRow(burst, now)) return;
    claimed.add(bank);
    if (claimed.size === channel.banks.length) return;
  }
}

/** Closes every bank, refreshes, and returns the clock from which rows may be opened again. */
function refreshAll(channel: Channel, t: DramTiming, now: number): number {
  const closed = Math.max(now, ...channel.banks.map((bank) => (bank.row >= 0 ? bank.precharge : 0)));
  const start = Math.max(closed + t.nRP, ...channel.banks.map((bank) => bank.activate));
  for (const bank of channel.banks) {
    bank.row = -1;
    bank.activate = start + (t.nRFC ?? 0);
  }
  return start + (t.nRFC ?? 0);
}

/** Consecutive bursts that take turns on all bank groups, whole rows; `bursts` of them per row, all banks in rotation. */
export function rotatingBursts(standard: DramStandard, count: number, perRow: number, write: (index: number) => boolean): Burst[] {
  const { bankGroups, banksPerGroup } = standard;
  return Array.from({ length: count }, (_, i) => {
    const stripe = Math.floor(i / (bankGroups * perRow));
    return { group: i % bankGroups, bank: stripe % banksPerGroup, row: Math.floor(stripe / banksPerGroup), write: write(i) };
  });
}

/** Share of the peak that a run reached. */
export function reachedShare(standard: DramStandard, count: number, clocks: number): number {
  return (count * (standard.timing?.nBL ?? 0)) / clocks;
}

/** Bursts of a whole row. */
export function wholeRow(standard: DramStandard): number {
  return standard.row_bytes / burstBytes(standard);
}
