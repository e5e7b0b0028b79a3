/** The workload of a command line: layers by phase from a model and a scheme, a trace, a CSV of shapes, or real tensors. */
import { readText } from '../../config/files.js';
import { LowbitError } from '../../lowbit-error.js';
import { exactlyOne, single } from '../arguments.js';
import type { Arguments } from '../command.js';
import { misplaced } from '../misplaced-file.js';
import type { WorkloadHardware } from './design.js';
import { phaseDescription, segmentOf, type PreparedWorkload } from './segment.js';
import { settingsByTarget } from './settings-by-target.js';

const sources = ['model', 'weights', 'trace', 'layers'] as const;

/** Options that only make sense with one kind of workload. */
const belongsTo: Readonly<Record<string, readonly (typeof sources)[number][]>> = {
  scheme: ['model'],
  batch: ['model'],
  context: ['model'],
  refine: ['model'],
  quantizer: ['weights'],
  option: ['weights'],
  tensor: ['weights'],
  'input-shape': ['weights'],
  'nan-as-zero': ['weights'],
  activation: ['weights'],
  tokens: ['model', 'weights', 'trace'],
};

/** The workload that the arguments describe. Throws LowbitError for none or several, and for options that do not belong to it. */
export async function prepareWorkload(args: Arguments, hardware: WorkloadHardware): Promise<PreparedWorkload> {
  const kind = exactlyOne(args, sources, '--model llama-2-7b --scheme bitmod-4b') as (typeof sources)[number];
  for (const [option, kinds] of Object.entries(belongsTo)) {
    if (args[option] !== undefined && !kinds.includes(kind)) {
      throw new LowbitError(`--${option} does not go with --${kind}`, {
        remedy: `it belongs to ${kinds.map((name) => `--${name}`).join(', ')}`,
      });
    }
  }
  const { model, scheme } = settingsByTarget(args['set']);
  const [aimless] = kind === 'model' ? [] : [...model.map((text) => `model.${text}`), ...scheme.map((text) => `scheme.${text}`)];
  if (aimless !== undefined) {
    throw new LowbitError(`--set ${aimless} does not go with --${kind}`, { remedy: 'model and scheme belong to --model' });
  }
  try {
    return await workloadOf(kind, args, hardware);
  } catch (error) {
    throw (['scheme', kind] as const).reduce(
      (found: unknown, option) => misplaced(option, single(option, args[option]) ?? '-', found),
      error,
    );
  }
}

async function workloadOf(kind: (typeof sources)[number], args: Arguments, hardware: WorkloadHardware): Promise<PreparedWorkload> {
  if (kind === 'model') return (await import('./model-workload.js')).modelWorkload(args, hardware);
  if (kind === 'layers') return layersWorkload(args, hardware);
  if (kind === 'trace') return (await import('./trace-workload.js')).traceWorkload(args);
  return (await import('./weights-workload.js')).weightsWorkload(args);
}

async function layersWorkload(args: Arguments, hardware: WorkloadHardware): Promise<PreparedWorkload> {
  const file = single('layers', args['layers']) ?? '-';
  const { parseLayersCsv } = await import('../../trace/layers-csv.js');
  const layers = parseLayersCsv(readText(file), file === '-' ? 'stdin' : file, hardware.operandDefaults);
  return {
    segments: [segmentOf(args, layers)],
    description: { layers: file === '-' ? 'stdin' : file, ...phaseDescription(args) },
    title: `${layers.length} layers of ${file === '-' ? 'stdin' : file}`,
    notes: [],
    versions: {},
  };
}
