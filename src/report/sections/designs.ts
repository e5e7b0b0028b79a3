/** Speed, energy, area and efficiency of designs: one table per workload, speed-up and energy side by side over all workloads. */
import { energyParts, type EnergyPart, type Omission } from '../../trace/simulation-result.js';
import { formatSI } from '../../units/si.js';
import { energyStack } from '../charts/energy-stack.js';
import { speedupBars } from '../charts/speedup-bars.js';
import { partLabels } from '../charts/theme.js';
import type { Figure, ReportSection } from '../report-parts.js';
import { grouped, percent } from '../number-text.js';
import type { Design, Study } from '../studies.js';
import { tableOf, type Column, type Table } from '../table.js';

/** null when nothing was simulated. */
export function designsSection(studies: readonly Study[]): ReportSection | null {
  if (studies.length === 0) return null;
  const compared = studies.filter((study) => study.designs.length > 1);
  return {
    id: 'designs',
    title: 'Speed and energy',
    paragraphs: [...compared.map(studySentence), ...missingSentence(studies)],
    figures: [...(compared.length === 0 ? [] : [speedupFigure(compared)]), energyFigure(studies)],
    tables: studies.flatMap((study) => [costTable(study), efficiencyTable(study)]),
    sections: [],
  };
}

/** The design of a study that gains most in latency over the first one; undefined when there is only one design. */
export function fastest(study: Study): Design | undefined {
  return study.designs
    .slice(1)
    .reduce<Design | undefined>((best, design) => (best === undefined || design.speedup > best.speedup ? design : best), undefined);
}

/** The design with the scheme or quantizer it ran, unless its name says so. */
export function designWithScheme({ name, result: { workload } }: Design): string {
  const scheme = workload['scheme'] ?? workload['quantizer'];
  return typeof scheme !== 'string' || name.endsWith(scheme) ? name : `${name} with ${scheme}`;
}

function studySentence(study: Study): string {
  const [base] = study.designs;
  const best = fastest(study);
  if (base === undefined || best === undefined) return '';
  const energy = best.energyEfficiency === null ? '' : ` and ${best.energyEfficiency.toFixed(2)}x the energy efficiency`;
  return `${study.label}: ${designWithScheme(best)} has ${best.speedup.toFixed(2)}x the speed${energy} of ${base.name} (${formatSI(best.result.totals.latency_s, 's')} against ${formatSI(base.result.totals.latency_s, 's')}).`;
}

/** What the star on an energy means. */
function missingSentence(studies: readonly Study[]): string[] {
  const omitted = omittedParts(studies);
  return omitted.length === 0 ? [] : [`* Energy without ${omitted.join(', ')}; the reasons stand under "What the numbers rest on".`];
}

function speedupFigure(studies: readonly Study[]): Figure {
  const designs = [...new Set(studies.flatMap((study) => study.designs.map((design) => design.name)))];
  const items = studies.flatMap((study) =>
    study.designs.map((design) => ({ workload: study.label, design: design.name, speedup: design.speedup })),
  );
  const top = studies
    .map((study) => ({ study, best: fastest(study) }))
    .reduce((a, b) => ((b.best?.speedup ?? 0) > (a.best?.speedup ?? 0) ? b : a));
  const title = `${top.best === undefined ? '' : designWithScheme(top.best)} is up to ${(top.best?.speedup ?? 1).toFixed(1)}x faster than ${top.study.designs[0]?.name ?? ''} (${top.study.label})`;
  const spec = speedupBars(items, designs, title);
  return {
    id: 'speedup',
    alt: spec.description,
    caption: 'Ratio of latencies of the whole workload; the first design of each comparison is 1.',
    spec,
  };
}

function energyFigure(studies: readonly Study[]): Figure {
  const items = studies.flatMap((study) =>
    study.designs.map((design) => ({ workload: study.label, design: design.name, energy_pJ: design.result.totals.energyParts_pJ })),
  );
  const spec = energyStack(items, omittedParts(studies), energyTitle(studies));
  return {
    id: 'energy',
    alt: spec.description,
    caption: 'Activity of each layer times the energy table of its design; the constants and their sources stand below.',
    spec,
  };
}

/** The part that takes the largest share; of a sum that lacks an unknown part no share is known. */
function energyTitle(studies: readonly Study[]): string {
  const shares = studies.flatMap((study) =>
    study.designs.flatMap((design) => {
      if (design.result.totals.energy_pJ === null) return [];
      const parts = design.result.totals.energyParts_pJ;
      const sum = energyParts.reduce((total, part) => total + (parts[part] ?? 0), 0);
      const part = energyParts.reduce((a, b) => ((parts[b] ?? 0) > (parts[a] ?? 0) ? b : a));
      return sum === 0 ? [] : [{ design: design.name, study: study.label, part, share: (parts[part] ?? 0) / sum }];
    }),
  );
  const [top] = shares.sort((a, b) => b.share - a.share);
  return top === undefined
    ? 'Energy is not known in full for these designs'
    : `${partLabels[top.part]} takes up to ${(top.share * 100).toFixed(0)} % of the energy (${top.design}, ${top.study})`;
}

