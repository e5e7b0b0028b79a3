import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mappingSpace } from '../../src/accelerator/timing/native/mapping-space.js';
import { objectiveOf } from '../../src/accelerator/timing/native/objective.js';
import { pipeline, stepsOf } from '../../src/accelerator/timing/native/pipeline.js';
import { bestMapping, type SearchGoal } from '../../src/accelerator/timing/native/search.js';
import type { LayerActivity } from '../../src/trace/layer-activity.js';
import { listed, problems } from './native-problems.js';

describe('an objective of native', () => {
  it('is latency, energy, edp, or any expression of them', () => {
    const at = (text: string) => objectiveOf(text).value(10, 7);
    expect(['latency', 'energy', 'edp', 'latency_cycles * energy_pJ'].map(at)).toEqual([10, 7, 70, 70]);
    expect(at('latency_cycles^2 * energy_pJ + 1.5e1')).toBe(715);
    expect(at('2 ^ 3 ^ 2 - -latency_cycles / (4 - 2)')).toBe(512 + 5);
    expect(at('edp - energy_pJ - 3')).toBe(60);
  });

  it('knows which of them never fall when latency or energy rise', () => {
    const rising = (text: string) => objectiveOf(text).monotone;
    for (const text of ['latency', 'energy', 'edp', 'latency_cycles^0.5 * energy_pJ / 3 + edp^2']) expect(rising(text), text).toBe(true);
    for (const text of ['energy_pJ / latency_cycles', '-latency_cycles', 'edp - 2', 'latency_cycles^-1', '-2 * energy_pJ', 'edp^0'])
      expect(rising(text), text).toBe(false);
  });

  it.each([
    ['latncy', 1, "'latncy'"],
    ['edp +', 6, 'the end'],
    ['(edp', 5, 'the end'],
    ['edp edp', 5, "'edp'"],
    ['2 * $x', 5, "'$x'"],
    ['', 1, 'the end'],
  ])('says where %j is not understood', (text, character, found) => {
    expect(() => objectiveOf(text)).toThrow(`objective not understood at character ${character}, ${found}`);
  });

  it('refuses a constant', () => {
    expect(() => objectiveOf('3 * 4')).toThrow(/depends on neither latency nor energy: 3 \* 4; expected one of: latency_cycles/);
  });
});

describe('a search for an objective', () => {
  /** Energy of an activity as the tables give it: so much for each cycle, for each cycle of streaming (idle PEs), and for what the mapping moves. */
  const priced = (perCycle: number, perTile: number): Omit<SearchGoal, 'objective'> => ({
    activity: ({ tm, tn, tk }, cycles) =>
      ({
        cycles,
        macs: 0,
        peSteps: 3 * perCycle * cycles.compute + (1000 * perTile) / tm + (70 * perTile) / tn + (500 * perTile) / tk,
      }) as LayerActivity,
    energy_pJ: ({ cycles, peSteps }) => perCycle * cycles.total + peSteps,
    tolerance: 0,
    place: 'layer x',
  });

  it('finds the value an exhaustive search finds, whether the objective rises with latency and energy or not', () => {
    const texts = ['energy', 'edp', 'latency_cycles + 3 * energy_pJ', 'energy_pJ / latency_cycles', 'energy_pJ - 2 * latency_cycles'];
    fc.assert(
      fc.property(problems(24), fc.constantFrom(...texts), fc.nat(5), fc.nat(50), (problem, text, perCycle, perTile) => {
        const goal = { objective: objectiveOf(text), ...priced(perCycle, perTile) };
        const space = listed(mappingSpace(problem));
        fc.pre(space.length > 0);
        const run = pipeline(problem);
        const valueOf = (mapping: (typeof space)[number]['mapping']): number => {
          const cycles = run(mapping, stepsOf(problem, mapping));
          return goal.objective.value(cycles.total, goal.energy_pJ(goal.activity(mapping, cycles)) ?? NaN);
        };
        const least = space.map(({ mapping }) => valueOf(mapping)).reduce((a, b) => Math.min(a, b));
        expect(valueOf(bestMapping(problem, goal).mapping)).toBe(least);
      }),
      { numRuns: 80 },
    );
  });
});
