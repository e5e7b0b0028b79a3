/** The workload of a command line: layers by phase from a model and a scheme, a trace, a CSV of shapes, or real tensors. */
import type { AcceleratorConfig } from '../../accelerator/accelerator-config.js';
import { loadModel, loadScheme } from '../../config/catalogue.js';
import { readText } from '../../config/files.js';
import { LowbitError, unknownName } from '../../lowbit-error.js';
import { refinementNames, type Refinement } from '../../trace/workload/request.js';
import { workload } from '../../trace/workload/workload.js';
import { exactlyOne, positiveInteger, repeated, single } from '../arguments.js';
import type { Arguments } from '../command.js';
import { phaseDescription, phaseOf, segmentOf, type PreparedWorkload } from './segment.js';

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
  tokens: ['model', 'weights', 'trace'],
};

/** The workload that the arguments describe. Throws LowbitError for none or several, and for options that do not belong to it. */
export async function prepareWorkload(args: Arguments, hardware: AcceleratorConfig): Promise<PreparedWorkload> {
  const kind = exactlyOne(args, sources, '--model llama-2-7b --scheme bitmod-4b') as (typeof sources)[number];
  for (const [option, kinds] of Object.entries(belongsTo)) {
    if (args[option] !== undefined && !kinds.includes(kind)) {
      throw new LowbitError(`--${option} does not go with --${kind}`, {
        remedy: `it belongs to ${kinds.map((name) => `--${name}`).join(', ')}`,
      });
    }
  }
  if (kind === 'model') return modelWorkload(args);
  if (kind === 'layers') return layersWorkload(args, hardware);
  if (kind === 'trace') return (await import('./trace-workload.js')).traceWorkload(args);
  return (await import('./weights-workload.js')).weightsWorkload(args);
}

function modelWorkload(args: Arguments): PreparedWorkload {
  const { config: model, notes: modelNotes } = loadModel(single('model', args['model']) ?? '');
  const schemeName = single('scheme', args['scheme']);
  if (schemeName === undefined) {
    throw new LowbitError('no scheme given', {
      remedy: 'say who is quantized how, for example --scheme bitmod-4b or --scheme fp16; see `lowbit list schemes`',
    });
  }
  const { config: scheme, notes: schemeNotes } = loadScheme(schemeName);
  const phase = phaseOf(args) ?? 'prefill';
  if (phase !== 'generate' && args['tokens'] !== undefined) {
    throw new LowbitError('--tokens with --model goes with --phase generate only', {
      value: phase,
      remedy: 'leave it out, or ask for --phase generate',
    });
  }
  const batch = positiveInteger('batch', args['batch'], 1);
  const context = positiveInteger('context', args['context'], 256);
  const tokens = positiveInteger('tokens', args['tokens'], undefined);
  const options = refinementsOf(args);
  const made = workload(model, scheme, { phase, batch, context, options, ...(tokens === undefined ? {} : { tokens }) });
  const refined = Object.keys(options).join(' ');
  return {
    segments: made.segments,
    model_bytes: made.modelBytes.weights + made.modelBytes.kv,
    description: {
      model: model.name,
      scheme: scheme.name,
      phase,
      batch,
      context,
      ...(tokens === undefined ? {} : { tokens }),
      ...(refined === '' ? {} : { refine: refined }),
    },
    title: `${model.name} ${scheme.name} ${phase}, batch ${batch}, context ${context}`,
    notes: [...modelNotes, ...schemeNotes, ...made.notes],
    versions: {},
  };
}

async function layersWorkload(args: Arguments, hardware: AcceleratorConfig): Promise<PreparedWorkload> {
  const file = single('layers', args['layers']) ?? '-';
  const { parseLayersCsv } = await import('../../trace/layers-csv.js');
  const layers = parseLayersCsv(readText(file), file === '-' ? 'stdin' : file, operandDefaults(hardware));
  return {
    segments: [segmentOf(args, layers)],
    description: { layers: file === '-' ? 'stdin' : file, ...phaseDescription(args) },
    title: `${layers.length} layers of ${file === '-' ? 'stdin' : file}`,
    notes: [],
    versions: {},
  };
}

/** Formats of operands that the workload does not name: the hardware's, else FP16. */
function operandDefaults(hardware: AcceleratorConfig): { activation: string; weight: string; output: string } {
  return hardware.defaults ?? { activation: 'fp16', weight: 'fp16', output: 'fp16' };
}

function refinementsOf(args: Arguments): Partial<Record<Refinement, boolean>> {
  const options: Partial<Record<Refinement, boolean>> = {};
  for (const name of repeated(args['refine'])) {
    const known = refinementNames.find((refinement) => refinement === name);
    if (known === undefined) throw unknownName('refinement', name, refinementNames, '--refine');
    options[known] = true;
  }
  return options;
}
