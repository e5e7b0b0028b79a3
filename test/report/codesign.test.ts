import fc from 'fast-check';
import { format } from 'prettier';
import type { LoggerInterface } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { describe, expect, it } from 'vitest';
import type { Comparison } from '../../src/codesign/codesign-result.js';
import { codesignText } from '../../src/report/codesign-text.js';
import { assignmentsOf, bitSteps, changesOf, costsOf, measuredOf, sumWithin, sumOf } from '../../src/report/codesign-tables.js';
import { readDocuments } from '../../src/report/read-documents.js';
import { renderReport } from '../../src/report/report.js';
import { codesignsSection } from '../../src/report/sections/codesign.js';
import type { Figure, ReportSection } from '../../src/report/report-parts.js';
import type { Table } from '../../src/report/table.js';
import { codesignDocument, type CodesignSetting } from './codesign-documents.js';

const figuresOf = (section: ReportSection): Figure[] => [...section.figures, ...section.sections.flatMap(figuresOf)];
const tablesOf = (section: ReportSection): Table[] => [...section.tables, ...section.sections.flatMap(tablesOf)];
const sectionOf = (setting: CodesignSetting = {}): ReportSection => codesignsSection([codesignDocument(setting)])!;
const figureNamed = (id: string, setting: CodesignSetting = {}): string =>
  JSON.stringify(figuresOf(sectionOf(setting)).find((figure) => figure.id === id)?.spec ?? null);
const settings = { known: {}, bare: { measured: false }, unknown: { energyKnown: false }, relative: { measure: 'output' }, promised: { promised: true } } as const satisfies Record<string, CodesignSetting>; // prettier-ignore

/** What vega-lite has to say about a specification. */
function warningsOf(spec: unknown): unknown[] {
  const warnings: unknown[] = [];
  const record = (...messages: readonly unknown[]): LoggerInterface => {
    warnings.push(...messages);
    return logger;
  };
  const logger = {
    level: () => logger,
    info: () => logger,
    debug: () => logger,
    warn: record,
    error: record,
  } as unknown as LoggerInterface;
  compile(spec as TopLevelSpec, { logger });
  return warnings;
}

