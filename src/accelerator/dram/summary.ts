/** A memory in one line for `lowbit list memories`: peak, what reading in rows and at random reaches of it, latency, energy. */
import { accessEnergy_pJPerBit, arrayEnergy_pJPerBit } from './access-energy.js';
import { bandwidth_bytesPerSecond, peakBandwidth_bytesPerSecond, unloadedLatency_ns } from './bandwidth.js';
import { randomReads, streamingReads, type DramStandard } from './dram-standard.js';

/** Bandwidth, latency and energy of a memory as text. */
export function dramSummary(standard: DramStandard): string {
  const { channels, description } = standard;
  const peak = `${gigabytes(peakBandwidth_bytesPerSecond(standard, channels))} GB/s peak`;
  return `${description}: ${[peak, ...timedText(standard), ...energyText(standard)].join(', ')}`;
}

function timedText(standard: DramStandard): string[] {
  const streamed = bandwidth_bytesPerSecond(standard, standard.channels, streamingReads);
  const random = bandwidth_bytesPerSecond(standard, standard.channels, randomReads);
  const latency_ns = unloadedLatency_ns(standard);
  if (streamed === null || random === null || latency_ns === null) return ['timing unknown'];
  return [`${gigabytes(streamed)} streamed`, `${gigabytes(random)} at random`, `${latency_ns.toFixed(1)} ns to a closed row`];
}

function energyText(standard: DramStandard): string[] {
  const whole = accessEnergy_pJPerBit(standard, streamingReads);
  const random = accessEnergy_pJPerBit(standard, randomReads);
  const array = arrayEnergy_pJPerBit(standard, streamingReads);
  if (whole === null || random === null) return ['energy unknown'];
  return [`${whole} pJ/bit`, ...(array === null ? [] : [`${random.toFixed(1)} at random`, `array alone ${array.toFixed(1)}`])];
}

function gigabytes(bytesPerSecond: number): string {
  return (bytesPerSecond / 1e9).toFixed(1);
}
