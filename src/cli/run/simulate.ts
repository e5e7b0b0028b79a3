/** `lowbit simulate`: one design on one workload. */
import { simulateAccelerator } from '../../accelerator/simulate.js';
import { timingNamed } from '../../accelerator/timing/index.js';
import type { SimulateDocument } from '../../report/documents.js';
import { repeated, single } from '../arguments.js';
import type { Arguments } from '../command.js';
import { envelope } from '../envelope.js';
import { loadDesign, type Design } from './design.js';
import { note, present } from './present.js';
import { prepareWorkload, type PreparedWorkload } from './workload.js';
import { LowbitError } from '../../lowbit-error.js';

export async function runSimulate(args: Arguments): Promise<void> {
  const hw = single('hw', args['hw']);
  if (hw === undefined) throw new LowbitError('no hardware given', { remedy: 'add --hw NAME, see `lowbit list accelerators`' });
  const design = loadDesign(hw, repeated(args['set']));
  const workload = await prepareWorkload(args, design.config);
  const document = simulateDocument(design, workload);
  note(args, [...design.notes, ...workload.notes, ...document.notes]);
  await present(args, document, `${design.config.name}: ${workload.title}`);
  await requireConstraints(args, document);
}

/** The result of a design on a workload with its envelope. */
export function simulateDocument(design: Design, workload: PreparedWorkload): SimulateDocument {
  const { config, sramTable } = design;
  const result = simulateAccelerator(config, workload.segments, {
    sramTable,
    ...(workload.model_bytes === undefined ? {} : { modelBytes: workload.model_bytes }),
  });
  const versions = { ...workload.versions, [config.timing]: timingNamed(config.timing).modelVersion };
  return {
    ...envelope('simulate', { hardware: result.hardware, workload: workload.description, segments: workload.segments, versions }),
    ...result,
    workload: workload.description,
    notes: [...design.notes, ...workload.notes, ...result.notes],
  };
}

/** `--require`: every constraint must hold for the totals of every document. */
export async function requireConstraints(args: Arguments, ...documents: readonly SimulateDocument[]): Promise<void> {
  const expressions = repeated(args['require']);
  if (expressions.length === 0) return;
  const { checkConstraints } = await import('../constraints.js');
  for (const document of documents) await checkConstraints(expressions, document.totals, String(document.hardware['name']));
}
