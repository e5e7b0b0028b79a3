/**
 * Costs of (item, option) on a design, from one simulation for every option: layers of one shape and one set of operands cost the same, so the row of
 * a matrix over the layers it stands for is the cost of each, and what quantizes an input counts with the product that reads it first. What is no item
 * (attention, lm_head, other vector work, products left out) is the fixed part.
 *   cost of an assignment = fixed + sum over items cost[item, option]
 * Both timing worlds charge layers one after another (accelerator/simulate.ts, gpu/simulate.ts), so this is what a simulation of the whole scheme
 * gives but for the order of additions; chosen points are simulated whole and the difference is told.
 */
import { operandBits } from '../../trace/layer-trace.js';
import type { ModelConfig } from '../../trace/model/model-config.js';
import { modelParameters } from '../../trace/model/parameters.js';
import { layersOf, productNames, type WeightMatrix } from '../../trace/model/weight-matrices.js';
import { resolveScheme, type SchemeConfig } from '../../trace/scheme-config.js';
import type { Segment } from '../../trace/segment.js';
import type { LayerResult, SimulationResult } from '../../trace/simulation-result.js';
import { lowRankBytes } from '../../trace/workload/low-rank.js';
import { weightIn } from '../../trace/workload/stored-operands.js';
import type { WorkloadRequest } from '../../trace/workload/request.js';
import { workload } from '../../trace/workload/workload.js';
import { uniformScheme } from './assigned-scheme.js';
import { patternOf, type StudyItem } from './items.js';
import type { StudyOption } from './study-option.js';

/** A design that simulates. */
export interface StudyDesign {
  readonly name: string;
  readonly hasVectorWork: boolean;
  simulate(segments: readonly Segment[], model_bytes: number | undefined): Omit<SimulationResult, 'workload'>;
}

/** What a study asks of every design. */
export interface CostRequest {
  readonly model: ModelConfig;
  readonly scheme: SchemeConfig;
  readonly items: readonly StudyItem[];
  readonly options: readonly StudyOption[];
  readonly workload: WorkloadRequest;
}

/** Tables are [items * options]; NaN: the design refuses the option, or the energy is unknown. */
export interface DesignCosts {
  readonly latency_s: Float64Array;
  readonly energy_pJ: Float64Array;
  readonly fixed: { readonly latency_s: number; readonly energy_pJ: number };
  /** NaN: unknown. */
  readonly area_mm2: number;
  /** Reasons why options are refused. */
  readonly refused: readonly string[];
}

export interface MemoryCosts {
  /** [items * options] */
  readonly bytes: Float64Array;
  readonly fixed_bytes: number;
}

/** The request on a design: rows of vector work where it charges them. */
export function requestOn(design: Pick<StudyDesign, 'hasVectorWork'>, request: WorkloadRequest): WorkloadRequest {
  return design.hasVectorWork ? { ...request, options: { vectorOps: true, ...request.options } } : request;
}

/** Throws LowbitError for a workload that the design refuses under every option. */
export function designCosts(design: StudyDesign, request: CostRequest): DesignCosts {
  const { items, options } = request;
  const tables = { latency_s: unknownTable(request), energy_pJ: unknownTable(request) };
  const refused: string[] = [];
  let fixed: { latency_s: number; energy_pJ: number; area_mm2: number } | undefined;
  let last: unknown;
  for (const [o, option] of options.entries()) {
    try {
      const { byProduct, rest } = costsUnder(design, request, option);
      fixed ??= rest;
      for (const [i, { products }] of items.entries()) {
        const own = products.map((product) => byProduct.get(product)!);
        tables.latency_s[i * options.length + o] = own.reduce((sum, { latency_s }) => sum + latency_s, 0);
        tables.energy_pJ[i * options.length + o] = own.reduce((sum, { energy_pJ }) => sum + energy_pJ, 0);
      }
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'LowbitError') throw error;
      last = error;
      refused.push(`${design.name} refuses ${option.name}: ${error.message}`);
    }
  }
  if (fixed === undefined) throw last;
  const { area_mm2, ...others } = fixed;
  return { ...tables, fixed: others, area_mm2, refused };
}

function unknownTable({ items, options }: Pick<CostRequest, 'items' | 'options'>): Float64Array {
  return new Float64Array(items.length * options.length).fill(NaN);
}

interface Cost {
  latency_s: number;
  energy_pJ: number;
}

