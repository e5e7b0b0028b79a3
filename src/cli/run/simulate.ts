/** `lowbit simulate`: one design on one workload. */
import type { SimulateDocument } from '../../report/documents.js';
import { repeated, single } from '../arguments.js';
import type { Arguments } from '../command.js';
import type { Constraint } from '../constraints.js';
import { envelope } from '../envelope.js';
import type { Design } from './design.js';
import { loadDesigns } from './load-designs.js';
import { outputFolder } from './output-folder.js';
import { note, noteOfDocument, present } from './present.js';
import type { PreparedWorkload } from './segment.js';
import { prepareWorkload } from './workload.js';
import { LowbitError } from '../../lowbit-error.js';

export async function runSimulate(args: Arguments): Promise<void> {
  const hw = single('hw', args['hw']);
  if (hw === undefined)
    throw new LowbitError('no hardware given', { remedy: 'add --hw NAME, see `lowbit list accelerators` and `lowbit list gpus`' });
  const constraints = await constraintsOf(args);
  const [design] = await loadDesigns(args, [hw]);
  if (design === undefined) throw new Error('one name gave no design');
  const out = outputFolder(args);
  const workload = await prepareWorkload(args, design);
  const document = simulateDocument(design, workload);
  const drawn = wantsTimeline(args) ? await (await import('./gpu-timeline.js')).writeTimeline(args, design, workload.segments) : [];
  noteOfDocument(args, document.notes);
  note(args, drawn);
  await present(args, document, { title: `${design.name}: ${workload.title}`, out });
  requireConstraints(constraints, [document]);
}

const wantsTimeline = (args: Arguments): boolean => args['timeline'] !== undefined || args['layer'] !== undefined;

/** The result of a design on a workload with its envelope. */
export function simulateDocument(design: Design, workload: PreparedWorkload): SimulateDocument {
  const result = design.simulate(workload.segments, workload.model_bytes);
  const versions = { ...workload.versions, ...design.versions() };
  return {
    ...envelope('simulate', { hardware: result.hardware, workload: workload.description, segments: workload.segments, versions }),
    ...result,
    workload: workload.description,
    notes: [...design.notes, ...workload.notes, ...result.notes],
  };
}

/** The constraints of `--require`, read before anything is simulated; mathjs is loaded only when there are some. */
export async function constraintsOf(args: Arguments): Promise<Constraint[]> {
  const expressions = repeated(args['require']);
  return expressions.length === 0 ? [] : (await import('../constraints.js')).readConstraints(expressions);
}

/** Every constraint must hold for the totals of every document. */
export function requireConstraints(constraints: readonly Constraint[], documents: readonly SimulateDocument[]): void {
  for (const { totals, hardware } of documents) for (const check of constraints) check(totals, String(hardware['name']));
}
