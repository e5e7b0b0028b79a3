/**
 * What one item under an option does to the predictions of a model: divergence or loss, nats per token on a text, with the item under the option minus
 * without. The item takes weights and inputs of the option; the other items are floats, or all under one option (`beside`), and everything else is as the
 * scheme of the study says.
 * Beside floats divergences are from float32, not of the two from each other: a change of any item re-rolls every rounding of inputs and cache behind it,
 * and between two models with such roundings that counts as divergence though neither is farther from float32 [ours]. Beside an option they are from the
 * model in which all items take it: that one has left float32 already, so a further change may lead part of the way back, by chance and for these other
 * items alone, and a choice for the least sum would collect such changes [ours].
 * Left out: what two items under options do to each other, beyond those of `beside`.
 */
import { spreadWindows } from '../../accuracy/calibration-sample.js';
import { perplexity } from '../../accuracy/perplexity.js';
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
  const text = spreadWindows(model, calibration, errorWindows);
  const [from, fromPlan] = beside === undefined ? [model, {}] : [rest, restPlan];
  const measure = ofModel === 'divergence' ? divergenceFrom(from, text, fromPlan) : lossOn(text);
  const unchanged = measure(rest, restPlan);
  return items.map(
    (item) => measure(withItems(rest, quantized.model, [item]), planWithItem(model, item, { restPlan, ownPlan })) - unchanged,
  );
}

/** What runs beside the weights of a scheme. */
export function planOf(model: DecoderModel, scheme: SchemeConfig): ExecutionPlan {
  const { activation, activationAt, cache } = schemeNumbers(scheme);
  return schemePlan(model, { activation, activationAt, cache }, { codeExact: false, scheme: scheme.name });
}

function lossOn(text: Int32Array): (model: DecoderModel, plan: ExecutionPlan) => number {
  return (model, plan) => perplexity(model, text, { plan }).loss_nats;
}

/** A model with the products of some items as another has them. */
export function withItems(rest: DecoderModel, quantized: DecoderModel, items: readonly StudyItem[]): DecoderModel {
  const own = new Set(items.flatMap(({ products }) => products));
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
