/**
 * A DRAM standard as a table: geometry of a channel and its timing in clocks, named as in the JEDEC standards (hw-configs/memories/*.yaml).
 * `null` is a value no source gives: nRFC null charges no refresh, timing null leaves only the peak bandwidth; both are said with the result.
 * Left out: ranks, power-down, temperature-dependent refresh, and what depends on the data itself.
 */
import { z } from 'zod';

const clocks = z.int().positive();
const positive = z.number().positive();
const source = z.string().min(1);

const timingSchema = z.strictObject({
  tCK_ps: positive.describe('one clock of the command bus'),
  nBL: clocks.describe('clocks a burst occupies the data bus'),
  nCL: clocks.describe('read command to first data'),
  nCWL: clocks.describe('write command to first data'),
  nRCD: clocks.describe('activate to read'),
  nRCDWR: clocks.optional().describe('activate to write; absent: nRCD'),
  nRP: clocks.describe('precharge to activate'),
  nRAS: clocks.describe('activate to precharge'),
  nRC: clocks.describe('activate to activate of one bank'),
  nRTP: clocks.describe('read to precharge'),
  nWR: clocks.describe('end of write data to precharge'),
  nCCDS: clocks.describe('column command to column command, another bank group'),
  nCCDL: clocks.describe('column command to column command, same bank group'),
  nWTRS: clocks.describe('end of write data to read, another bank group'),
  nWTRL: clocks.describe('end of write data to read, same bank group'),
  nRTW: clocks.optional().describe('read to write command; absent: nCL + nBL + 2 - nCWL'),
  nRRDS: clocks.describe('activate to activate, another bank group'),
  nRRDL: clocks.describe('activate to activate, same bank group'),
  nFAW: clocks.describe('window that holds at most four activates'),
  nREFI: clocks.nullable().describe('interval of refreshes; null: unknown, refresh is not charged'),
  nRFC: clocks.nullable().describe('duration of a refresh of all banks; null: unknown, refresh is not charged'),
  evidence: z.enum(['read', 'assumed']).describe('read: numbers of the source; assumed: derived from them as the source says'),
  source,
});
/** Timing in clocks of `tCK_ps`. */
export type DramTiming = z.infer<typeof timingSchema>;

const coreEnergySchema = z.strictObject({
  read_pJPerBit: positive,
  write_pJPerBit: positive,
  activate_pJ: positive.describe('one activate and precharge of a row of the channel'),
  refresh_pJ: positive.nullable().describe('one refresh of all banks; null: unknown'),
  source,
});

/** A memory type: hw-configs/memories/*.yaml. */
export const dramStandardSchema = z.strictObject({
  name: z.string().min(1),
  description: z.string().min(1),
  dataRate_MTps: positive.describe('transfers per second and pin, in millions'),
  channelWidth_bits: z.int().positive().describe('data pins of a channel that has rows of its own (a pseudo channel of HBM)'),
  channels: z.int().positive().describe('channels when the accelerator does not say how many: one module, one device, one stack'),
  burstLength: z.int().positive().describe('transfers of one column command'),
  bankGroups: z.int().positive(),
  banksPerGroup: z.int().positive(),
  row_bytes: z.int().positive().describe('row of a channel (page)'),
  timing: timingSchema.nullable().describe('null: unknown; latency and efficiency are then unknown too'),
  energy_pJPerBit: positive.nullable().describe('device and its interface, rows read whole; null: unknown, the source says why'),
  source,
  coreEnergy: coreEnergySchema.nullable().describe('array without interface, from the currents of a data sheet; null: unknown'),
});
export type DramStandard = z.infer<typeof dramStandardSchema>;

/** How an accelerator uses its DRAM; what a bandwidth or an energy is stated for. */
export const dramAccessSchema = z.strictObject({
  writeShare: z.number().min(0).max(1).default(0).describe('share of bursts that are writes'),
  burstsPerTurn: z.int().min(2).default(64).describe('bursts from one change to reading to the next; at least one of each direction'),
  rowHitRate: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe('share of bursts that find their row open; a row read whole hits as often as it has bursts'),
  rowOrder: z
    .enum(['rotating', 'random'])
    .default('rotating')
    .describe('rotating: rows are spread evenly over the banks; random: each row is in any bank, and bursts are served in order'),
});
export type DramAccess = z.infer<typeof dramAccessSchema>;

/** Reads of whole rows over all bank groups. */
export const streamingReads: DramAccess = { writeShare: 0, burstsPerTurn: 64, rowHitRate: 1, rowOrder: 'rotating' };

/** Reads of rows that are all different, in banks at random. */
export const randomReads: DramAccess = { ...streamingReads, rowHitRate: 0, rowOrder: 'random' };

/** Bytes of one burst. */
export function burstBytes({ channelWidth_bits, burstLength }: Pick<DramStandard, 'channelWidth_bits' | 'burstLength'>): number {
  return (channelWidth_bits * burstLength) / 8;
}

/** Bursts per activation: 1 / (1 - hit rate), at most those of a row. */
export function burstsPerActivation(standard: DramStandard, { rowHitRate }: Pick<DramAccess, 'rowHitRate'>): number {
  const whole = standard.row_bytes / burstBytes(standard);
  return rowHitRate === 1 ? whole : Math.min(whole, 1 / (1 - rowHitRate));
}
