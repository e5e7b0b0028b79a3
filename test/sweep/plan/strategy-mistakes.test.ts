import { describe, expect, it } from 'vitest';
import { planWith, problemOf } from './sweep-text.js';

describe('a mistake in a strategy', () => {
  const objective = 'objectives: [{ minimize: latency_s }]\n';
  it.each<[string, string, RegExp]>([
    ['unknown strategy', 'strategy: nsga\n', /^unknown strategy: nsga \(s\.yaml:5:11\).*did you mean nsga2/],
    [
      'unknown setting of a strategy',
      `${objective}strategy: { name: nsga2, evaluations: 9, popluation: 3 }\n`,
      /^unknown setting of nsga2: popluation \(s\.yaml:6:42\); .*did you mean population\?$/,
    ],
    [
      'setting out of bounds',
      `${objective}strategy: { name: nsga2, evaluations: 9, population: 0 }\n`,
      /^population must be a whole number from \d+ to \d+: 0 \(s\.yaml:6:54\)/,
    ],
    [
      'setting that is a count and no whole number',
      `${objective}strategy: { name: nsga2, evaluations: 9, population: 24.5 }\n`,
      /^population must be a whole number from \d+ to \d+: 24\.5 \(s\.yaml:6:54\)/,
    ],
    [
      'evaluations that are no whole number',
      `${objective}strategy: { name: nsga2, evaluations: 9.5 }\n`,
      /^strategy\.evaluations must be .*: 9\.5 \(s\.yaml:6:39\)/,
    ],
    [
      'evaluations missing',
      `${objective}strategy: nsga2\n`,
      /^nsga2 needs evaluations \(s\.yaml:6:11\); write strategy: \{ name: nsga2, evaluations: N \}/,
    ],
    ['evaluations of a grid', 'strategy: { name: grid, evaluations: 3 }\n', /^grid visits every point: 3 \(s\.yaml:5:38\)/],
    ['search without objectives', 'strategy: { name: nsga2, evaluations: 3 }\n', /^nsga2 takes at least 1 objective: 0 /],
    [
      'one objective too many',
      'objectives: [{ minimize: latency_s }, { maximize: TOPS }]\nstrategy: { name: expected-improvement, evaluations: 30 }\n',
      /^expected-improvement takes exactly 1 objective: 2 \(s\.yaml:5:1\)/,
    ],
    ['rungs of another strategy', 'rungs: [{ name: a }]\n', /^rungs go with successive-halving only: grid \(s\.yaml:5:1\)/],
    [
      'one rung',
      `${objective}strategy: { name: successive-halving, evaluations: 9 }\nrungs: [{ name: a }]\n`,
      /^successive-halving needs at least two rungs \(s\.yaml:7:1\)/,
    ],
    [
      'wrong value in a rung',
      `${objective}strategy: { name: successive-halving, evaluations: 9 }\nrungs: [{ name: a, set: { hardware.timing: roofline } }, { name: b }]\n`,
      /\(s\.yaml:7:44\)/,
    ],
  ])('%s: what, value, place and remedy', (_, lines, message) => {
    expect(problemOf(() => planWith(lines))).toMatch(message);
  });
});

describe('a setting of the command line', () => {
  it('that is wrong is named as the place', () => {
    const set = (...settings: string[]): string => problemOf(() => planWith('', { set: settings }));
    expect(set('scheme=fp17')).toMatch(/^unknown .*: fp17 \(--set scheme=fp17\)/);
    expect(set('strategy=random')).toMatch(/^random needs evaluations \(--set strategy=random\); /);
    expect(set('strategy.evaluations=500')).toMatch(/^grid visits every point: 500 \(--set strategy\.evaluations=500\); .*random/);
    expect(set('constraints=[latency_s < 2]')).toMatch(/^a unit is missing: .* \(--set constraints=\[latency_s < 2\]\); /);
  });

  it('takes further settings of a strategy that the file names by a word', () => {
    expect(planWith('', { set: ['strategy=random', 'strategy.evaluations=7'] }).strategy).toEqual({
      name: 'random',
      evaluations: 7,
      settings: {},
    });
    expect(planWith('', { set: ['strategy.name=random', 'strategy.evaluations=7'] }).strategy.evaluations).toBe(7);
  });
});