/** Parts that some design has no value for, with the status its omissions give. */
function omittedParts(studies: readonly Study[]): string[] {
  const results = studies.flatMap((study) => study.designs.map((design) => design.result));
  return energyParts.flatMap((part) => {
    const without = results.filter((result) => result.totals.energyParts_pJ[part] === null);
    const statuses = [...new Set(without.map((result) => partStatus(result.omissions, part)))];
    return statuses.length === 0 ? [] : [`${partLabels[part]} (${statuses.join(' or ')})`];
  });
}

/** Whether a part without a value was left out on purpose or is not known. */
export function partStatus(omissions: readonly Omission[], part: string): Omission['status'] {
  const named = omissions.find((omission) => omission.part === part || omission.part.split(/[^A-Za-z0-9]+/).includes(part));
  return named?.status ?? 'unknown';
}

/** The energy total as text: with a star where parts are missing, in words where there is none. */
function energyText(design: Design): string {
  const { energyParts_pJ: parts, energy_pJ: total } = design.result.totals;
  const missing = energyParts.some((part) => parts[part] === null);
  if (total !== null) return `${formatSI(total, 'pJ')}${missing ? ' *' : ''}`;
  const known = energyParts.filter((part) => parts[part] !== null);
  if (known.length === 0) return partStatus(design.result.omissions, 'energy');
  return `unknown (at least ${formatSI(
    known.reduce((sum, part) => sum + (parts[part] ?? 0), 0),
    'pJ',
  )})`;
}

const orUnknown = (value: number | null, text: (value: number) => string): string => (value === null ? 'unknown' : text(value));

function costTable(study: Study): Table {
  const parts = energyParts.filter((part) => study.designs.some((design) => design.result.totals.energyParts_pJ[part] !== null));
  const compared = study.designs.length > 1;
  const columns: Column<Design>[] = [
    { title: 'design', text: (design) => design.name },
    { title: 'scheme', text: (design) => String(design.result.workload['scheme'] ?? design.result.workload['quantizer'] ?? '-') },
    { title: 'latency', align: 'right', text: (design) => formatSI(design.result.totals.latency_s, 's') },
    { title: 'cycles', align: 'right', text: (design) => grouped(design.result.totals.latency_cycles) },
    ...(compared ? [{ title: 'speed-up', align: 'right', text: (design: Design) => `${design.speedup.toFixed(2)}x` } as const] : []),
    { title: 'utilization', align: 'right', text: (design) => percent(design.result.totals.utilization) },
    { title: 'energy', align: 'right', text: energyText },
    ...parts.map((part) => ({ title: partLabels[part], align: 'right' as const, text: (design: Design) => partText(design, part) })),
    { title: 'EDP', align: 'right', text: (design) => orUnknown(design.result.totals.edp_Js, (value) => formatSI(value, 'Js')) },
  ];
  return tableOf(`${study.label}: latency and energy`, columns, study.designs);
}

function efficiencyTable(study: Study): Table {
  const columns: Column<Design>[] = [
    { title: 'design', text: (design) => design.name },
    { title: 'TOPS', align: 'right', text: (design) => design.result.totals.TOPS.toPrecision(3) },
    { title: 'TOPS/W', align: 'right', text: (design) => orUnknown(design.result.totals.TOPS_W, (value) => value.toPrecision(3)) },
    { title: 'TOPS/mm2', align: 'right', text: (design) => orUnknown(design.result.totals.TOPS_mm2, (value) => value.toPrecision(3)) },
    { title: 'power', align: 'right', text: (design) => orUnknown(design.result.totals.power_W, (power) => formatSI(power, 'W')) },
    { title: 'area', align: 'right', text: (design) => orUnknown(design.result.totals.area_mm2, (area) => formatSI(area, 'mm2')) },
    { title: 'DRAM traffic', align: 'right', text: (design) => formatSI(design.result.totals.dram_bytes, 'B') },
    { title: 'fits the DRAM', text: fitsText },
  ];
  return tableOf(`${study.label}: throughput, efficiency and area`, columns, study.designs);
}

function partText(design: Design, part: EnergyPart): string {
  const value = design.result.totals.energyParts_pJ[part];
  return value === null ? partStatus(design.result.omissions, part) : formatSI(value, 'pJ');
}

function fitsText({ result: { totals, hardware } }: Design): string {
  const { capacity_GiB, usable_bytes } = (hardware['dram'] ?? {}) as { readonly capacity_GiB?: number; readonly usable_bytes?: number };
  const capacity_bytes = usable_bytes ?? (capacity_GiB === undefined ? undefined : capacity_GiB * 2 ** 30);
  const capacity = capacity_bytes === undefined ? '' : ` of ${formatSI(capacity_bytes, 'B')}`;
  const need = totals.model_bytes === null ? '' : ` (${formatSI(totals.model_bytes, 'B')}${capacity})`;
  return totals.fitsDram === null ? `not judged${need}` : `${totals.fitsDram ? 'yes' : 'no'}${need}`;
}
