/** Does a study measure what rankings ask for, and only then? */
import { describe, expect, it } from 'vitest';
import { itemsOf } from '../../../src/codesign/study/items.js';
import type { OptionColumn } from '../../../src/codesign/study/measure.js';
import { measurer } from '../../../src/codesign/study/measure.js';
import type { StudyPlan } from '../../../src/codesign/study/read-study.js';
import { neededSignals, studySignals, type SignalSources } from '../../../src/codesign/study/study-signals.js';
import { loadScheme } from '../../../src/config/catalogue.js';
import { smallModel } from '../../decoder/rewrites/small-models.js';

const model = smallModel({ family: 'llama', hidden: 16, feedForward: 24, kvHeads: 1, heads: 2, headDim: 8, layers: 2, seed: 3 });
const calibration = Int32Array.from({ length: 240 }, (_, i) => (i * 7 + ((i * i) % 5)) % 19);
const items = itemsOf(model, { items: 'product', only: undefined });
const loaded = { model, evaluation: calibration, calibration, calibrationText: calibration, windows: undefined };
const planWith = (...methods: string[]): StudyPlan =>
  ({
    methods: methods.map((method) => ({ name: method, method, options: {} })),
    options: [{ name: 'four', format: 'int4-g128', weight: {} }],
    file: { seed: 1, errorWindows: 1 },
  }) as unknown as StudyPlan;
const column = { salience: items.map((_, i) => i), weightDivergence: items.map(() => 0.5) } as unknown as OptionColumn;
const sources: SignalSources = {
  loaded,
  columns: [column],
  measure: { traces: (tasks: readonly unknown[]) => Promise.resolve(tasks.map((_, i) => ({ trace: i === 0 ? null : i }))) } as unknown as SignalSources['measure'], // prettier-ignore
};

describe('the signals of a study', () => {
  it('are those that its methods need', () => {
    expect([...neededSignals(planWith('ilp', 'uniform'))]).toEqual([]);
    expect([...neededSignals(planWith('lim', 'mixllm', 'adapt', 'mixdq'))]).toEqual(['lim', 'salience', 'divergence', 'metricGroup']);
  });

  it('leave out what costs time and nobody asked for', async () => {
    const signals = await studySignals(planWith('ilp'), items, sources);
    expect([signals.lim, signals.zd, signals.hessianTrace]).toEqual([undefined, undefined, undefined]);
  });

  it('part attention from feed-forward, take traces from the measurements, and leave what has no number unknown', async () => {
    const signals = await studySignals(planWith('hessian-trace', 'mixdq', 'mixllm', 'adapt'), items, sources);
    expect([...signals.metricGroup!]).toEqual(items.map(({ name }) => (name.includes('mlp') ? 1 : 0)));
    expect([...signals.hessianTrace!]).toEqual([NaN, ...items.slice(1).map((_, i) => i + 1)]);
    expect([...signals.salience!]).toEqual(items.map((_, i) => i));
    expect(signals.divergence![0]).toBe(0.5);
  });
});

describe('what an option does to items', () => {
  const { config } = loadScheme('w4a16-asym-g128');
  const task = (bits: number, salienceWindows: number) =>
    ({
      kind: 'option',
      base: config,
      scheme: { ...config, weight: { ...config.weight, bits } },
      items,
      ofModel: 'none',
      errorWindows: 0,
      salienceWindows,
    }) as const;
  const measure = measurer(loaded);
  const measured = (bits: number, windows: number): OptionColumn => measure(task(bits, windows)) as OptionColumn;

  it('has saliences and divergences that are smaller at more bits', () => {
    const sum = (values: readonly (number | null)[]): number => values.reduce<number>((all, value) => all + value!, 0);
    const [two, six] = [measured(2, 1), measured(6, 1)];
    expect(sum(six.salience)).toBeLessThan(sum(two.salience));
    expect(sum(six.weightDivergence)).toBeLessThan(sum(two.weightDivergence));
  });

  it('has no saliences where none are asked for', () => {
    expect(measured(4, 0).salience).toEqual(items.map(() => null));
  });
});
