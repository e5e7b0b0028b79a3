/** What rankings need beside errors and costs, measured only where a method of the study ranks by it (src/codesign/signals). */
import { operandFormat } from '../../formats/index.js';
import type { DecoderModel } from '../../decoder/decoder-model.js';
import { namedGroups } from '../../decoder/product-names.js';
import { LowbitError } from '../../lowbit-error.js';
import { allocationMethodNamed } from '../allocation/index.js';
import type { AllocationSignals, SignalName } from '../allocation/allocation-problem.js';
import { blockChange } from '../signals/block-change.js';
import { lossProbe } from '../signals/loss-probe.js';
import { meanHessianTrace } from '../signals/mean-hessian-trace.js';
import { zScoreShare } from '../signals/z-score-share.js';
import { patternOf, type StudyItem } from './items.js';
import type { StudyModel } from './measure.js';
import type { StudyPlan } from './read-study.js';

/** Random directions of the Hessian trace. */
const TRACE_SAMPLES = 4;

/** Throws LowbitError for a method whose signals a study does not measure. */
export function studySignals({ model, calibration }: StudyModel, plan: StudyPlan, items: readonly StudyItem[]): AllocationSignals {
  const needed = neededSignals(plan);
  const { options, file } = plan;
  const probe = needed.has('hessianTrace') ? lossProbe(model, calibration, file.errorWindows) : undefined;
  const changes = needed.has('lim') ? blockChange(model, calibration) : undefined;
  return {
    codeBits: Float64Array.from(options, ({ format }) => operandFormat(format).payload_bitsPerElement),
    ...(changes === undefined ? {} : { lim: Float64Array.from(items, ({ layer }) => changes[layer] ?? NaN) }),
    ...(needed.has('zd')
      ? { zd: Float64Array.from(items, (item) => zScoreShare(matricesOf(model, item).map(({ weight }) => weight))) }
      : {}),
    ...(probe === undefined
      ? {}
      : {
          hessianTrace: Float64Array.from(items, (item) => {
            const matrices = matricesOf(model, item);
            const traces = matrices.map(({ name, weight }) =>
              meanHessianTrace(probe, name, weight.data, { samples: TRACE_SAMPLES, seed: file.seed }),
            );
            return traces.reduce((sum, trace, i) => sum + trace * matrices[i]!.weight.data.length, 0) / item.weights;
          }),
        }),
  };
}

const measurable: readonly SignalName[] = ['codeBits', 'lim', 'zd', 'hessianTrace'];

function neededSignals({ methods, place }: StudyPlan): ReadonlySet<SignalName> {
  const needed = new Set<SignalName>();
  for (const [i, { method, name }] of methods.entries()) {
    for (const signal of allocationMethodNamed(method).needs) {
      if (!measurable.includes(signal)) {
        throw new LowbitError(`a study does not measure what ${name} ranks by`, {
          value: signal,
          place: place(['methods', i]),
          remedy: 'leave the method out; as a function of the library it takes signals of your own',
        });
      }
      needed.add(signal);
    }
  }
  return needed;
}

function matricesOf(model: DecoderModel, { products }: StudyItem): { readonly name: string; readonly weight: DecoderModel['head'] }[] {
  const own = new Set(products);
  return namedGroups(model).flatMap(({ group, names }) => group.products.filter((_, i) => own.has(patternOf(names[i]!))));
}