describe('the tables of a study', () => {
  const document = codesignDocument();

  it('add up to the costs of the points of the front', () => {
    for (const point of document.front) {
      const { hardware, costs } = point;
      const own = costsOf(
        document,
        document.hardware.find(({ name }) => name === hardware)!,
        point,
      );
      for (const key of ['bits', 'latency_s', 'energy_pJ', 'memory_bytes'] as const) expect(own[key]).toBeCloseTo(costs[key]!, 9);
      expect(own.area_mm2).toBe(costs.area_mm2);
    }
  });

  it('have no sum where one entry is unknown', () => {
    expect(sumOf([[1, 2], [3, null]], { choice: [1, 0] })).toBe(5); // prettier-ignore
    expect(sumOf([[1, 2], [3, null]], { choice: [0, 1] })).toBeNull(); // prettier-ignore
    const unknown = codesignDocument({ energyKnown: false });
    expect(bitSteps(unknown, unknown.hardware[1]!).map(({ energy_pJ }) => energy_pJ)).toEqual(Array.from({ length: 8 }, () => null));
  });

  it('give the cost of a bit as the difference over the bits between two options', () => {
    const [first, second] = bitSteps(document, document.hardware[0]!);
    expect(first).toMatchObject({ item: 0, from: 0, to: 1, bits: 1, energy_pJ: 100, memory_bytes: 12.5 });
    expect(second).toMatchObject({ item: 0, from: 1, to: 2, bits: 4, energy_pJ: 100, memory_bytes: 12.5 });
    expect(second?.errorSaved).toBeCloseTo((0.01 / 16 - 0.01 / 256) / 4, 12);
  });

  it('count options of one width as one, the one of least error', () => {
    const alike = codesignDocument({ stored: [3, 4, 4] });
    expect(bitSteps(alike, alike.hardware[0]!).map(({ from, to }) => [from, to])).toEqual(Array.from({ length: 4 }, () => [0, 2]));
  });

  it('name every item that changes once, and nothing else', () => {
    const choices = fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { maxLength: 30 });
    fc.assert(
      fc.property(choices, (pairs) => {
        const found = changesOf({ choice: pairs.map(([a]) => a) }, { choice: pairs.map(([, b]) => b) }); // prettier-ignore
        const named = found.flatMap(({ from, to, items }) => items.map((i) => [i, from, to]));
        const expected = pairs.flatMap(([a, b], i) => (a === b ? [] : [[i, a, b]]));
        expect(named.sort(([a], [b]) => a! - b!)).toEqual(expected);
      }),
    );
  });

  it('know the accuracy of an assignment wherever it was evaluated, and of no other', () => {
    const [p1, p2] = document.front;
    const comparison = { method: 'ilp', budget: { resource: 'bits', value: 4 }, hardware: 'card', draws: 1, bits: 4, predictedError: 1, againstUniform: null, againstRandom: null }; // prettier-ignore
    const compared = { ...document, comparisons: [{ ...comparison, choice: [...p2!.choice], measured: p1!.measured! }] };
    expect(measuredOf(document, p2!)).toBeNull();
    expect(measuredOf(compared, p2!)).toBe(p1!.measured);
  });

  it('hold methods against what the study had: no column without an entry', () => {
    const measured = document.front[0]!.measured!;
    const row = (method: string, againstUniform: Comparison['againstUniform']): Comparison => ({ method, budget: { resource: 'bits', value: 4 }, hardware: 'card', draws: 1, bits: 4, predictedError: 1, choice: [0, 0, 0, 0], measured, againstUniform, againstRandom: null }); // prettier-ignore
    const told = (rows: readonly Comparison[]) => codesignText({ ...document, comparisons: [...rows] });
    expect(told([row('uniform', null), row('ilp', measured.logPerplexityDifference)])).toMatch(/against uniform/);
    expect(told([row('uniform', null), row('ilp', measured.logPerplexityDifference)])).not.toMatch(/against random/);
    expect(told([row('ilp', null)])).not.toMatch(/against/);
    const { tables } = codesignsSection([{ ...document, comparisons: [row('ilp', null)] }])!.sections[0]!;
    expect(tables.at(-1)!.columns.map(({ title }) => title)).toEqual(['method', 'budget', 'bits', 'perplexity']);
  });

  it('say of every evaluated sum whether it lies in its interval, of no other, and of none where sums are no differences to floats', () => {
    const [p1, p2] = document.front;
    const measured = (low: number) => ({ ...p1!.measured!, logPerplexityDifference: { mean: low, low, high: low + 1, resolved: true } });
    const comparison = { method: 'ilp', budget: { resource: 'bits', value: 4 }, hardware: 'card', draws: 1, bits: 4, predictedError: 1, againstUniform: null, againstRandom: null }; // prettier-ignore
    const at = (low: number) => ({ ...document, comparisons: [{ ...comparison, choice: [...p2!.choice], measured: measured(low) }] });
    const sum = p2!.predictedError;
    expect([sum, sum - 0.999, sum + 1e-9, sum - 1.001].map((low) => sumWithin(at(low), p2!))).toEqual([true, true, false, false]);
    expect(sumWithin(document, p2!)).toBeNull();
    expect(sumWithin(document, p1!)).toBe(p1!.errorWithinInterval);
    const relative = { ...at(sum), front: document.front.map((point) => ({ ...point, errorWithinInterval: null })) };
    expect(sumWithin(relative, relative.front[1]!)).toBeNull();
  });

  it('join points that share an assignment', () => {
    expect(assignmentsOf(document).map(({ points }) => points.map(({ id }) => id))).toEqual([['p1'], ['p2'], ['p3', 'p4']]);
  });
});

