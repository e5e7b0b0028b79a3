/** Costs of places of dequantization for scripts/studies/dequantization-placement.mjs: rows of the sweep mixpe-placement-group in both phases. */
import { evaluatorOf } from '../../dist/sweep/evaluate/evaluator.js';
import { gpuPoints } from '../../dist/sweep/evaluate/gpu-points.js';
import { readSweep } from '../../dist/sweep/plan/read-sweep.js';
import { spaceOf } from '../../dist/sweep/plan/space.js';

/**
 * @typedef {{ phase: string, place: string, activation: string, group: string, latency_s: number, energy_J: number, area_mm2: number, pe_mm2: number,
 *   bitsPerWeight: number, dequantShare: number }} PlacementCost
 */

export const phases = ['prefill', 'decode'];
/** In the order of the sweep file, for each format of activations. */
export const places = ['behind, 1 per column', 'behind, 2 per column', 'one in every PE', 'ahead, 1 per column'];
export const activations = ['int8', 'fp16'];
export const groups = ['32', '64', '128', '256', 'channel'];

/** @returns {Promise<PlacementCost[]>} */
export async function placementCosts() {
  const all = [];
  for (const phase of phases) {
    const plan = await readSweep('mixpe-placement-group', { set: [`workload.phase=${phase}`] });
    const space = spaceOf(plan);
    const positions = activations.flatMap((_, a) => places.flatMap((__, p) => groups.map((___, g) => [a * places.length + p, g])));
    const rows = evaluatorOf(plan, { gpus: gpuPoints }).evaluate(Float64Array.from(positions, (digits) => space.pointOf(digits)));
    for (const message of rows.errors.values()) throw new Error(message);
    const column = (/** @type {string} */ name, /** @type {number} */ row) => rows.columns[plan.columns.indexOf(name)]?.[row] ?? NaN;
    for (const [row, [design = 0, group = 0]] of positions.entries()) {
      all.push({
        phase,
        place: places[design % places.length] ?? '',
        activation: activations[Math.floor(design / places.length)] ?? '',
        group: groups[group] ?? '',
        latency_s: column('latency_s', row),
        energy_J: column('energy_J', row),
        area_mm2: column('area_mm2', row),
        pe_mm2: column('pe_mm2', row),
        bitsPerWeight: column('weight_bits', row),
        dequantShare: column('dequant_cycles', row) / column('latency_cycles', row),
      });
    }
  }
  return all;
}
