/** Groups simulation results into studies: designs that ran the same workload, the first of them the one the others are compared with. */
import type { SimulationResult } from '../trace/simulation-result.js';
import type { ReportDocument } from './read-documents.js';

export interface Design {
  /** Name of the hardware, followed by the scheme where one hardware appears with several. */
  readonly name: string;
  readonly result: SimulationResult;
  readonly schemaVersion: number;
  readonly configHash: string;
  /** Latency of the first design over this one. */
  readonly speedup: number;
  /** Energy of the first design over this one; null when one of them is not known in full. */
  readonly energyEfficiency: number | null;
}

export interface Study {
  /** Workload as read by people, unique within the report. */
  readonly label: string;
  readonly designs: readonly Design[];
}

interface Loose {
  readonly label: string;
  readonly results: { readonly result: SimulationResult; readonly schemaVersion: number; readonly configHash: string }[];
}

/** One study per compare document; simulate documents of the same workload form one together. */
export function studiesOf(documents: readonly ReportDocument[]): Study[] {
  const loose: Loose[] = [];
  const byLabel = new Map<string, Loose>();
  for (const document of documents) {
    if (document.command === 'compare') {
      const [first] = document.results;
      if (first !== undefined)
        loose.push({ label: workloadLabel(first), results: document.results.map((result) => ({ result, ...stamp(document) })) });
    } else if (document.command === 'simulate') {
      const label = workloadLabel(document);
      const study = byLabel.get(label) ?? { label, results: [] };
      if (study.results.length === 0) loose.push(study);
      byLabel.set(label, study);
      study.results.push({ result: document, ...stamp(document) });
    }
  }
  const names = designNamer(loose);
  const labels = unique(loose.map((study) => study.label));
  return loose.map((study, i) => ({ label: labels[i] ?? study.label, designs: designsOf(study, names) }));
}

function stamp(document: ReportDocument): { schemaVersion: number; configHash: string } {
  return { schemaVersion: document.schemaVersion, configHash: document.configHash };
}

function designsOf(study: Loose, nameOf: (result: SimulationResult) => string): Design[] {
  const base = study.results[0]?.result.totals;
  const names = unique(study.results.map(({ result }) => nameOf(result)));
  return study.results.map((entry, i) => {
    const { totals } = entry.result;
    const energies = [base?.energy_pJ ?? null, totals.energy_pJ] as const;
    return {
      ...entry,
      name: names[i] ?? '',
      speedup: base === undefined || totals.latency_s === 0 ? 1 : base.latency_s / totals.latency_s,
      energyEfficiency: energies[0] === null || energies[1] === null || energies[1] === 0 ? null : energies[0] / energies[1],
    };
  });
}

/** `model phase, context C, batch B` or the file the layers come from; the scheme belongs to the design. */
function workloadLabel({ workload }: SimulationResult): string {
  const named = workload['model'] ?? workload['weights'] ?? workload['trace'] ?? workload['layers'] ?? workload['input'] ?? 'workload';
  const name = String(named).split('/').at(-1) ?? 'workload';
  const details = [
    ...(typeof workload['context'] === 'number' ? [`context ${workload['context']}`] : []),
    ...(typeof workload['batch'] === 'number' && workload['batch'] > 1 ? [`batch ${workload['batch']}`] : []),
    ...(typeof workload['tokens'] === 'number' ? [`${workload['tokens']} tokens`] : []),
  ];
  const phase = typeof workload['phase'] === 'string' && hasPhases(workload) ? ` ${workload['phase']}` : '';
  return [`${name}${phase}`, ...details].join(', ');
}

/** False for a network whose input has one size: it sees it in one pass, and its phase says nothing. */
export function hasPhases(workload: SimulationResult['workload']): boolean {
  return workload['model'] === undefined || workload['context'] !== undefined;
}

/** Names the hardware alone unless some study holds the same hardware twice. */
function designNamer(studies: readonly Loose[]): (result: SimulationResult) => string {
  const ambiguous = new Set<string>();
  for (const study of studies) {
    const seen = new Set<string>();
    for (const { result } of study.results) {
      const name = hardwareName(result);
      if (seen.has(name)) ambiguous.add(name);
      seen.add(name);
    }
  }
  return (result) => {
    const name = hardwareName(result);
    const scheme = result.workload['scheme'] ?? result.workload['quantizer'];
    return ambiguous.has(name) && scheme !== undefined && scheme !== null ? `${name} ${String(scheme)}` : name;
  };
}

function hardwareName(result: SimulationResult): string {
  const name = result.hardware['name'];
  return typeof name === 'string' ? name : 'design';
}

/** Second and later occurrences of a name get a number. */
function unique(names: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name} (${count})`;
  });
}