describe('the page of a study', () => {
  it.each(Object.entries(settings))('compiles without a warning (%s)', (_, setting) => {
    for (const { spec, alt } of figuresOf(sectionOf(setting))) {
      expect(warningsOf(spec)).toEqual([]);
      expect(alt.length).toBeGreaterThan(40);
    }
  });

  it.each(figuresOf(sectionOf()).map((figure) => [figure.id, figure] as const))('%s is the stored specification', async (id, { spec }) => {
    const stored = await format(JSON.stringify(spec), { parser: 'json', printWidth: 140 });
    await expect(stored).toMatchFileSnapshot(`golden/${id}.json`);
  });

  it('draws what was measured only where something was', () => {
    const ids = ['codesign-front', 'codesign-measured', 'codesign-map', 'codesign-bit'];
    expect(figuresOf(sectionOf()).map(({ id }) => id)).toEqual(ids);
    expect(figuresOf(sectionOf({ measured: false })).map(({ id }) => id)).toEqual(ids.filter((id) => id !== 'codesign-measured'));
    expect(codesignsSection([])).toBeNull();
  });

  it('draws the promise beside the measurement only where both are in nats', () => {
    expect(figureNamed('codesign-measured')).toContain('"sum of errors"');
    expect(figureNamed('codesign-measured', { measure: 'output' })).not.toContain('"sum of errors"');
  });

  it('draws the promised loss with its interval beside the measured one, and counts where they agree', () => {
    const figure = figureNamed('codesign-measured', { promised: true });
    expect(figure).toContain('The promised loss agrees with the measured one for 3 of 3 points that were evaluated');
    expect(figure).toContain('"shift_px":5');
    expect(figureNamed('codesign-measured', { promised: true, measure: 'output' })).toContain('"promised"');
    const front = tablesOf(sectionOf({ promised: true })).find(({ caption }) => caption.startsWith('The front'))!;
    expect(front.rows.map((row) => row.at(-1))).toEqual(['yes', '', 'yes', 'yes']);
    expect(front.columns.map(({ title }) => title)).not.toContain('sum in it');
  });

  it('shows an unknown cost as unknown, on the chart and in words', () => {
    expect(figureNamed('codesign-front', { energyKnown: false })).toContain('"text":"unknown"');
    const front = tablesOf(sectionOf({ energyKnown: false })).find(({ caption }) => caption.startsWith('The front'))!;
    const at = front.columns.findIndex(({ title }) => title === 'energy');
    expect(front.rows.map((row) => row[at] === 'unknown')).toEqual([false, false, false, true]);
  });

  it('tells options of one width apart by a letter', () => {
    expect(figureNamed('codesign-map')).not.toContain('4.00 b');
    expect(figureNamed('codesign-map', { stored: [3, 4, 4] })).toContain('"text":"4.00 b"');
  });

  it('says what changes from one assignment to the next', () => {
    const changes = tablesOf(sectionOf()).find(({ caption }) => caption.startsWith('What changes'))!;
    expect(changes.rows.map((row) => row[0])).toEqual(['p1, p2', 'p2, p3']);
    expect(changes.rows.map((row) => row.at(-1))).toEqual(['eight to four: 0 q_proj, 1 q_proj', 'four to three: 0 q_proj, 1 q_proj; eight to three: 1 down_proj; eight to four: 0 down_proj']); // prettier-ignore
  });

  it('comes back from JSON and is written as page, CSV and pictures, the same bytes each time', async () => {
    const read = readDocuments(JSON.parse(JSON.stringify(codesignDocument())), 'codesign.json');
    const options = { title: 'study', folderOf: 'codesign' } as const;
    const files = await renderReport(read, options);
    expect([...files.keys()].sort()).toEqual(['codesign-bit.svg', 'codesign-front.svg', 'codesign-map.svg', 'codesign-measured.svg', 'codesign.csv', 'index.html', 'summary.md']); // prettier-ignore
    expect(String(files.get('index.html'))).toContain('Bits per layer');
    expect(String(files.get('codesign.csv')).split('\n')[0]).toContain('option:model.layers.0.q_proj');
    expect(await renderReport(read, options)).toEqual(files);
  });
});
