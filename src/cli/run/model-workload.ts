/** `--model M --scheme S`: the layers of a published network in a phase. */
import { loadModel, loadScheme } from '../../config/catalogue.js';
import { applySettings } from '../../config/settings.js';
import { LowbitError, unknownName } from '../../lowbit-error.js';
import { modelSchema, type ModelConfig } from '../../trace/model/model-config.js';
import { schemeSchema, type SchemeConfig } from '../../trace/scheme-config.js';
import { refinementNames, type Refinement, type WorkloadRequest } from '../../trace/workload/request.js';
import { workload } from '../../trace/workload/workload.js';
import { positiveInteger, repeated, single } from '../arguments.js';
import type { Arguments } from '../command.js';
import { schemeMechanisms, versionsOf } from '../../config/model-versions.js';
import type { WorkloadHardware } from './design.js';
import { phaseOf, type PreparedWorkload } from './segment.js';
import { settingsByTarget } from './settings-by-target.js';

const DEFAULT_CONTEXT = 256;

/** Networks whose input has one size. */
const fixedInput: readonly ModelConfig['family'][] = ['cnn', 'vit'];

export function modelWorkload(args: Arguments, hardware: WorkloadHardware): PreparedWorkload {
  const { config: namedModel, notes: modelNotes } = loadModel(single('model', args['model']) ?? '');
  const { config: namedScheme, notes: schemeNotes } = loadScheme(schemeName(args));
  const settings = settingsByTarget(args['set']);
  const model: ModelConfig = applySettings(namedModel, settings.model, modelSchema);
  const scheme: SchemeConfig = applySettings(namedScheme, settings.scheme, schemeSchema);
  const request = requestOf(args, model, hardware);
  const { segments, modelBytes, notes } = workload(model, scheme, request);
  const { options, ...numbers } = request;
  const refined = refinementNames.filter((name) => options[name] === true).join(' ');
  // A network whose input has one size sees it in one pass: it has no phases to tell apart.
  const phase = request.context === undefined ? '' : ` ${request.phase}`;
  const lengths = request.context === undefined ? '' : `, context ${request.context}`;
  return {
    segments,
    model_bytes: modelBytes.weights + modelBytes.kv,
    description: { model: model.name, scheme: scheme.name, ...numbers, ...(refined === '' ? {} : { refine: refined }) },
    title: `${model.name} ${scheme.name}${phase}, batch ${request.batch}${lengths}`,
    notes: [...modelNotes, ...schemeNotes, ...notes],
    versions: versionsOf({ ...schemeMechanisms(scheme), rules: ['workload'] }),
  };
}

function schemeName(args: Arguments): string {
  const name = single('scheme', args['scheme']);
  if (name !== undefined) return name;
  throw new LowbitError('no scheme given', {
    remedy: 'say who is quantized how, for example --scheme bitmod-4b or --scheme fp16; see `lowbit list schemes`',
  });
}

function requestOf(args: Arguments, model: ModelConfig, hardware: WorkloadHardware) {
  const phase = phaseOf(args) ?? 'prefill';
  if (phase !== 'generate' && args['tokens'] !== undefined) {
    throw new LowbitError('--tokens with --model goes with --phase generate only', {
      value: phase,
      remedy: 'leave it out, or ask for --phase generate',
    });
  }
  if (fixedInput.includes(model.family) && args['context'] !== undefined) {
    throw new LowbitError(`--context does not go with ${model.name}`, { remedy: 'its input has one size; leave it out' });
  }
  const context = fixedInput.includes(model.family) ? undefined : positiveInteger('context', args['context'], DEFAULT_CONTEXT);
  const tokens = positiveInteger('tokens', args['tokens'], undefined);
  return {
    phase,
    batch: positiveInteger('batch', args['batch'], 1),
    ...(context === undefined ? {} : { context }),
    ...(tokens === undefined ? {} : { tokens }),
    options: refinementsOf(args, hardware),
  } satisfies WorkloadRequest;
}

/** Refinements by name; `no-` in front turns off one that is on by itself: the rows of the vector unit, where the hardware charges them. */
function refinementsOf(args: Arguments, hardware: WorkloadHardware): Partial<Record<Refinement, boolean>> {
  const options: Partial<Record<Refinement, boolean>> = hardware.hasVectorWork ? { vectorOps: true } : {};
  for (const name of repeated(args['refine'])) {
    const known = refinementNames.find((refinement) => refinement === name.replace(/^no-/, ''));
    if (known === undefined) throw unknownName('refinement', name, refinementNames, '--refine');
    options[known] = known === name;
  }
  return options;
}
