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
  /** Sums are held to whole assignments, and points promise a loss. */
  readonly promised?: boolean;
  /** Losses of the four windows of points: none, as in older documents; one of them infinite; of one window alone. */
  readonly losses?: 'all' | 'none' | 'infinite' | 'single';
}

const referenceLosses = [1, 1.1, 1.2, 1.3];

/** About the float ones, the difference of a point spread unevenly over them. */
function windowLosses(kind: CodesignSetting['losses'], mean: number): { readonly windowLosses_nats?: (number | null)[] } {
  if (kind === 'none') return {};
  const all = referenceLosses.map((loss, w) => loss + mean * [0.7, 0.9, 1.1, 1.3][w]!);
  if (kind === 'single') return { windowLosses_nats: all.slice(0, 1) };
  return { windowLosses_nats: kind === 'infinite' ? [null, ...all.slice(1)] : all };
}

/** A tenth above the sum; the interval of the measured loss holds it. */
const promiseAt = (sum: number, evaluated: boolean) => ({
  ...{ mean: sum * 1.1, low: sum * 0.9, high: sum * 1.3 },
  withinInterval: evaluated ? true : null,
  holds: evaluated ? true : null,
});

type Design = CodesignDocument['hardware'][number];

/** Forty assignments on both designs, as sums of the tables; where the energy is not known it has none. */
function keptOf(hardware: readonly Design[], error: readonly (readonly number[])[]): CodesignDocument['candidates']['kept'] {
  const choices = Array.from({ length: 40 }, (_, i) => items.map((_item, at) => Math.floor((2 * i) / 3 ** at) % 3));
  const rows = choices.flatMap((choice) => hardware.map((design, h) => ({ choice, design, h })));
  const sum = (table: readonly (readonly (number | null)[])[], choice: readonly number[]): number =>
    choice.reduce((total, option, i) => total + (table[i]?.[option] ?? NaN), 0);
  return {
    rule: 'all that were evaluated',
    methods: ['sample'],
    method: rows.map(() => 0),
    hardware: rows.map(({ h }) => h),
    error: rows.map(({ choice }) => sum(error, choice)),
    bits: rows.map(({ choice }) => choice.reduce((total, option, i) => total + (bits[option]! * items[i]!.weights) / 800, 0)),
    latency_s: rows.map(({ choice, design }) => sum(design.tables.latency_s, choice) + design.fixed.latency_s),
    energy_pJ: rows.map(({ choice, design }) => design.fixed.energy_pJ === null ? null : sum(design.tables.energy_pJ, choice) + design.fixed.energy_pJ), // prettier-ignore
    memory_bytes: rows.map(({ choice }) => 1000 + choice.reduce((total, option, i) => total + (bits[option]! * items[i]!.weights) / 8, 0)),
  };
}

export function codesignDocument({
  measured = true,
  energyKnown = true,
  measure = 'divergence',
  stored = bits,
  losses = 'all',
  promised = false,
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
      promise: promised ? promiseAt(predictedError, evaluated) : null,
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
            ...windowLosses(losses, mean),
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
    reference: measured ? { perplexity: 3.5, window: 256, windows: 4, ...(losses === 'none' ? {} : { text: 'c0ffee', windowLosses_nats: referenceLosses }) } : null, // prettier-ignore
    candidates: { assignments: 40, evaluated: 80, kept: keptOf(hardware, error) },
    promise: promised ? { windows: 4, curve: { base: 0, slope: 1, growth: 0 }, ratio: { mean: 1, low: 0.9, high: 1.1 }, anchors: [] } : null, // prettier-ignore
    front: [pointOf('p1', 0, [2, 2, 2, 2]), pointOf('p2', 0, [1, 2, 1, 2]), pointOf('p3', 0, [0, 1, 0, 0]), pointOf('p4', 1, [0, 1, 0, 0])],
    comparisons: [],
    notes: ['costs of candidates are sums of table entries'],
  });
}
