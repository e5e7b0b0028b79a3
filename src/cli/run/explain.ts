/** `lowbit explain`: recomputes a simulate result term by term. */
import type { z } from 'zod';
import { explainLayer } from '../../accelerator/explain.js';
import { acceleratorSchema } from '../../accelerator/accelerator-config.js';
import { loadSramTable } from '../../config/package-data.js';
import { gpuExplainer } from '../../gpu/explain.js';
import { gpuRunSchema } from '../../gpu/gpu-run.js';
import { LowbitError, unknownName } from '../../lowbit-error.js';
import type { ExplainDocument, SimulateDocument } from '../../report/documents.js';
import { shortened } from '../../report/number-text.js';
import { tableOf } from '../../report/table.js';
import { terminalTable } from '../../report/terminal-table.js';
import type { Term } from '../../trace/term.js';
import { single } from '../arguments.js';
import type { Arguments } from '../command.js';
import { envelope } from '../envelope.js';
import { note, print } from './present.js';
import { readSimulateDocument } from './result-file.js';

export function runExplain(args: Arguments): void {
  const result = readSimulateDocument(single('result', args['result']) ?? '-');
  const layer = single('layer', args['layer']);
  const names = result.layers.map(({ name }) => name);
  if (layer !== undefined && !names.includes(layer)) throw unknownName('layer', layer, names);
  const terms = termsOf(result).filter((term) => layer === undefined || term.layer === layer);
  const document: ExplainDocument = { ...envelope('explain', { result: result.configHash, layer: layer ?? null }), terms };
  note(args, missingEnergy(result));
  print(args, document, () => [...new Set(terms.map((term) => term.layer))].map((name) => layerText(name, terms)).join('\n\n'));
}

/** Why there is no term for the energy of a layer, when a part of it is unknown. */
function missingEnergy({ totals, omissions }: SimulateDocument): string[] {
  if (totals.energy_pJ !== null) return [];
  return omissions
    .filter(({ status, part }) => status === 'unknown' && !part.startsWith('area'))
    .map(({ part, reason }) => `no energy of a layer: ${part} is unknown, ${reason}`);
}

export type LayerTerm = Term & { readonly layer: string };

/** Every term of every layer of a result, in layer order. */
export function termsOf(result: SimulateDocument): LayerTerm[] {
  const explain = explainerOf(result);
  return result.layers.flatMap((layer) => explain(layer).map((term) => ({ ...term, layer: layer.name })));
}

function explainerOf({ hardware }: SimulateDocument): (layer: SimulateDocument['layers'][number]) => Term[] {
  if (hardware['kind'] === 'gpu') {
    const explainer = gpuExplainer(checked(gpuRunSchema, hardware));
    return ({ trace }) => explainer.explain(trace);
  }
  const accelerator = checked(acceleratorSchema, hardware);
  const sramTable = loadSramTable();
  return ({ trace, phase }) => explainLayer(accelerator, trace, phase, { sramTable });
}

/** The hardware of a result as its schema has it. Throws LowbitError for one that was changed or made by another version. */
function checked<T>(schema: z.ZodType<T>, hardware: unknown): T {
  const result = schema.safeParse(hardware);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new LowbitError('the result holds no valid hardware description', {
    place: `hardware.${issue?.path.join('.') ?? ''}`,
    remedy: `${issue?.message ?? ''}; make the result again with \`lowbit simulate ... --json > FILE\``,
  });
}

function layerText(layer: string, terms: readonly LayerTerm[]): string {
  const own = terms.filter((term) => term.layer === layer);
  // Most terms share a source: each is printed once, below the table.
  const sources = [...new Set(own.map((term) => term.source))];
  const columns = [
    { title: 'term', text: (term: Term) => term.name },
    { title: 'value', align: 'right' as const, text: (term: Term) => `${shortened(term.value)} ${term.unit}`.trimEnd() },
    { title: 'formula', text: (term: Term) => term.formula },
    { title: 'with numbers', text: (term: Term) => shortened(term.numbers) },
    { title: 'source', text: (term: Term) => `[${sources.indexOf(term.source) + 1}]` },
  ];
  return [terminalTable(tableOf(layer, columns, own)), '', ...sources.map((source, i) => `[${i + 1}] ${source}`)].join('\n');
}
