/**
 * What one item under an option does to the predictions of a model: divergence or loss difference, nats per token, on a text. The item takes weights and
 * inputs of the option; the other items are floats, or all under one option (`beside`), and everything else is as the scheme of the study says.
 * Left out: what two items under options do to each other, beyond those of `beside`.
 */
import { defaultWindow, perplexity } from '../../accuracy/perplexity.js';
import { divergenceFrom } from '../../accuracy/prediction-divergence.js';
import { quantizeModel, type QuantizedModel } from '../../accuracy/quantize-model.js';
import { schemeNumbers } from '../../accuracy/scheme-numbers.js';
import { schemePlan } from '../../accuracy/scheme-plan.js';
import { mapGroups, type DecoderModel } from '../../decoder/decoder-model.js';
import type { ExecutionPlan } from '../../decoder/execution-plan.js';
import { namedGroups } from '../../decoder/product-names.js';
import type { SchemeConfig } from '../../trace/scheme-config.js';
import { patternOf, type StudyItem } from './items.js';

export interface ItemErrorRequest {
  /** All products of the items under the option. */
  readonly scheme: SchemeConfig;
  /** What the model runs under while no item is changed; weights stay floats. */
  readonly base: SchemeConfig;
  /** All products of the items under the option that the others take; absent: floats. */
  readonly beside?: SchemeConfig;
  readonly items: readonly StudyItem[];
  readonly ofModel: 'loss' | 'divergence';
  /** Windows of the calibration text. */
  readonly errorWindows: number;
}

/** One number for every item. `quantized`: the model under the scheme of the request. */
export function itemErrors(
  { model, calibration }: { readonly model: DecoderModel; readonly calibration: Int32Array },
  { scheme, base, beside, items, ofModel, errorWindows }: ItemErrorRequest,
  quantized: QuantizedModel,
): number[] {
  // Under the option of all others nothing changes.
  if (beside !== undefined && JSON.stringify(beside) === JSON.stringify(scheme)) return items.map(() => 0);
  const rest = beside === undefined ? quantized.rewritten : quantizeModel(model, { ...schemeNumbers(beside), calibration }).model;
  const [restPlan, ownPlan] = [planOf(model, beside ?? base), planOf(model, scheme)];
  const text = calibration.subarray(0, errorWindows * defaultWindow(model));
  const measure = measureOf(ofModel, rest, { text, plan: restPlan });
  return items.map((item) => measure(withItem(rest, quantized.model, item), planWithItem(model, item, { restPlan, ownPlan })));
}

function planOf(model: DecoderModel, scheme: SchemeConfig): ExecutionPlan {
  const { activation, activationAt, cache } = schemeNumbers(scheme);
  return schemePlan(model, { activation, activationAt, cache }, { codeExact: false, scheme: scheme.name });
}

type Measure = (changed: DecoderModel, itsPlan: ExecutionPlan) => number;

/** Against the model with no item changed. */
function measureOf(
  kind: ItemErrorRequest['ofModel'],
  model: DecoderModel,
  { text, plan }: { readonly text: Int32Array; readonly plan: ExecutionPlan },
): Measure {
  if (kind === 'divergence') return divergenceFrom(model, text, plan);
  const loss: Measure = (candidate, its) => perplexity(candidate, text, { plan: its }).loss_nats;
  const reference = loss(model, plan);
  return (changed, itsPlan) => loss(changed, itsPlan) - reference;
}

/** A model with the products of one item as another has them. */
function withItem(rest: DecoderModel, quantized: DecoderModel, { products }: StudyItem): DecoderModel {
  const own = new Set(products);
  const taken = new Map(
    namedGroups(quantized).flatMap(({ group, names }) =>
      group.products.flatMap((product, i) => (own.has(patternOf(names[i]!)) ? [[product.name, product] as const] : [])),
    ),
  );
  return {
    ...rest,
    layers: rest.layers.map((layer) =>
      mapGroups(layer, (group) => ({ ...group, products: group.products.map((product) => taken.get(product.name) ?? product) })),
    ),
  };
}

/** Inputs of the item as its option reads them, all others as the rest does. Products of one input have one activation (requireWholeInputs). */
function planWithItem(
  model: DecoderModel,
  { products }: StudyItem,
  { restPlan, ownPlan }: { readonly restPlan: ExecutionPlan; readonly ownPlan: ExecutionPlan },
): ExecutionPlan {
  if (restPlan.activation === undefined && ownPlan.activation === undefined) return restPlan;
  const chosen = new Set(products);
  const touched = namedGroups(model).filter(({ names }) => names.some((name) => chosen.has(patternOf(name))));
  const own = new Set(touched.map(({ group }) => group.name));
  return {
    ...restPlan,
    activation: (input, group) => (own.has(group.name) ? ownPlan : restPlan).activation?.(input, group) ?? input.data,
  };
}
