import { describe, expect, it } from 'vitest';
import { calibrate, withKnownPower, type CalibrationTask } from '../../../src/gpu/calibration/calibrate.js';
import { rowBands } from '../../../src/gpu/calibration/error-bands.js';
import { crossValidate } from '../../../src/gpu/calibration/cross-validate.js';
import { fitParameters, type FitEffort } from '../../../src/gpu/calibration/fit.js';
import { gemmSubject } from '../../../src/gpu/calibration/fit-subject.js';
import type { ParameterSpec, Parameters } from '../../../src/gpu/calibration/parameter-spec.js';
import { healthyCard } from '../../../src/gpu/device/gpu-schema.js';
import { gemmModel } from '../../../src/gpu/gemm/closed-form.js';
import type { GemmModel, GemmShape } from '../../../src/gpu/gemm/gemm-cost.js';
import { defaultParameters } from '../../../src/gpu/gemm/gemm-parameters.js';
import { card, kernel, pairs, rowsTimedBy } from './small-card.js';

const spec = (name: string, low: number, start: number, high: number): ParameterSpec => ({
  name,
  unit: '1',
  meaning: 'test',
  low,
  high,
  start,
  logarithmic: low > 0,
});
const specs = [spec('launch_us', 0, 2, 40), spec('tensor', 0.2, 0.8, 1.1), spec('dram', 0.2, 0.9, 1)];
const quick: FitEffort = [
  { starts: 2, evaluations: 500, sampleRows: 60 },
  { starts: 1, evaluations: 500 },
];

/** A roofline with a launch: three parameters that rows determine. */
function roofline({ launch_us = 0, tensor = 1, dram = 1 }: Parameters): Pick<GemmModel, 'time_s'> {
  return {
    time_s: ({ m, n, k }: GemmShape): number =>
      launch_us * 1e-6 + Math.max((m * n * k) / (102.4e12 * tensor), (2 * (m * k + n * k + m * n)) / (1e12 * dram)),
  };
}

const truth = { launch_us: 7.25, tensor: 0.61, dram: 0.83 };
const rows = rowsTimedBy((shape) => roofline(truth).time_s(shape), pairs);

describe('a fit', () => {
  it('recovers parameters that the rows determine, to the digits it rounds to', () => {
    const { parameters, loss } = fitParameters({ rows, specs, modelOf: roofline, seed: 0, effort: quick });
    for (const [name, value] of Object.entries(truth)) expect(Math.abs((parameters[name] ?? 0) / value - 1)).toBeLessThan(2e-3);
    expect(loss).toBeLessThan(1e-3);
  });

  it('gives the same parameters for the same rows and seed, rounded to 4 significant digits', () => {
    const task = { rows, specs, modelOf: roofline, seed: 3, effort: [{ starts: 2, evaluations: 60 }] as const };
    const first = fitParameters(task);
    expect(fitParameters(task)).toEqual(first);
    for (const value of Object.values(first.parameters)) expect(value).toBe(Number(value.toPrecision(4)));
  });

  it('is pulled little by single rows that are far off', () => {
    const spoilt = rows.map((row, i) => (i % 17 === 0 ? { ...row, latency_s: row.latency_s * 3 } : row));
    const { parameters } = fitParameters({ rows: spoilt, specs, modelOf: roofline, seed: 0, effort: quick });
    for (const [name, value] of Object.entries(truth)) expect(Math.abs((parameters[name] ?? 0) / value - 1)).toBeLessThan(0.02);
  });

  it('stays within what is physically possible, whatever the rows say', () => {
    const doubled = rows.map((row) => ({ ...row, latency_s: row.latency_s / 2 }));
    const { parameters } = fitParameters({ rows: doubled, specs, modelOf: roofline, seed: 0, effort: quick });
    for (const { name, low, high } of specs) {
      expect(parameters[name]).toBeGreaterThanOrEqual(low);
      expect(parameters[name]).toBeLessThanOrEqual(high);
    }
    expect(parameters['dram']).toBe(1);
  });
});

describe('a cross validation', () => {
  it('predicts rows of pairs that its parameters have not seen', () => {
    // Rows of one n are slower by half: fitted to all, the model is off everywhere; a fold cannot learn its own offset.
    const odd = rows.map((row) => (row.shape.n === 512 ? { ...row, latency_s: row.latency_s * 1.5 } : row));
    const task = {
      rows: odd,
      specs,
      modelOf: (p: Parameters) => ({ ...roofline(p), cost: () => ({ bound: 'dram' }) }) as unknown as GemmModel,
      seed: 0,
      bands: rowBands,
      effort: quick,
    };
    const { rows: judged, errors } = crossValidate({ ...task, folds: 4 });
    const all = errors.find(({ regime, from_us }) => regime === 'all' && from_us === 0);
    expect(all?.rows).toBe(rows.length);
    expect(judged.every(({ outOfSample }) => outOfSample !== null)).toBe(true);
    expect(all?.outOfSample?.mean_pct).toBeGreaterThan((all?.inSample.mean_pct ?? 0) * 0.9);
    const once = crossValidate({ ...task, folds: 0 });
    expect(once.fit).toEqual(crossValidate({ ...task, folds: 4 }).fit);
    expect(once.errors[0]?.outOfSample).toBeNull();
  });
});

