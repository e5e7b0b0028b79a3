/** Which assignments does a study measure whole, what does it ask of them, and when does a promise hold? */
import { describe, expect, it } from 'vitest';
import { loadDecoder } from '../../../src/accuracy/load-model.js';
import { perplexity } from '../../../src/accuracy/perplexity.js';
import { quantizeModel } from '../../../src/accuracy/quantize-model.js';
import { schemeNumbers } from '../../../src/accuracy/scheme-numbers.js';
import { uniformScheme } from '../../../src/codesign/study/assigned-scheme.js';
import { itemErrors } from '../../../src/codesign/study/item-error.js';
import { itemsOf } from '../../../src/codesign/study/items.js';
import type { Measurements } from '../../../src/codesign/study/measurements.js';
import { studyOf } from '../../../src/codesign/study/read-study.js';
import { promiseOfPoint, studyPromise } from '../../../src/codesign/study/study-promise.js';
import type { StudyTables } from '../../../src/codesign/study/study-tables.js';
import { wholeLosses, type WholeTask } from '../../../src/codesign/study/whole-loss.js';
import { loadScheme } from '../../../src/config/catalogue.js';
import { folderOf, randomTokens } from '../../decoder/small-decoders.js';

const text = (more: string): string => `name: small
model: tiny
scheme: w4a16-g128
options:
  - { name: low, weight: { quantizer: rtn, bits: 3, group: 128 } }
  - { name: high, weight: { quantizer: rtn, bits: 6, group: 128 } }
hardware: [bitmod]
budgets: [{ resource: bits, values: [5] }]
${more}`;

const items = Array.from({ length: 8 }, (_, i) => ({ name: `${i}`, products: [`p${i}`], layer: 0, matrix: '', weights: 1 }));
const errorOf = (bits: unknown): number => (bits === 3 ? 0.004 : 0.0005);

/** The whole model is 1.5 times as far from float32 as the sum, and 0.001 farther where everything is float. */
function studied(more: string, front: readonly Int32Array[] = [], breaks: (bits: readonly unknown[]) => boolean = () => false) {
  const plan = studyOf(text(more), 'study.yaml');
  const error = Float64Array.from(items.flatMap(() => plan.options.map(({ weight }) => errorOf(weight['bits']))));
  const tables = { items, options: plan.options, error, weights: 8 } as unknown as StudyTables;
  const tasks: WholeTask[] = [];
  const wholes: Measurements['wholes'] = (asked) => {
    tasks.push(...asked);
    return Promise.resolve(
      asked.map(({ scheme: { layers = [] }, floats, windows }) => {
        const broken = floats.length === 0 && breaks(layers.map(({ weight }) => weight?.['bits']));
        const sum = floats.length > 0 ? 0 : layers.reduce((total, { weight }) => total + errorOf(weight?.['bits']), 0);
        const loss = Array.from({ length: windows }, () => (broken ? NaN : 0.001 + 1.5 * sum));
        return { divergence_nats: loss, lossDifference_nats: loss };
      }),
    );
  };
  return { tasks, promised: studyPromise(plan, tables, { front, measure: { wholes } as Measurements }) };
}

