/** A co-design document of four items, three options and two designs (one without area), small enough to add up by hand. */
import { codesignDocumentSchema, type CodesignDocument } from '../../src/report/documents.js';

const bits = [3, 4, 8];
const item = (layer: number, matrix: string, weights: number) => {
  const name = `model.layers.${layer}.${matrix}`;
  return { name, products: [name], layer, matrix, weights };
};
const items = [item(0, 'q_proj', 100), item(0, 'down_proj', 300), item(1, 'q_proj', 100), item(1, 'down_proj', 300)];
const perItem = <T>(of: (weights: number, bits: number, item: number) => T): T[][] => items.map(({ weights }, i) => bits.map((b) => of(weights, b, i))); // prettier-ignore

export interface CodesignSetting {
  readonly measured?: boolean;
  /** The energy of the last design is not known. */
  readonly energyKnown?: boolean;
  /** Unit of errors: nats or relative errors. */
  readonly measure?: 'divergence' | 'output';
  /** Stored bits of the options; two that are alike need a letter. */
  readonly stored?: readonly number[];
}

export function codesignDocument({
  measured = true,
  energyKnown = true,
  measure = 'divergence',
  stored = bits,
}: CodesignSetting = {}): CodesignDocument {
  const error = perItem((_, b, i) => (0.01 * (i + 1)) / 2 ** b);
  const hardware = [
    { name: 'small', area: 2, speed: 1, energy: true },
    { name: 'card', area: null, speed: 4, energy: energyKnown },
  ].map(({ name, area, speed, energy }) => ({
    name,
    design: name,
    settings: {},
    area_mm2: area,
    fixed: { latency_s: 1e-6 / speed, energy_pJ: energy ? 500 : null },
    tables: {
      latency_s: perItem((weights, b) => (weights * b * 1e-9) / speed),
      energy_pJ: perItem((weights, b) => (energy ? weights * b : null)),
    },
  }));
  const pointOf = (id: string, h: number, choice: number[]) => {
    const design = hardware[h]!;
    const sum = (table: readonly (readonly (number | null)[])[]) =>
      choice.reduce((total, option, i) => total + (table[i]?.[option] ?? NaN), 0);
    const predictedError = sum(error);
    const energy = sum(design.tables.energy_pJ) + (design.fixed.energy_pJ ?? NaN);
    const mean = predictedError * 1.1;
    const evaluated = measured && id !== 'p2';
    return {
      id,
      hardware: design.name,
      method: 'ilp',
      budget: { resource: 'bits', value: 4 },
      choice,
      predictedError,
      costs: {
        bits: choice.reduce((total, option, i) => total + (stored[option]! * items[i]!.weights) / 800, 0),
        latency_s: sum(design.tables.latency_s) + design.fixed.latency_s,
        energy_pJ: Number.isNaN(energy) ? null : energy,
        memory_bytes: 1000 + choice.reduce((total, option, i) => total + (bits[option]! * items[i]!.weights) / 8, 0),
        area_mm2: design.area_mm2,
      },
      measured: evaluated
        ? {
            perplexity: 3.5 * Math.exp(mean),
            logPerplexityDifference: { mean, low: mean * 0.7, high: mean * 1.3, resolved: true },
            bitsPerWeight: 4,
          }
        : null,
      errorWithinInterval: evaluated && measure === 'divergence' ? true : null,
      tableDeviation: evaluated ? 0 : null,
      scheme: evaluated ? `schemes/${id}.yaml` : null,
    };
  };
  return codesignDocumentSchema.parse({
    ...{ schemaVersion: 1, tool: { name: 'lowbit', version: '0.1.0' }, configHash: 'c0ffee', command: 'codesign' },
    ...{ name: 'four-items', description: 'four items on two designs', source: 'made up for tests', model: 'four', scheme: 'w4', seed: 1 },
    workload: { phase: 'decode', batch: 1, context: 64 },
    objectives: ['error', 'latency_s', 'energy_pJ'],
    items,
    options: ['three', 'four', 'eight'].map((name, o) => ({ name, format: name, weight: { quantizer: 'rtn', bits: bits[o] } })),
    hardware,
    methods: [{ name: 'ilp', method: 'ilp', source: 'made up' }],
    errors: {
      measure,
      unit: measure === 'divergence' ? 'nats per token' : 'sum of squared relative output errors',
      windows: 2,
      error,
      bits: items.map(() => [...stored]),
      mse: error,
      outputError: error,
    },
    memory: { fixed_bytes: 1000, bytes: perItem((weights, b) => (weights * b) / 8) },
    reference: measured ? { perplexity: 3.5, window: 256, windows: 4 } : null,
    candidates: { assignments: 40, evaluated: 80 },
    front: [pointOf('p1', 0, [2, 2, 2, 2]), pointOf('p2', 0, [1, 2, 1, 2]), pointOf('p3', 0, [0, 1, 0, 0]), pointOf('p4', 1, [0, 1, 0, 0])],
    comparisons: [],
    notes: ['costs of candidates are sums of table entries'],
  });
}
