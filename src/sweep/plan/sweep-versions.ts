/** Model versions of everything a sweep can use, and whether one of its designs states how far its model is off. */
import type { AcceleratorFile } from '../../config/accelerator-file.js';
import { schemeMechanisms, versionsOf } from '../../config/model-versions.js';
import type { SweepPlan } from './sweep-plan.js';

/** `accelerators`: what the designs of the plan describe. */
export function sweepVersions(
  { designs, base, axes, rungs }: Pick<SweepPlan, 'designs' | 'base' | 'axes' | 'rungs'>,
  { accelerators, gpus }: { readonly accelerators: readonly AcceleratorFile[]; readonly gpus: boolean },
): Pick<SweepPlan, 'versions' | 'errorBars'> {
  const settings = [
    ...base.set,
    ...rungs.flatMap(({ set }) => set),
    ...axes.flatMap(({ path, values }) => values.map((value) => [path, value] as const)),
  ];
  const named = (wanted: string): string[] =>
    settings.flatMap(([path, value]) => (path === wanted && typeof value === 'string' ? [value] : []));
  const methods = Object.values(designs.schemes).map(schemeMechanisms);
  const versions = versionsOf({
    accelerators,
    gpus,
    timings: named('hardware.timing'),
    pes: named('hardware.pe.model'),
    quantizers: [
      ...methods.flatMap(({ quantizers }) => quantizers),
      ...named('scheme.weight.quantizer'),
      ...named('scheme.activation.quantizer'),
    ],
    cacheQuantizers: [...methods.flatMap(({ cacheQuantizers }) => cacheQuantizers), ...named('scheme.kv.quantizer')],
    rewrites: methods.flatMap(({ rewrites }) => rewrites),
    rules: ['workload', 'sweep'],
  });
  const errorBars =
    accelerators.some((described) => described.errorBars !== undefined) || settings.some(([path]) => path.startsWith('hardware.errorBars'));
  return { versions, errorBars };
}
