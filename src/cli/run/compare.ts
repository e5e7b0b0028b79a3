/** `lowbit compare`: several designs on one workload, each with its own scheme or quantizer when a list is given. */
import { LowbitError } from '../../lowbit-error.js';
import type { CompareDocument, CompareRow, SimulateDocument } from '../../report/documents.js';
import { hasPhases } from '../../report/studies.js';
import type { SimulationResult } from '../../trace/simulation-result.js';
import { list } from '../arguments.js';
import type { Arguments } from '../command.js';
import { envelope } from '../envelope.js';
import { loadDesigns } from './load-designs.js';
import { outputFolder } from './output-folder.js';
import { noteOfDocument, present } from './present.js';
import { constraintsOf, requireConstraints, simulateDocument } from './simulate.js';
import { prepareWorkload } from './workload.js';

/** Options that may hold one entry per design. */
const perDesign = ['scheme', 'quantizer'] as const;

export async function runCompare(args: Arguments): Promise<void> {
  const names = list('hw', args['hw']);
  if (names === undefined)
    throw new LowbitError('no hardware given', { remedy: 'add --hw A,B,C, see `lowbit list accelerators` and `lowbit list gpus`' });
  const constraints = await constraintsOf(args);
  const out = outputFolder(args);
  const documents: SimulateDocument[] = [];
  for (const [i, design] of (await loadDesigns(args, names)).entries()) {
    const workload = await prepareWorkload(argumentsOf(args, i, names.length), design);
    documents.push(simulateDocument(design, workload));
  }
  const document = compareDocument(documents);
  noteOfDocument(args, [...new Set(document.results.flatMap(({ notes }) => notes))]);
  await present(args, document, { title: `${names.join(', ')}: ${workloadTitle(documents)}`, out });
  requireConstraints(constraints, documents);
}

/** Rows against the first design, and the whole results. */
export function compareDocument(documents: readonly SimulateDocument[]): CompareDocument {
  const mixed = memoryNotes(documents);
  const results = documents.map(({ hardware, workload, totals, layers, constants, omissions, notes }) => ({
    hardware,
    workload,
    totals,
    layers,
    constants,
    omissions,
    notes: [...notes, ...mixed],
  }));
  return {
    ...envelope(
      'compare',
      documents.map(({ configHash }) => configHash),
    ),
    rows: results.map((result) => compareRow(result, results[0] ?? result)),
    results,
  };
}

/** Where DRAM does not cost the same per bit, what energies are compared on; designs of unknown DRAM energy have no energy to compare. */
function memoryNotes(results: readonly SimulationResult[]): string[] {
  const costs = new Map<string, { readonly names: Set<string>; readonly source: string }>();
  for (const { hardware, constants } of results) {
    const [read, write] = ['dram.energy', 'dram.writeEnergy'].map((wanted) => constants.find(({ name }) => name === wanted));
    if (read === undefined) continue;
    const cost = `${read.value} pJ per bit${write === undefined || write.value === read.value ? '' : `, ${write.value} written`}`;
    const { names, source } = costs.get(cost) ?? { names: new Set(), source: read.source };
    costs.set(cost, { names: names.add(String(hardware['name'])), source });
  }
  if (costs.size < 2) return [];
  const texts = [...costs].map(([cost, { names, source }]) => `${[...names].join(', ')}: ${cost} (${source})`);
  return [
    `DRAM energy differs, so ratios of energy compare memories as well as designs; --set dram.energy_pJPerBit=PJ gives all the same: ${texts.join('; ')}`,
  ];
}

function compareRow(result: SimulationResult, baseline: SimulationResult): CompareRow {
  const { totals } = result;
  const energy = totals.energy_pJ;
  return {
    hardware: String(result.hardware['name']),
    scheme: String(result.workload['scheme'] ?? result.workload['quantizer'] ?? 'as traced'),
    latency_cycles: totals.latency_cycles,
    latency_s: totals.latency_s,
    speedup: baseline.totals.latency_s / totals.latency_s,
    energy_pJ: energy,
    energyEfficiency: energy === null || baseline.totals.energy_pJ === null ? null : baseline.totals.energy_pJ / energy,
    area_mm2: totals.area_mm2,
    TOPS: totals.TOPS,
    TOPS_W: totals.TOPS_W,
    TOPS_mm2: totals.TOPS_mm2,
    edp_Js: totals.edp_Js,
    utilization: totals.utilization,
    fitsDram: totals.fitsDram,
  };
}

/** The arguments of design `index`: lists of per-design options reduced to their entry. */
function argumentsOf(args: Arguments, index: number, count: number): Arguments {
  const own: Record<string, Arguments[string]> = { ...args };
  for (const option of perDesign) {
    const entries = list(option, args[option]);
    if (entries === undefined || entries.length === 1) continue;
    if (entries.length !== count) {
      throw new LowbitError(`--${option} has ${entries.length} entries for ${count} designs`, {
        value: entries.join(','),
        remedy: 'give one for all, or one per design in the same order as --hw',
      });
    }
    own[option] = entries[index];
  }
  return own;
}

function workloadTitle(documents: readonly SimulateDocument[]): string {
  const workload = documents[0]?.workload ?? {};
  return ['model', 'weights', 'trace', 'layers', ...(hasPhases(workload) ? ['phase'] : [])]
    .flatMap((key) => (workload[key] === undefined ? [] : [String(workload[key])]))
    .join(' ');
}
