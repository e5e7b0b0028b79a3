/** What changed between two points of a front: against the document of four items that adds up by hand. */
import { describe, expect, it } from 'vitest';
import { codesignChanges, simulationOf, type DiffSide } from '../../src/cli/run/diff-codesign.js';
import { pairedBootstrap } from '../../src/numeric/paired-bootstrap.js';
import { codesignDocument } from '../report/codesign-documents.js';

const study = codesignDocument();
const at = (point?: string, document: DiffSide['document'] = study): DiffSide => ({
  place: 'codesign.json',
  document,
  ...(point === undefined ? {} : { point }),
});

describe('a diff of two points of a front', () => {
  it('names the items whose option changed, what that did to costs, and the entries behind it', () => {
    const { settings, totals, terms } = codesignChanges(at('p1'), at('p2'));
    expect(settings).toEqual([
      { path: 'model.layers.0.q_proj', a: 'eight', b: 'four' },
      { path: 'model.layers.1.q_proj', a: 'eight', b: 'four' },
    ]);
    // 200 of 800 weights go from 8 to 4 bits.
    expect(totals.find(({ name }) => name === 'bits')).toEqual({ name: 'bits', a: 8, b: 7, ratio: 7 / 8 });
    expect(totals.find(({ name }) => name === 'memory_bytes')).toMatchObject({ a: 1800, b: 1700 });
    expect(totals.find(({ name }) => name === 'perplexity')).toMatchObject({ b: null, ratio: null });
    const energies = terms.filter(({ name }) => name === 'energy');
    expect(energies.map(({ layer, a, b }) => [layer, a?.value, a?.numbers, b?.value, b?.numbers])).toEqual([
      ['model.layers.0.q_proj', 800, 'eight', 400, 'four'],
      ['model.layers.1.q_proj', 800, 'eight', 400, 'four'],
    ]);
    const sum = (name: string) => terms.filter((term) => term.name === name).reduce((all, { a, b }) => all + b!.value - a!.value, 0);
    const energy = totals.find(({ name }) => name === 'energy_pJ')!;
    expect(sum('energy')).toBe(energy.b! - energy.a!);
  });

  it('is empty of a point with itself', () => {
    expect(codesignChanges(at('p3'), at('p3'))).toMatchObject({ settings: [], totals: [], terms: [], accuracy: { difference: { mean: 0, low: 0, high: 0, resolved: false } } }); // prettier-ignore
  });

  it('of the same assignment on other hardware names the hardware and leaves errors and bits out', () => {
    const { settings, terms } = codesignChanges(at('p3'), at('p4'));
    expect(settings.map(({ path }) => path)).toEqual(['hardware']);
    expect(new Set(terms.map(({ name }) => name))).toEqual(new Set(['latency']));
  });

  it('of two studies compares what they were asked and the ends of their fronts', () => {
    const other = { ...codesignDocument(), seed: 2, front: study.front.slice(0, 2) };
    const { settings, totals } = codesignChanges(at(undefined), at(undefined, other));
    expect(settings).toEqual([{ path: 'seed', a: 1, b: 2 }]);
    expect(totals.find(({ name }) => name === 'front')).toEqual({ name: 'front', a: 4, b: 2, ratio: 0.5 });
    expect(totals.find(({ name }) => name === 'front.onlyHere')).toMatchObject({ a: 2, b: 0 });
  });
});

describe('the paired difference of accuracy of two points', () => {
  type Study = typeof study;
  const accuracyOf = (b: string, other?: Study, a = 'p1', first?: Study) => codesignChanges(at(a, first), at(b, other)).accuracy!;
  const withReference = (change: Partial<NonNullable<Study['reference']>>): Study => ({ ...study, reference: { ...study.reference!, ...change } }); // prettier-ignore

  it('is that of the paired bootstrap over the windows of both, b minus a', () => {
    const [p1, p3] = [study.front[0]!, study.front[2]!];
    const losses = (point: typeof p1): number[] => point.measured!.windowLosses_nats!.map((loss) => loss ?? NaN);
    const { difference: mean, low, high, resolved } = pairedBootstrap(losses(p3), losses(p1), { seed: 1 });
    expect(accuracyOf('p3')).toEqual({ difference: { mean, low, high, resolved }, windows: 4, unknown: null });
    // Losses of windows are means over as many tokens: their mean differs as log-perplexities do.
    const [a, b] = [p1, p3].map((point) => point.measured!.logPerplexityDifference.mean);
    expect(mean).toBeCloseTo(b! - a!, 12);
    expect(mean).toBeGreaterThan(0);
  });

  it('changes its sign with the sides', () => {
    const [there, back] = [accuracyOf('p3').difference!, accuracyOf('p1', undefined, 'p3').difference!];
    expect(back.mean).toBe(-there.mean);
    expect(back.resolved).toBe(there.resolved);
  });

  it('is there between two studies of one text, window, and float reference', () => {
    expect(accuracyOf('p3', codesignDocument())).toEqual(accuracyOf('p3'));
    expect(accuracyOf('p3', { ...study, name: 'another', scheme: 'w8' })).toEqual(accuracyOf('p3'));
  });

  it.each([
    ['an evaluation', 'p2', study, /b \(p2\) was not evaluated/],
    ['the same text', 'p3', withReference({ text: 'beef' }), /different texts/],
    ['windows of one length', 'p3', withReference({ window: 128 }), /windows of 256 and of 128 tokens/],
    ['the same number of windows', 'p3', withReference({ windows: 8 }), /4 and 8 windows/],
    ['one float reference', 'p3', withReference({ windowLosses_nats: [1, 1.1, 1.2, 1.4] }), /float32 differ/],
    ['losses of windows', 'p3', codesignDocument({ losses: 'none' }), /without the losses of windows/],
    ['losses that are numbers', 'p3', codesignDocument({ losses: 'infinite' }), /no number/],
  ])('is unknown without %s, and says so', (_, point, other, reason) => {
    expect(accuracyOf(point, other)).toEqual({ difference: null, windows: null, unknown: expect.stringMatching(reason) as string });
  });

  it('has no interval of a single window', () => {
    const single = codesignDocument({ losses: 'single' });
    expect(accuracyOf('p3', single, 'p1', single).difference).toMatchObject({ low: null, high: null, resolved: false });
  });
});

describe('a diff that cannot be', () => {
  it('names the points that there are, the side that has none, and files of two kinds', () => {
    expect(() => codesignChanges(at('p9'), at('p1'))).toThrow(/no such point.*p9.*p1, p2, p3, p4/s);
    expect(() => codesignChanges(at('p1'), at(undefined))).toThrow(/a point beside a whole study/);
    expect(() => simulationOf(at('p1'))).toThrow(/nothing in common with a simulation/);
  });
});
