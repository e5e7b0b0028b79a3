/**
 * Bandwidth of DRAM channels in steady state, from the timing of their standard (docs/memories.md).
 *   peak     = channels * data rate * width / 8
 *   spacing  = max(nBL, nCCDS, nCCDL / bank groups)              clocks from burst to burst, bank groups in turn
 *   columns  = spacing + (read-to-write + write-to-read - 2 * spacing) / bursts per turn                  (spacing when all go one way)
 *   rows     = max(row cycle / (r * busy banks), nRRDS / r, nRRDL / (r * groups), nFAW / (4 r))          r = bursts per activation
 *   share    = nBL / clocks * (1 - (nRTP + nRP + nRFC + nRCD) / nREFI)
 * Rows that rotate over the banks: clocks = max(columns, rows), all banks busy. Rows in banks at random, served in order: the bursts of a row follow
 * one another (spacing nCCDL, to the next row nCCDL or nCCDS by chance), busy is the expected number of different banks before one comes again, sum
 * over k of B! / ((B - k)! B^k), and clocks = sqrt(columns^2 + rows^2), which was found against a ticked channel.
 * Source: the constraints of the JEDEC standards as Ramulator 2.1 lists them. Left out: conflicts of the command bus, ranks, per-bank refresh,
 * reordering of requests.
 */
import { burstsPerActivation, type DramAccess, type DramStandard, type DramTiming } from './dram-standard.js';

/** Peak of `channels` channels: every pin on every transfer. */
export function peakBandwidth_bytesPerSecond({ dataRate_MTps, channelWidth_bits }: DramStandard, channels: number): number {
  return (channels * dataRate_MTps * 1e6 * channelWidth_bits) / 8;
}

/** Share of the time that refreshes of all banks take, rows closed before and opened after included; 0 while the standard's are unknown. */
export function refreshShare({ nRTP, nRP, nRFC, nRCD, nREFI }: DramTiming): number {
  return nRFC === null || nREFI === null ? 0 : (nRTP + nRP + nRFC + nRCD) / nREFI;
}

/** Share of the peak that an access pattern reaches, in (0, 1]; null while the timing of the standard is unknown. */
export function streamingEfficiency(standard: DramStandard, access: DramAccess): number | null {
  const { timing } = standard;
  return timing === null ? null : (timing.nBL / clocksPerBurst(standard, timing, access)) * (1 - refreshShare(timing));
}

/** Bytes per second of `channels` channels under an access pattern; null while the timing of the standard is unknown. */
export function bandwidth_bytesPerSecond(standard: DramStandard, channels: number, access: DramAccess): number | null {
  const share = streamingEfficiency(standard, access);
  return share === null ? null : peakBandwidth_bytesPerSecond(standard, channels) * share;
}

/** Latency of one read that finds the memory idle and the row closed: nRCD + nCL + nBL clocks; null while the timing is unknown. */
export function unloadedLatency_ns({ timing }: Pick<DramStandard, 'timing'>): number | null {
  return timing === null ? null : ((timing.nRCD + timing.nCL + timing.nBL) * timing.tCK_ps) / 1000;
}

/** Read command to write command: the write's data may follow the read's after a gap of two clocks. */
function readToWriteClocks({ nRTW, nCL, nBL, nCWL }: DramTiming): number {
  return nRTW ?? nCL + nBL + 2 - nCWL;
}

/** Clocks from burst to burst between refreshes. */
function clocksPerBurst(standard: DramStandard, timing: DramTiming, access: DramAccess): number {
  const columns = columnClocks(standard, timing, access);
  const rows = rowClocks(standard, timing, access);
  // In rotation the slower of the two hides the other; at random they wait for each other now and then, more the closer they are.
  return access.rowOrder === 'rotating' ? Math.max(columns, rows) : Math.sqrt(columns * columns + rows * rows);
}

/** Share of bursts at random that find the bank group of the one before: all within a row, one in `bankGroups` from row to row. */
function sameGroupShare(standard: DramStandard, access: DramAccess): number {
  return 1 - (1 - 1 / standard.bankGroups) / burstsPerActivation(standard, access);
}

/** Clocks from burst to burst, turns between reading and writing included. */
function columnClocks(standard: DramStandard, timing: DramTiming, access: DramAccess): number {
  const { spacing, writeToRead } = access.rowOrder === 'rotating' ? inTurn(standard, timing) : atRandom(standard, timing, access);
  const { writeShare, burstsPerTurn } = access;
  if (writeShare === 0 || writeShare === 1) return spacing;
  // A turn has at least one burst each way, however small the share of one of them.
  const bursts = Math.max(burstsPerTurn, 1 / writeShare, 1 / (1 - writeShare));
  const turn = Math.max(spacing, readToWriteClocks(timing)) + Math.max(spacing, writeToRead);
  return spacing + (turn - 2 * spacing) / bursts;
}

interface ColumnRules {
  /** Clocks between two bursts in the same direction. */
  readonly spacing: number;
  readonly writeToRead: number;
}

/** Bank groups in turn; after a turn the one that was written longest ago is read first. */
function inTurn({ bankGroups }: DramStandard, { nBL, nCWL, nCCDS, nCCDL, nWTRS, nWTRL }: DramTiming): ColumnRules {
  const spacing = Math.max(nBL, nCCDS, nCCDL / bankGroups);
  const wait = bankGroups === 1 ? nWTRL : Math.max(nWTRS, nWTRL - (bankGroups - 1) * spacing);
  return { spacing, writeToRead: nCWL + nBL + wait };
}

/** Row by row, in bank groups as they come. */
function atRandom(standard: DramStandard, { nBL, nCWL, nCCDS, nCCDL, nWTRS, nWTRL }: DramTiming, access: DramAccess): ColumnRules {
  const same = sameGroupShare(standard, access);
  const [short, long] = [Math.max(nBL, nCCDS), Math.max(nBL, nCCDL)];
  return { spacing: short + same * (long - short), writeToRead: nCWL + nBL + nWTRS + same * (nWTRL - nWTRS) };
}

/** What activations allow: the cycle of a bank, activates in a row, and four of them in a window. */
function rowClocks(standard: DramStandard, timing: DramTiming, access: DramAccess): number {
  const { nRC, nRCD, nRCDWR = nRCD, nRTP, nRP, nCWL, nBL, nWR, nCCDL, nRRDS, nRRDL, nFAW } = timing;
  const bursts = burstsPerActivation(standard, access);
  const banks = standard.bankGroups * standard.banksPerGroup;
  // The bursts of a row come as fast as its bank group allows; other groups fill the gaps.
  const inRow = (bursts - 1) * Math.max(nBL, nCCDL);
  const readCycle = Math.max(nRC, nRCD + inRow + nRTP + nRP);
  const writeCycle = Math.max(nRC, nRCDWR + inRow + nCWL + nBL + nWR + nRP);
  const cycle = (1 - access.writeShare) * readCycle + access.writeShare * writeCycle;
  const busy = access.rowOrder === 'rotating' ? banks : differentBanks(banks);
  return Math.max(cycle / busy, nRRDS, nRRDL / standard.bankGroups, nFAW / 4) / bursts;
}

/** Expected number of draws from `banks` banks before one is drawn again. */
function differentBanks(banks: number): number {
  let allDifferent = 1;
  let expected = 0;
  for (let drawn = 0; drawn < banks; drawn++) {
    allDifferent *= (banks - drawn) / banks;
    expected += allDifferent;
  }
  return expected;
}
