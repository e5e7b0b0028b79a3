/**
 * OliVe, ISCA 2023, systolic array: speed and energy over AdaptivFloat, OLAccel and ANT, mean over five models.
 *   speedup = cycles of the other / cycles of OliVe          energyRatio = energy of the other / energy of OliVe
 * Cycles and energy are those of loop-order-search as ANT's comparison counts them (ant-cost.ts). Published are the means only; precisions, tokens
 * and batch are assumptions, and what another choice gives is a row of its own. The part of the paper on GPUs is not reproduced here.
 */
import { unknownName } from '../lowbit-error.js';
import { antAsPublished, antEnergies, layerListCosts, type AntCost } from './ant-cost.js';
import { changedAssumption, oliveLayers, oliveWorkloadSchema, type OliveAssumption, type OliveWorkload } from './olive-workload.js';
import type { PublishedTable } from './published-table.js';
import { compareWithPublished, type Cell, type CellKey, type Reproduction, type ReproductionInputs } from './reproduction.js';

const OURS = 'OliVe';

/** Models of models/ the published means are over. */
export const oliveModels: readonly string[] = ['bert-base', 'bert-large', 'bart-base', 'gpt2-xl', 'bloom-7b1'];

/** Accelerators of hw-configs/accelerators it runs on. */
export const oliveMachines: readonly string[] = ['olive-os', 'adafloat', 'olaccel', 'ant-os'];

const ratios = { speedup: ({ cycles }: AntCost) => cycles, energyRatio: ({ energy_nJ }: AntCost) => energy_nJ.total };
type Ratio = keyof typeof ratios;
const ratioNames = Object.keys(ratios) as Ratio[];

/** Cost of a model on a system. */
type CostOf = (model: string, system: string) => AntCost;

/** The published means with ours, per-model ratios, every figure behind them, and other assumptions. Throws LowbitError when a model or accelerator is missing. */
export function reproduceOlive(published: PublishedTable, inputs: ReproductionInputs): Reproduction {
  const study = oliveWorkloadSchema.parse(inputs.workload);
  const systems = Object.keys(study.accelerators);
  const others = systems.filter((system) => system !== OURS);
  const costsUnder = costsOf(study, inputs);
  const cost = costsUnder(study.assumption);
  const { cells, summary } = compareWithPublished(
    published,
    ({ row, column, metric }) => ratioOf(cost, ratioNamed(metric), column, row === 'mean' ? oliveModels : [row]),
    (key) => shareReason(published, key, { cost, narrow: costsUnder(antAtFourBits(study.assumption)) }),
  );
  const alternatives = study.others.flatMap((other) => {
    const assumption = changedAssumption(study.assumption, other);
    const changed = costsUnder(assumption);
    return ratioNames.flatMap((metric) =>
      others.map((column) =>
        unpublished(
          { row: other.name, column, metric: `assumption.${metric}` },
          ratioOf(changed, metric, column, assumption.models ?? oliveModels),
        ),
      ),
    );
  });
  return {
    id: 'olive',
    title: published.title,
    source: published.source,
    cells: [...cells, ...alternatives, ...figures(cost, systems)],
    summary,
    notes: notes(study, others, cost),
  };
}

/** Costs under an assumption, each computed once. */
function costsOf(study: OliveWorkload, inputs: ReproductionInputs): (assumption: OliveAssumption) => CostOf {
  const charge = layerListCosts(inputs.hardware, antAsPublished);
  return (assumption) => {
    const costs = new Map<string, AntCost>();
    return (name, system) => {
      const key = `${name} ${system}`;
      let cost = costs.get(key);
      if (cost === undefined) {
        const model = inputs.models[name];
        if (model === undefined) throw unknownName('model of OliVe', name, Object.keys(inputs.models));
        const accelerator = study.accelerators[system];
        if (accelerator === undefined) throw unknownName('system of OliVe', system, Object.keys(study.accelerators));
        costs.set(key, (cost = charge(accelerator, oliveLayers(model, system, assumption))));
      }
      return cost;
    };
  };
}

