/**
 * Seconds of the last wave: thread blocks that are left, spread over the SMs, so that some SMs hold `most` of them and the others one less.
 *   SM alone   = max(blocks on it * block, latency), longer on the SMs that hold more
 *   together   until the SMs that hold less are done; DRAM divided max-min fair, and where it suffices it works its share in use
 *   alone      what the others would take with DRAM to themselves: soft(SM alone, their bytes / DRAM rate)
 *   last wave  = together + (1 - together / what the others would take at that pace) * alone
 * With equally many blocks on every SM that holds any it is soft(SM alone, DRAM). The timeline runs the same fluid (timeline/main-stage.ts).
 * Source: own derivation; max-min fairness as Bertsekas and Gallager define it (Data Networks, 6.5.2).
 */
import { soft } from './overlap.js';

/** One of equal thread blocks: on an SM that it has for itself, at least the latency of its k-loop, and with all of DRAM. */
interface BlockSeconds {
  readonly local_s: number;
  readonly latency_s: number;
  readonly dram_s: number;
}

/** SMs, and what two that overlap lose. */
interface WaveMachine {
  readonly sms: number;
  readonly overlapLoss: number;
}

/** A last wave that puts one block more on some SMs than on others. */
interface MixedWave {
  /** Until the SMs with fewer blocks are done. */
  readonly together_s: number;
  /** What the others would take if nothing changed then, and if they had been on their own from the start. */
  readonly pace_s: number;
  readonly alone_s: number;
}

const { ceil, max } = Math;

/** The two phases; undefined where all SMs that hold blocks hold as many. */
export function mixedWave({ sms, overlapLoss }: WaveMachine, rest: number, block: BlockSeconds): MixedWave | undefined {
  const most = ceil(rest / sms);
  const heavySms = rest - (most - 1) * sms;
  if (most <= 1 || heavySms === sms) return undefined;
  const { local_s, latency_s, dram_s } = block;
  const heavy_s = max(most * local_s, latency_s);
  const light_s = max((most - 1) * local_s, latency_s);
  const heavyBlocks = heavySms * most;
  const lightBlocks = rest - heavyBlocks;
  const demand = dram_s * (heavyBlocks / heavy_s + lightBlocks / light_s);
  // Of a DRAM that is asked for too much, blocks that want less than an equal part get what they want.
  const part = dram_s * rest <= heavy_s ? (1 - (heavyBlocks * dram_s) / heavy_s) / lightBlocks : 1 / rest;
  return {
    together_s: soft(light_s, demand > 1 ? dram_s / part : demand * light_s, overlapLoss),
    pace_s: soft(heavy_s, demand > 1 ? dram_s / part : demand * heavy_s, overlapLoss),
    alone_s: soft(heavy_s, heavyBlocks * dram_s, overlapLoss),
  };
}

export function lastWave_s(machine: WaveMachine, rest: number, block: BlockSeconds): number {
  const mixed = mixedWave(machine, rest, block);
  if (mixed !== undefined) return mixed.together_s + (1 - mixed.together_s / mixed.pace_s) * mixed.alone_s;
  const sm_s = max(ceil(rest / machine.sms) * block.local_s, rest > 0 ? block.latency_s : 0);
  return soft(sm_s, rest * block.dram_s, machine.overlapLoss);
}