describe('a study that promises', () => {
  it('measures every option alone, points of the front and random mixtures, each once, and the model without any', async () => {
    const front = [0, 1, 1, 2, 3].map((low) => Int32Array.from(items, (_, i) => (i < low ? 0 : 1)));
    const { tasks, promised } = studied('promise: { windows: 3, assignments: 8 }\n', front);
    const { described, promise } = await promised;
    expect(tasks[0]?.floats).toBe(items);
    expect(tasks.slice(1).every(({ floats, windows }) => floats.length === 0 && windows === 3)).toBe(true);
    const choices = described!.anchors.map(({ choice }) => choice.join(''));
    expect(new Set(choices).size).toBe(choices.length);
    expect(choices).toEqual(expect.arrayContaining(['00000000', '11111111', '01111111', '00111111', '00011111']));
    expect(choices.length).toBe(2 + 8);
    expect(promise!.at(0.01).mean).toBeCloseTo(0.016, 9);
  });

  it('starts from the option that all others take, where the study names one', async () => {
    const { tasks, promised } = studied('beside: high\n');
    await promised;
    expect(tasks[0]?.floats).toEqual([]);
    expect(new Set(tasks[0]?.scheme.layers?.map(({ weight }) => weight?.['bits']))).toEqual(new Set([6]));
  });

  it('leaves assignments out that break the model, and says how many', async () => {
    const front = [1, 2, 3].map((low) => Int32Array.from(items, (_, i) => (i < low ? 0 : 1)));
    const { promised } = studied('promise: { windows: 3, assignments: 8 }\n', front, (bits) => bits.every((b) => b === 3));
    const { described, promise, notes } = await promised;
    expect(notes).toEqual(['promise: 1 of 10 assignments measured whole have no finite loss; left out']);
    expect(described!.anchors.map(({ choice }) => choice.join(''))).not.toContain('00000000');
    expect(promise!.at(0.01).mean).toBeCloseTo(0.016, 9);
  });

  it('promises nothing where all break, and says so', async () => {
    const { promised } = studied('promise: { windows: 3, assignments: 8 }\n', [], () => true);
    expect(await promised).toMatchObject({
      described: null,
      notes: [/10 of 10/, /none/].map((part) => expect.stringMatching(part) as unknown),
    });
  });

  it.each([
    ['it says so', 'promise: false\n'],
    ['no point is verified', 'verify: 0\n'],
    ['errors are of no model', 'error: weight\n'],
  ])('measures nothing where %s', async (_, more) => {
    const { tasks, promised } = studied(more);
    expect([await promised, tasks]).toEqual([{ described: null, notes: [] }, []]);
  });
});

describe('a promised point', () => {
  const promise = { at: () => ({ mean: 1, low: 0.7, high: 1.3 }) } as unknown as Parameters<typeof promiseOfPoint>[0];
  const measured = (mean: number, half: number) => ({
    perplexity: 1,
    bitsPerWeight: 4,
    logPerplexityDifference: { mean, low: mean - half, high: mean + half, resolved: true },
  });

  it('holds up to both half intervals, added as squares, and not beyond', () => {
    // 0.3^2 + 0.4^2 = 0.5^2
    expect(promiseOfPoint(promise, 0, measured(1.499, 0.4))).toMatchObject({ holds: true, withinInterval: false });
    expect(promiseOfPoint(promise, 0, measured(1.501, 0.4))?.holds).toBe(false);
    expect(promiseOfPoint(promise, 0, measured(0.501, 0.4))?.holds).toBe(true);
    expect(promiseOfPoint(promise, 0, measured(1.3, 0.4))?.withinInterval).toBe(true);
  });

  it('is not judged where it was not measured, and is none where sums promise nothing', () => {
    expect(promiseOfPoint(promise, 0, null)).toEqual({ mean: 1, low: 0.7, high: 1.3, withinInterval: null, holds: null });
    expect(promiseOfPoint(undefined, 0, null)).toBeNull();
  });
});

describe('a whole assignment', async () => {
  const { model } = await loadDecoder(folderOf('qwen2'));
  const calibration = randomTokens(8 * model.context, model.vocabulary, 3);
  const measure = wholeLosses({ model, calibration, text: calibration });
  const { config: base } = loadScheme('w4a16-g128');
  const all = itemsOf(model, { items: 'block', only: undefined });
  const task = { kind: 'whole', floats: [], windows: 8 } as const;
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

  it('loses what its perplexity says, and nothing while every item is float', () => {
    const { lossDifference_nats, divergence_nats } = measure({ ...task, scheme: base });
    const quantized = quantizeModel(model, { ...schemeNumbers(base), calibration }).model;
    const lost = perplexity(quantized, calibration).loss_nats - perplexity(model, calibration).loss_nats;
    expect(mean(lossDifference_nats)).toBeCloseTo(lost, 6);
    expect(divergence_nats.length).toBe(8);
    expect(measure({ ...task, scheme: base, floats: all }).divergence_nats).toEqual(new Array(8).fill(0));
  });

  it('of a single item is the error of that item', () => {
    const [first, ...others] = all;
    const scheme = uniformScheme(base, all, { weight: base.weight });
    const quantized = quantizeModel(model, { ...schemeNumbers(scheme), calibration });
    const request = { scheme, base, items: all, ofModel: 'divergence' as const, errorWindows: 8 };
    expect(first).toBeDefined();
    expect(mean(measure({ ...task, scheme, floats: others }).divergence_nats)).toBe(
      itemErrors({ model, calibration }, request, quantized)[0],
    );
  });
});