function ratioNamed(metric: string): Ratio {
  const known = ratioNames.find((name) => name === metric);
  if (known === undefined) throw unknownName('metric of OliVe', metric, ratioNames);
  return known;
}

/** Arithmetic mean over models of the other's figure over OliVe's. */
function ratioOf(cost: CostOf, metric: Ratio, other: string, models: readonly string[]): number {
  const value = ratios[metric];
  return models.reduce((sum, model) => sum + value(cost(model, other)) / value(cost(model, OURS)), 0) / models.length;
}

function antAtFourBits(assumption: OliveAssumption): OliveAssumption {
  return { ...assumption, precision_bits: { ...assumption.precision_bits, ANT: 4 } };
}

/**
 * Share of ANT's MACs at 8 bits, the rest at 4, that gives a mean ratio exactly: the same share of every layer, whose cost is then between those at
 * either precision, so that share = (ratio - ratio at 4 bits) / (ratio at 8 bits - ratio at 4 bits). Null: none does.
 */
function shareAt8Bits(ratio: number, at4: number, at8: number): number | null {
  const share = (ratio - at4) / (at8 - at4);
  return share >= 0 && share <= 1 ? share : null;
}

/** What would give the published mean over ANT. Nothing is known of the other columns. */
function shareReason(
  published: PublishedTable,
  { row, column, metric }: CellKey,
  { cost, narrow }: { readonly cost: CostOf; readonly narrow: CostOf },
): string | null {
  const table = published.tables.find((each) => each.metric === metric);
  const printed = table?.rows[row]?.[table.columns.indexOf(column)];
  if (column !== 'ANT' || row !== 'mean' || typeof printed !== 'number') return null;
  const kind = ratioNamed(metric);
  const share = shareAt8Bits(printed, ratioOf(narrow, kind, column, oliveModels), ratioOf(cost, kind, column, oliveModels));
  return share === null
    ? `no share of 8-bit MACs of ANT gives ${printed}`
    : `${(100 * share).toFixed(1)} % of the MACs of ANT at 8 bits instead of all give ${printed}`;
}

function unpublished({ row, column, metric }: CellKey, simulated: number, unit = ''): Cell {
  return { row, column, metric, published: null, simulated, unit, relativeError: null, note: '' };
}

/** Cycles and nanojoules of every model on every system. */
function figures(cost: CostOf, systems: readonly string[]): Cell[] {
  return oliveModels.flatMap((row) =>
    systems.flatMap((column) => {
      const { cycles, energy_nJ } = cost(row, column);
      return [
        unpublished({ row, column, metric: 'cycles' }, cycles, 'cycles'),
        ...([...antEnergies, 'total'] as const).map((name) =>
          unpublished({ row, column, metric: `energy_nJ.${name}` }, energy_nJ[name], 'nJ'),
        ),
      ];
    }),
  );
}

function notes({ assumption }: OliveWorkload, others: readonly string[], cost: CostOf): string[] {
  const { batch, tokens, precision_bits } = assumption;
  const precisions = Object.entries(precision_bits).map(([system, bits]) => `${system} ${bits}`);
  const geometric = (metric: Ratio): string =>
    others
      .map(
        (other) => oliveModels.reduce((product, model) => product * ratioOf(cost, metric, other, [model]), 1) ** (1 / oliveModels.length),
      )
      .map((mean, i) => `${others[i] ?? ''} ${mean.toFixed(3)}`)
      .join(', ');
  return [
    'the published means come from a digest of the paper and are not verified against it; its bars per model are not at hand',
    `assumed precision of every charged layer, in bits: ${precisions.join(', ')}; the ratio over ANT hangs on it (row: ANT at 4 bits)`,
    `assumed workload: ${batch} sequences of ${tokens} tokens in one pass, linear layers without lm_head; rows of assumption.* give the means of other choices, each alone`,
    'assumed hardware: array, buffers, memory and energy per PE and cycle of OliVe are those of ANT, decoders take no energy; outlier elements of OLAccel are left out',
    `geometric means instead of arithmetic ones: speedup ${geometric('speedup')}; energyRatio ${geometric('energyRatio')}`,
    'the part of the paper on GPUs (4.5x over GOBO and others) is not part of this table',
  ];
}
