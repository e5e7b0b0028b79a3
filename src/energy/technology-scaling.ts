/**
 * Energy and area of logic published at one technology, at another.
 *   energy factor = E(to) / E(from), E(node) = a V^2 + b V + c at V = 0.8        area factor = A(to) / A(from)
 * E and A are linear between the nodes of the table. Source: Stillmaker and Baas, Integration 58 (2017), pages 74 to 81, as tabulated in the library
 * plug-in of Accelergy. Left out: delay (the clock stays what the description says), another voltage, leakage as a part of its own.
 */

/** Supply voltage the polynomials are evaluated at; the default of the plug-in the table comes from. */
const SUPPLY_V = 0.8;

/** Where the factors come from. */
export const SCALING_SOURCE = 'Stillmaker and Baas, Integration 58 (2017), at 0.8 V';

/** Per node, descending: nm, area relative to 45 nm, coefficients of the energy polynomial in volts. */
const nodes: readonly (readonly [nm: number, area: number, a: number, b: number, c: number])[] = [
  [130, 6.4, 7.171, -6.709, 2.904],
  [90, 2.8, 4.762, -4.781, 2.092],
  [65, 1.5, 3.755, -4.398, 1.975],
  [45, 1, 1.103, -0.362, 0.2767],
  [32, 0.46, 0.9559, -0.7823, 0.471],
  [20, 0.21, 0.373, -0.1582, 0.04104],
  [16, 0.19, 0.2958, -0.1241, 0.03024],
  [14, 0.17, 0.2363, -0.09675, 0.02239],
  [10, 0.1, 0.2068, -0.09311, 0.02375],
  [7, 0.059, 0.1776, -0.09097, 0.02447],
];

interface NodeValues {
  readonly energy: number;
  readonly area: number;
}

/** Factors on energy and area, and what is wrong with relying on them. */
export interface TechnologyScaling extends NodeValues {
  readonly warnings: readonly string[];
}

/** Factors from one node to another, both in nm. Outside 7 to 130 nm the value of the nearest node is taken, with a warning. */
export function technologyScaling(from_nm: number, to_nm: number): TechnologyScaling {
  if (from_nm === to_nm) return { energy: 1, area: 1, warnings: [] };
  const from = valuesAt(from_nm);
  const to = valuesAt(to_nm);
  const warnings = [from_nm, to_nm].flatMap((node_nm) => outsideWarning(node_nm));
  return { energy: to.energy / from.energy, area: to.area / from.area, warnings };
}

function outsideWarning(node_nm: number): string[] {
  const nearest_nm = clamped(node_nm);
  if (nearest_nm === node_nm) return [];
  return [`${node_nm} nm lies outside the ${smallest_nm} to ${largest_nm} nm of the table and is taken as ${nearest_nm} nm`];
}

const largest_nm = (nodes[0] as (typeof nodes)[number])[0];
const smallest_nm = (nodes.at(-1) as (typeof nodes)[number])[0];

function clamped(node_nm: number): number {
  return Math.min(largest_nm, Math.max(smallest_nm, node_nm));
}

function valuesAt(node_nm: number): NodeValues {
  const nm = clamped(node_nm);
  const below = nodes.findIndex(([node]) => node <= nm);
  const low = nodes[below] as (typeof nodes)[number];
  const high = nodes[low[0] === nm ? below : below - 1] as (typeof nodes)[number];
  const share = low === high ? 0 : (nm - low[0]) / (high[0] - low[0]);
  const mix = (value: (node: typeof low) => number): number => value(low) + share * (value(high) - value(low));
  return { energy: mix(([, , a, b, c]) => a * SUPPLY_V * SUPPLY_V + b * SUPPLY_V + c), area: mix(([, area]) => area) };
}
