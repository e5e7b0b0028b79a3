/**
 * The versions a result depends on, for its configHash: every mechanism used, the rules that have no record of their own, and the SRAM table.
 * A result whose inputs are unchanged has another hash once a rule behind it has changed.
 */
import { createHash } from 'node:crypto';
import type { AcceleratorConfig } from '../accelerator/accelerator-config.js';
import { timingNamed } from '../accelerator/timing/index.js';
import { sramTableText } from './package-data.js';
import { peNamed } from '../pe/index.js';
import type { Rewrite } from '../decoder/rewrites/rewrite.js';
import { quantizerNamed } from '../quantizers/index.js';
import { kvQuantizerNamed } from '../quantizers/kv/index.js';
import type { SchemeConfig } from '../trace/scheme-config.js';
import { activationQuantizers, weightQuantizers } from '../trace/scheme-layers.js';
import { preparedSteps } from '../trace/scheme-operands.js';

/** Versions by what they are the version of, e.g. `pe bitmod`; of data it is a digest. */
export type Versions = Readonly<Record<string, number | string>>;

/** Rules without a record that could hold a `modelVersion`; raised when one of their files changes a number. */
const ruleVersions = {
  /** src/trace/workload: layers of a model and a scheme. */
  workload: 3,
  /** src/energy and src/accelerator: energy, area and totals from activity. */
  cost: 1,
  /** src/gpu: time and energy of kernels from a card, a kernel and its parameters. */
  gpu: 4,
  /** src/reproduce: workload lists and conventions of published tables. */
  reproduce: 1,
  /** src/accuracy and src/decoder: the forward pass, calibration, and how a loss is reckoned. */
  accuracy: 1,
  /** src/sweep: sequences and searches, and what rows hold beside the totals of a simulation. */
  sweep: 1,
} as const;

interface Mechanisms {
  readonly accelerators?: readonly Pick<AcceleratorConfig, 'timing' | 'pe'>[];
  /** Whether the GPU model is used. */
  readonly gpus?: boolean;
  readonly quantizers?: readonly string[];
  readonly cacheQuantizers?: readonly string[];
  readonly rewrites?: readonly Pick<Rewrite, 'name' | 'modelVersion'>[];
  /** Further timing models and PEs by name, of which designs can be made. */
  readonly timings?: readonly string[];
  readonly pes?: readonly string[];
  readonly rules?: readonly (keyof typeof ruleVersions)[];
}

/** The methods a scheme names: quantizers of weights, activations and cache, and rewrites. */
export function schemeMechanisms(scheme: SchemeConfig): Required<Pick<Mechanisms, 'quantizers' | 'cacheQuantizers' | 'rewrites'>> {
  const { kv, prepare = [] } = scheme;
  return {
    quantizers: [...new Set([...weightQuantizers(scheme), ...activationQuantizers(scheme)])],
    cacheQuantizers: kv.quantizer === undefined ? [] : [kv.quantizer],
    rewrites: preparedSteps(prepare).map(({ rewrite }) => rewrite),
  };
}

/** Versions of everything that makes a result. Throws LowbitError for an unknown name. */
export function versionsOf(used: Mechanisms): Versions {
  const { accelerators = [], gpus = false, timings = [], pes = [], rules = [] } = used;
  const versions: Record<string, number | string> = {};
  for (const { timing, pe } of accelerators) {
    versions[`timing ${timing}`] = timingNamed(timing).modelVersion;
    versions[`pe ${pe.model}`] = peNamed(pe.model).modelVersion;
  }
  for (const name of timings) versions[`timing ${name}`] = timingNamed(name).modelVersion;
  for (const name of pes) versions[`pe ${name}`] = peNamed(name).modelVersion;
  if (accelerators.length > 0) {
    versions['rule cost'] = ruleVersions.cost;
    versions['SRAM table'] = createHash('sha256').update(sramTableText()).digest('hex');
  }
  if (gpus) versions['rule gpu'] = ruleVersions.gpu;
  Object.assign(versions, methodVersions(used));
  for (const rule of rules) versions[`rule ${rule}`] = ruleVersions[rule];
  return versions;
}

function methodVersions({ quantizers = [], cacheQuantizers = [], rewrites = [] }: Mechanisms): Versions {
  return {
    ...Object.fromEntries(quantizers.map((name) => [`quantizer ${name}`, quantizerNamed(name).modelVersion])),
    ...Object.fromEntries(cacheQuantizers.map((name) => [`cache quantizer ${name}`, kvQuantizerNamed(name).modelVersion])),
    ...Object.fromEntries(rewrites.map(({ name, modelVersion }) => [`rewrite ${name}`, modelVersion])),
  };
}