describe('a calibration', () => {
  const known = { ...defaultParameters(card, kernel), launch_us: 4, dramEfficiency: 0.7, tensorEfficiency: 0.8 };
  const measured = rowsTimedBy((shape) => gemmModel(card, kernel, known, { name: 'x', launch_us: 0, clockFactor: 1 }).time_s(shape), pairs);
  const effort: FitEffort = [{ starts: 1, evaluations: 700 }];
  const several: FitEffort = [
    { starts: 5, evaluations: 150 },
    { starts: 1, evaluations: 300 },
  ];

  it('of a kernel predicts pairs it was not fitted to', () => {
    const { errors } = calibrate({ kind: 'kernel', subject: gemmSubject(card, kernel), rows: measured, folds: 2, seed: 0, effort });
    expect(errors[0]?.inSample.mean_pct).toBeLessThan(6);
    expect(errors[0]?.outOfSample?.mean_pct).toBeLessThan(9);
  });

  it('of a further source finds its launch time and clock and holds the kernel', () => {
    const slow = gemmModel(card, kernel, known, { name: 'x', launch_us: 21, clockFactor: 0.85, boardFactor: 0.7 });
    const rowsOfSource = rowsTimedBy((shape) => slow.time_s(shape), pairs);
    const found = calibrate({
      kind: 'source',
      subject: gemmSubject(card, kernel),
      rows: rowsOfSource,
      held: known,
      folds: 0,
      seed: 0,
      effort: several,
    });
    expect(found.parameters).toEqual(known);
    expect(found.profile.launch_us).toBeCloseTo(21, 1);
    expect(found.profile.clockFactor).toBeCloseTo(0.85, 2);
    expect(found.profile.boardFactor).toBeCloseTo(0.7, 1);
  });

  it('of the first source of a card gives launch time to the source, not to the kernel', () => {
    const rowsOfSource = measured.map((row) => ({ ...row, latency_s: row.latency_s + 30e-6 }));
    const found = calibrate({
      kind: 'kernel of source',
      subject: gemmSubject(card, kernel),
      rows: rowsOfSource,
      folds: 0,
      seed: 0,
      effort,
    });
    expect(found.parameters).not.toHaveProperty('launch_us');
    expect(found.profile.launch_us).toBeGreaterThan(25);
    expect(found.profile.clockFactor).toBe(1);
    const model = gemmSubject(card, kernel).model(found.parameters, { name: 'found', ...found.profile });
    expect(
      rowsOfSource.reduce((sum, { shape, latency_s }) => sum + Math.abs(model.time_s(shape) / latency_s - 1), 0) / rowsOfSource.length,
    ).toBeLessThan(0.03);
  });
});

describe('the power of tensor cores', () => {
  const start = 0.8;
  const tensorPower = { ...spec('tensorPower', 0.3, start, 2), unit: '1' };
  const defaults = defaultParameters(card, kernel);
  const task = (rows: CalibrationTask<GemmShape>['rows'], device = card): CalibrationTask<GemmShape> => ({
    kind: 'kernel',
    subject: gemmSubject(device, kernel),
    rows,
    folds: 0,
    seed: 0,
  });
  const known = (found: number, device = card): number | undefined =>
    withKnownPower(task(rows, device), [tensorPower], { ...defaults, tensorPower: found }).tensorPower;
  // 6 pJ at 102.4e12 products a second are more than the 350 W above idle: power binds from about 0.55 on.
  const strong = { ...card, power: { board_W: 2000, idle_W: 50 } };

  it('is where it starts when board power slows no row, wherever the search ended', () => {
    for (const found of [0.31, 0.6, 1.5]) expect(known(found, strong)).toBe(start);
  });

  it('is what was found when the rows show it', () => {
    expect(known(1.7)).toBe(1.7);
  });

  it('is the most that does not show when the start would', () => {
    const [low, high] = [known(0.31) ?? 0, known(0.45) ?? 0];
    expect(low).toBe(high);
    expect(low).toBeGreaterThan(0.45);
    const timesAt = (value: number): number[] => {
      const model = gemmSubject(card, kernel).model({ ...defaults, tensorPower: value }, healthyCard);
      return rows.map(({ shape }) => model.time_s(shape));
    };
    expect(timesAt(low)).toEqual(timesAt(0.31));
    expect(timesAt(low + 2e-4)).not.toEqual(timesAt(0.31));
  });
});
