import { describe, expect, it } from 'vitest';
import { readConstraints } from '../../src/cli/constraints.js';
import type { Totals } from '../../src/trace/simulation-result.js';

const totals = { latency_s: 0.5, area_mm2: 3, TOPS: 2, energy_pJ: null } as unknown as Totals;

describe('a constraint of --require', () => {
  it('has its units judged when it is read, in every part of it', () => {
    const cases: readonly [string, RegExp][] = [
      ['latency_s < 2 mm', /cannot be evaluated: latency_s < 2 mm .*units/],
      ['latency_s < 1 h or area_mm2 < 2 s', /cannot be evaluated.*units/],
      ['not (latency_s < 1 h and area_mm2 < 2 s)', /cannot be evaluated.*units/],
      ['latency_s < 3 foo', /foo/],
      ['latency_s + 1 s', /true or false/],
      ['TOPS > 0 and 3', /true or false/],
    ];
    for (const [expression, message] of cases) expect(() => readConstraints([expression]), expression).toThrow(message);
  });

  it('says that a unit is missing where a quantity is compared with or added to a plain number', () => {
    const cases: readonly [string, RegExp][] = [
      ['latency_s < 0', /^a unit is missing: .*: latency_s < 0 \(--require\);.*"latency_s < 2 ms".*latency_s is in s$/],
      ['latency_s == 0', /a unit is missing/],
      ['0 < area_mm2 < 3 mm^2', /a unit is missing.*area_mm2 is in mm\^2$/],
      ['latency_s - 1 < 2 s', /a unit is missing/],
      ['TOPS < 2 s', /a unit is missing.*TOPS is a plain number$/],
      ['latency_s < 1 s and area_mm2 < TOPS_W', /a unit is missing.*area_mm2 is in mm\^2, TOPS_W is a plain number$/],
    ];
    for (const [expression, message] of cases) expect(() => readConstraints([expression]), expression).toThrow(message);
    expect(() => readConstraints(['sin(latency_s) < 1'])).toThrow(/unknown function in the constraint: sin \(--require\)/);
    expect(() => readConstraints(['log10(latency_s) < 1'])).toThrow(/cannot be evaluated.*log10 takes a plain number, not s/);
  });

  it('is judged on the totals, which may violate it or have no value', () => {
    const check = (expression: string) => (): void => {
      for (const constraint of readConstraints([expression])) constraint(totals, 'mine');
    };
    expect(check('not (latency_s < 1 ns) and (area_mm2 < 2 mm^2 or TOPS > 1)')).not.toThrow();
    expect(check('TOPS > 1 or energy_pJ < 1 J')).not.toThrow();
    expect(check('latency_s <= 500 ms and latency_s >= 500 ms')).not.toThrow();
    expect(check('latency_s < 500 ms')).toThrow(/constraint violated by mine.*latency_s = 0\.5/);
    expect(check('energy_pJ < 1 J')).toThrow(/column without a value: energy_pJ/);
  });
});
