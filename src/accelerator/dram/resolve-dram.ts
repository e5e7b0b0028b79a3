/**
 * From a memory and its number of channels to what a timing model and the energy table read: bits per cycle of the accelerator, latency, energy per
 * bit, and a source that says how they came about.
 *   bits per cycle = peak * share reached * 8 / clock
 * A bandwidth or an energy that is given wins over the one that follows from the memory.
 */
import { LowbitError } from '../../lowbit-error.js';
import type { AcceleratorConfig } from '../accelerator-config.js';
import { accessEnergy_pJPerBit } from './access-energy.js';
import { peakBandwidth_bytesPerSecond, refreshShare, streamingEfficiency, unloadedLatency_ns } from './bandwidth.js';
import type { DramAccess, DramStandard } from './dram-standard.js';

/** What an accelerator says about its memory. */
export interface DramUse {
  readonly channels: number;
  readonly access: DramAccess;
  readonly clock_MHz: number;
  /** Numbers that win. */
  readonly bandwidth_bitsPerCycle?: number | undefined;
  /** null: unknown. */
  readonly energy_pJPerBit?: number | null | undefined;
}

type DramFigures = Pick<AcceleratorConfig['dram'], 'bandwidth_bitsPerCycle' | 'latency_ns' | 'energy_pJPerBit' | 'source'>;

/** Bandwidth, latency, energy and their source. Throws LowbitError for bandwidth that needs a timing nobody knows. */
export function dramFigures(standard: DramStandard, use: DramUse): DramFigures {
  const bandwidth = use.bandwidth_bitsPerCycle === undefined ? memoryBandwidth(standard, use) : { value: use.bandwidth_bitsPerCycle };
  const latency_ns = unloadedLatency_ns(standard);
  const given = use.energy_pJPerBit !== undefined;
  const energySource = given ? `energy_pJPerBit given beside preset ${standard.name}` : energySourceOf(standard, use.access);
  return {
    bandwidth_bitsPerCycle: bandwidth.value,
    ...(latency_ns === null ? {} : { latency_ns }),
    energy_pJPerBit: use.energy_pJPerBit === undefined ? accessEnergy_pJPerBit(standard, use.access) : use.energy_pJPerBit,
    source: bandwidth.source === undefined ? energySource : `${bandwidth.source}; energy: ${energySource}`,
  };
}

interface Bandwidth {
  readonly value: number;
  readonly source?: string;
}

function memoryBandwidth(standard: DramStandard, { channels, access, clock_MHz }: DramUse): Bandwidth {
  const share = streamingEfficiency(standard, access);
  const peak = peakBandwidth_bytesPerSecond(standard, channels);
  const cycles = clock_MHz * 1e6;
  if (share === null || standard.timing === null) {
    throw new LowbitError('the timing of this memory is unknown, and with it the bandwidth it reaches', {
      value: standard.name,
      place: 'dram.preset',
      remedy: `give dram.bandwidth_bitsPerCycle; the peak is ${(peak * 8) / cycles}`,
    });
  }
  const { nRFC, nREFI, source, evidence } = standard.timing;
  const refresh =
    nRFC === null || nREFI === null
      ? 'is unknown and not charged'
      : `takes ${(refreshShare(standard.timing) * 100).toFixed(1)} % of the time`;
  return {
    value: (peak * share * 8) / cycles,
    source:
      `${standard.name}, ${channels} ${channels === 1 ? 'channel' : 'channels'}: ${(peak / 1e9).toFixed(1)} GB/s peak, ` +
      `${(share * 100).toFixed(1)} % of it reached; refresh ${refresh} (timing ${evidence}: ${source})`,
  };
}

function energySourceOf({ source, coreEnergy }: DramStandard, { rowHitRate }: DramAccess): string {
  if (rowHitRate === 1) return source;
  const activations = coreEnergy === null ? 'have no energy and are not charged' : `are added (${coreEnergy.source})`;
  return `${source}; activations beyond whole rows ${activations}`;
}
