/**
 * What a result says of outliers stored apart: how many, where the count comes from, and who pays for their products.
 * Source: the outlier rule of docs/timing/lane-stall.md.
 */
import { peNamed } from '../pe/index.js';
import type { Operand } from '../trace/layer-trace.js';
import type { LayerResult } from '../trace/simulation-result.js';
import type { AcceleratorConfig } from './accelerator-config.js';
import { namesText } from '../trace/names-text.js';

/** Timing models whose PEs wait for the multiplier they share. */
const waitingTimings: readonly string[] = ['native', 'cycle-exact'];

/** Notes on layers whose weights or activations hold outliers; none without any. */
export function outlierNotes(hardware: AcceleratorConfig, layers: readonly LayerResult[]): string[] {
  const operands = layers.flatMap(({ trace }) => [trace.weight, trace.activation]).filter(holdsOutliers);
  if (operands.length === 0) return [];
  const shares = operands.map(shareOf);
  const origins = [...new Set(operands.map(({ statistics }) => statistics?.origin))].join(' and ');
  const range = [...new Set([Math.min(...shares), Math.max(...shares)].map(percent))].join(' to ');
  const count = `${operands.length} ${operands.length === 1 ? 'operand' : 'operands'}`;
  return [`outliers: ${range} of the elements of ${count} are stored apart (${origins}); ${payment(hardware, layers)}`];
}

function payment({ timing, pe }: AcceleratorConfig, layers: readonly LayerResult[]): string {
  const { name, pesPerOutlierMultiplier } = peNamed(pe.model);
  if (pesPerOutlierMultiplier === undefined) return `the ${name} PE has no path for them, their products are charged as the others`;
  if (!waitingTimings.includes(timing)) return `${timing} charges no time for them`;
  const waiting = layers.filter(({ trace, cycles }) => cycles.laneStall > 0 && [trace.weight, trace.activation].some(holdsOutliers));
  const names = waiting.length === 0 ? 'no layer' : namesText(waiting.map((layer) => layer.name));
  return `${pesPerOutlierMultiplier} PEs share a multiplier for them, and wait for it in ${names}`;
}

function shareOf({ statistics }: Operand): number {
  return statistics?.outlierShare ?? 0;
}

function holdsOutliers(operand: Operand): boolean {
  return shareOf(operand) > 0;
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(2))} %`;
}
