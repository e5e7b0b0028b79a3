/** Options that name activations: which items they need, what errors and costs of them are of. */
import { describe, expect, it } from 'vitest';
import { simulateAccelerator } from '../../../src/accelerator/simulate.js';
import { loadDecoder } from '../../../src/accuracy/load-model.js';
import { divergenceFrom } from '../../../src/accuracy/prediction-divergence.js';
import { quantizeModel } from '../../../src/accuracy/quantize-model.js';
import { schemeNumbers } from '../../../src/accuracy/scheme-numbers.js';
import { schemePlan } from '../../../src/accuracy/scheme-plan.js';
import { assignedScheme, uniformScheme } from '../../../src/codesign/study/assigned-scheme.js';
import { designCosts, type CostRequest, type StudyDesign } from '../../../src/codesign/study/cost-table.js';
import { itemErrors } from '../../../src/codesign/study/item-error.js';
import { itemsOf, requireWholeInputs } from '../../../src/codesign/study/items.js';
import { studyOf } from '../../../src/codesign/study/read-study.js';
import type { StudyOption } from '../../../src/codesign/study/study-option.js';
import { loadAccelerator, loadModel, loadScheme } from '../../../src/config/catalogue.js';
import { loadSramTable } from '../../../src/config/package-data.js';
import { workload } from '../../../src/trace/workload/workload.js';
import { folderOf, randomTokens } from '../../decoder/small-decoders.js';

const [olive4, olive8] = [4, 8].map((bits): StudyOption => ({
  name: `olive${bits}`,
  format: `olive${bits}`,
  weight: { quantizer: 'olive', bits, granularity: 'channel' },
  activation: { format: `olive${bits}` },
})) as [StudyOption, StudyOption];
const scheme = loadScheme('olive-w4a4kv4').config;
const { model } = await loadDecoder(folderOf('qwen2'));
const all = { only: undefined };

describe('items that are inputs', () => {
  it('hold all products of an input, and together all weights', () => {
    const [first, second, third] = itemsOf(model, { items: 'input', ...all });
    expect([first, second, third].map((item) => item?.name)).toEqual([
      'model.layers.0.self_attn.{q,k,v}_proj',
      'model.layers.0.self_attn.o_proj',
      'model.layers.0.mlp.{gate,up}_proj',
    ]);
    expect(first?.matrix).toBe('{q,k,v}_proj');
    const weights = (['product', 'input', 'block'] as const).map((items) =>
      itemsOf(model, { items, ...all }).reduce((sum, item) => sum + item.weights, 0),
    );
    expect(new Set(weights).size).toBe(1);
  });
});

describe('options with activations', () => {
  const check = (items: ReturnType<typeof itemsOf>, options: readonly StudyOption[]): void => {
    requireWholeInputs(model, items, { options: options.map(({ activation }) => activation), own: scheme.activation, place: 'here' });
  };
  const only = [{ match: '{q,k}_proj', place: '' }];

  it('are refused where products of one input are in several items, or some in none', () => {
    expect(() => check(itemsOf(model, { items: 'product', ...all }), [olive4, olive8])).toThrow(
      /all products of an input in one item.*q_proj, .*k_proj.*items: input/,
    );
    expect(() => check(itemsOf(model, { items: 'input', only }), [olive4, olive8])).toThrow(/q_proj, .*v_proj/);
  });

  it('are taken where items hold whole inputs, or where all of them and the scheme read inputs alike', () => {
    for (const items of ['input', 'block'] as const) expect(() => check(itemsOf(model, { items, ...all }), [olive4, olive8])).not.toThrow();
    expect(() => check(itemsOf(model, { items: 'product', ...all }), [olive8])).not.toThrow();
    expect(() => check(itemsOf(model, { items: 'product', only }), [{ ...olive4, activation: scheme.activation }])).not.toThrow();
  });
});

