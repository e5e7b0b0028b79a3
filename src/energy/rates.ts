/** Figures of merit of a run. Two operations per useful MAC; TOPS are 1e12 operations per second. NaN in, NaN out: unknown stays unknown. */

export function tops(macs: number, latency_s: number): number {
  return (2 * macs) / latency_s / 1e12;
}

/** TOPS over power is operations over energy. */
export function topsPerWatt(macs: number, energy_J: number): number {
  return (2 * macs) / energy_J / 1e12;
}

export function energyDelay_Js(energy_J: number, latency_s: number): number {
  return energy_J * latency_s;
}

export function power_W(energy_J: number, latency_s: number): number {
  return energy_J / latency_s;
}