/** One simulation with every item under the option. */
function costsUnder(
  design: StudyDesign,
  { model, scheme, items, workload: request }: CostRequest,
  option: StudyOption,
): { readonly byProduct: ReadonlyMap<string, Cost>; readonly rest: Cost & { area_mm2: number } } {
  const products = items.flatMap(({ products: own }) => own);
  const assigned = uniformScheme(scheme, items, option);
  const { segments, modelBytes } = workload(model, assigned, requestOn(design, request));
  const { layers, totals } = design.simulate(segments, modelBytes.weights + modelBytes.kv);
  const matrices = new Map(modelParameters(model).matrices.map((matrix) => [matrix.name, matrix]));
  const readers = inputReaders(matrices, resolveScheme(assigned, model.name));
  const isItem = new Set(products);
  const byProduct = new Map(products.map((product) => [product, { latency_s: 0, energy_pJ: 0 }]));
  const rest = { latency_s: 0, energy_pJ: 0, area_mm2: totals.area_mm2 ?? NaN };
  for (const row of layers) {
    const owners = row.kind === 'transform' ? readersOfRow(row, readers) : productsOfRow(row, matrices);
    const share = { latency_s: row.latency_s / owners.length, energy_pJ: (row.energy_pJ.total ?? NaN) / owners.length };
    if (owners.length === 0) addTo(rest, { latency_s: row.latency_s, energy_pJ: row.energy_pJ.total ?? NaN });
    for (const owner of owners) addTo(isItem.has(owner) ? byProduct.get(owner)! : rest, share);
  }
  return { byProduct, rest };
}

function addTo(sum: Cost, { latency_s, energy_pJ }: Cost): void {
  sum.latency_s += latency_s;
  sum.energy_pJ += energy_pJ;
}

/** Patterns of the products that a row stands for, one for each layer; none for a row without a weight matrix. */
function productsOfRow({ name, kind }: LayerResult, matrices: ReadonlyMap<string, WeightMatrix>): string[] {
  if (kind !== 'gemm') return [];
  const plain = name.replace(/^decode\//, '').replace(/-low-rank-[ab]$/, '');
  const matrix = matrices.get(plain.replace(/\[.*$/, ''));
  if (matrix === undefined) return [];
  const patterns = [...new Set(productNames(matrix).map(patternOf))];
  const numbers = /\[layers ([^\]]*)\]/.exec(plain)?.[1];
  if (numbers === undefined || layersOf(matrix) !== patterns.length) return patterns;
  return layersIn(numbers).map((layer) => patterns[layer]!);
}

interface Reader {
  readonly product: string;
  /** The row that quantizes what it reads, of whatever format, and of its own. */
  readonly rows: readonly string[];
}

/** One product for every input of every layer, as trace/workload/rows.ts counts them: what quantizes an input is charged to who reads it. */
function inputReaders(matrices: ReadonlyMap<string, WeightMatrix>, { productAt }: ReturnType<typeof resolveScheme>): Reader[] {
  return Object.entries(readerNames).flatMap(([row, names]) =>
    names.flatMap((name) => {
      const matrix = matrices.get(name);
      if (matrix === undefined) return [];
      return [...new Set(productNames(matrix).map(patternOf))].map((product) => ({
        product,
        rows: [row, `${row}[${productAt(product).activation.format}]`],
      }));
    }),
  );
}

const readerNames = {
  'quantize-activations': ['q_proj', 'o_proj', 'gate_proj', 'fc1'],
  'quantize-inner': ['down_proj', 'fc2'],
} as const;

function readersOfRow({ name }: LayerResult, readers: readonly Reader[]): string[] {
  const plain = name.replace(/^decode\//, '');
  return readers.filter(({ rows }) => rows.includes(plain)).map(({ product }) => product);
}

/** 0-1, 3 -> 0, 1, 3 */
function layersIn(text: string): number[] {
  return text.split(', ').flatMap((run) => {
    const [from = 0, to = from] = run.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
}

/** Bytes of weights by item, and what is stored beside them. Exact: rows of every matrix start on a byte. */
export function memoryCosts({ model, scheme, items, options, workload: request }: CostRequest): MemoryCosts {
  const byPattern = new Map<string, WeightMatrix[]>();
  for (const matrix of modelParameters(model).matrices) {
    for (const product of productNames(matrix)) {
      const { experts: _experts, ...single } = { ...matrix, product, count: 1 };
      byPattern.set(patternOf(product), [...(byPattern.get(patternOf(product)) ?? []), single]);
    }
  }
  const bytes = unknownTable({ items, options });
  let fixed_bytes = NaN;
  for (const [o, option] of options.entries()) {
    const assigned = uniformScheme(scheme, items, option);
    const resolved = resolveScheme(assigned, model.name);
    const stored = (matrix: WeightMatrix): number =>
      matrix.n * Math.ceil((matrix.k * operandBits(weightIn(resolved, resolved.productAt(matrix.product).weight, matrix))) / 8) +
      lowRankBytes([matrix], resolved);
    let sum = 0;
    for (const [i, { products }] of items.entries()) {
      const item = products.flatMap((product) => byPattern.get(product) ?? []).reduce((total, matrix) => total + stored(matrix), 0);
      bytes[i * options.length + o] = item;
      sum += item;
    }
    if (o > 0) continue;
    const { modelBytes } = workload(model, assigned, request);
    fixed_bytes = modelBytes.weights + modelBytes.kv - sum;
  }
  return { bytes, fixed_bytes };
}