describe('the error of an item', () => {
  const tokens = randomTokens(512, model.vocabulary, 3);
  const items = itemsOf(model, { items: 'block', ...all });
  const under = (option: StudyOption) => uniformScheme(scheme, items, option);
  const errors = (option: StudyOption, beside?: StudyOption): number[] => {
    const request = { scheme: under(option), base: scheme, items, ofModel: 'divergence' as const, errorWindows: 1 };
    const quantized = quantizeModel(model, { ...schemeNumbers(request.scheme), calibration: tokens });
    return itemErrors({ model, calibration: tokens }, beside === undefined ? request : { ...request, beside: under(beside) }, quantized);
  };

  it('is nothing under the option that the others take, and something under another', () => {
    expect(errors(olive8, olive8)).toEqual(items.map(() => 0));
    expect(Math.min(...errors(olive4, olive8))).toBeGreaterThan(0);
  });

  it('is how far the scheme in which the item alone takes the option is from the one in which none does', () => {
    const choice = items.map((_, i) => (i === 1 ? 0 : 1));
    const mixed = assignedScheme(scheme, { items, options: [olive4, olive8] }, choice);
    const [before, after] = [under(olive8), mixed].map((one) => ({
      model: quantizeModel(model, { ...schemeNumbers(one), calibration: tokens }).model,
      plan: schemePlan(
        model,
        { activation: undefined, activationAt: undefined, cache: undefined, ...schemeNumbers(one) },
        { codeExact: false, scheme: one.name },
      ),
    })) as [Side, Side];
    const window = tokens.subarray(0, model.context);
    expect(errors(olive4, olive8)[1]).toBe(divergenceFrom(before.model, window, before.plan)(after.model, after.plan));
  });
});

type Side = { readonly model: typeof model; readonly plan: ReturnType<typeof schemePlan> };

it('sums costs of weights and activations to those of a simulation of the assignment', () => {
  const { config } = loadAccelerator('olive-native');
  const sramTable = loadSramTable();
  const design: StudyDesign = {
    name: config.name,
    hasVectorWork: true,
    simulate: (segments, modelBytes) =>
      simulateAccelerator(config, segments, { sramTable, ...(modelBytes === undefined ? {} : { modelBytes }) }),
  };
  const { config: tiny } = loadModel('models/tiny');
  const layers = Array.from({ length: 4 }, (_, i) => `model.layers.${i}`);
  const items = layers.flatMap((layer) =>
    [
      ['self_attn', 'q', 'k', 'v'],
      ['self_attn', 'o'],
      ['mlp', 'gate', 'up'],
      ['mlp', 'down'],
    ].map(([at, ...names], i) => ({
      name: `${layer}.${i}`,
      products: names.map((name) => `${layer}.${at!}.${name}_proj`),
      layer: 0,
      matrix: '',
      weights: 1,
    })),
  );
  const request: CostRequest = {
    model: tiny,
    scheme,
    items,
    options: [olive4, olive8],
    workload: { phase: 'prefill', batch: 1, context: 64, options: { vectorOps: true } },
  };
  const { latency_s, energy_pJ, fixed } = designCosts(design, request);
  const choice = items.map((_, i) => ((i * i) % 3) % 2);
  const { segments, modelBytes } = workload(tiny, assignedScheme(scheme, request, choice), request.workload);
  const { totals } = design.simulate(segments, modelBytes.weights + modelBytes.kv);
  const sum = (table: Float64Array, start: number): number => choice.reduce((total, option, i) => total + table[2 * i + option]!, start);
  expect(sum(latency_s, fixed.latency_s) / totals.latency_s).toBeCloseTo(1, 12);
  expect(sum(energy_pJ, fixed.energy_pJ) / totals.energy_pJ!).toBeCloseTo(1, 12);
  expect(latency_s[1]! / latency_s[0]!).toBeGreaterThan(1);
});

describe('a study file', () => {
  const text = (more: string): string => `name: small
model: tiny
scheme: olive-w4a4kv4
items: input
options:
  - { name: low, weight: { quantizer: olive, bits: 4 }, activation: { format: olive4 } }
  - { name: high, weight: { quantizer: olive, bits: 8 }, activation: { format: olive8 } }
hardware: [olive-native]
budgets: [{ resource: bits, values: [5] }]
${more}`;

  it('names the option that others take, and keeps activations', () => {
    const plan = studyOf(text('beside: high\n'), 'study.yaml');
    expect(plan.beside).toBe(plan.options[1]);
    expect(plan.options[0]?.activation).toEqual({ format: 'olive4' });
  });

  it.each([
    ['an option that is not there', 'beside: hihg\n', /unknown option: hihg \(study\.yaml:10:.*high/],
    ['errors that have no others', 'beside: high\nerror: weight\n', /errors by weight are of one item alone.*study\.yaml:10:/],
  ])('is refused for %s', (_, more, message) => {
    expect(() => studyOf(text(more), 'study.yaml')).toThrow(message);
  });

  it('is refused for activations that no format is', () => {
    expect(() => studyOf(text('').replace('format: olive4', 'format: olvie4'), 'study.yaml')).toThrow(/olvie4/);
  });
});
