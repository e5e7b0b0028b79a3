/** Is what a study promises shown beside what was measured, and judged wherever its assignment was evaluated? */
import { describe, expect, it } from 'vitest';
import { codesignText } from '../../src/report/codesign-text.js';
import { promiseOf } from '../../src/report/codesign-tables.js';
import { readDocuments } from '../../src/report/read-documents.js';
import type { ReportSection } from '../../src/report/report-parts.js';
import { renderReport } from '../../src/report/report.js';
import { codesignsSection } from '../../src/report/sections/codesign.js';
import { codesignDocument } from './codesign-documents.js';

const document = codesignDocument();
const anchor = { choice: [0, 0, 0, 0], sum: 0.01, divergence_nats: 0.012, lossDifference_nats: 0.013, leftOut: -0.07 };
/** Means of the fixture are 1.1 of the sum, half intervals 0.33 of it. */
const promised = (factor: number): typeof document => ({
  ...document,
  promise: { windows: 8, curve: { base: 0, slope: 1, growth: 6 }, ratio: { mean: 1.05, low: 1, high: 1.1 }, anchors: [anchor] },
  front: document.front.map((point) => {
    const mean = factor * point.predictedError;
    return { ...point, promise: { mean, low: 0.9 * mean, high: 1.1 * mean, withinInterval: null, holds: null } };
  }),
});
const sectionOf = (factor: number): ReportSection => codesignsSection([promised(factor)])!.sections[0]!;

describe('a promise', () => {
  it('is judged by what was measured of the assignment, and by nothing where it was not', () => {
    const judgements = (factor: number) => promised(factor).front.map((point) => promiseOf(promised(factor), point)?.holds ?? null);
    // p3 and p4 share an assignment, p2 was not evaluated.
    expect(judgements(1.2)).toEqual([true, null, true, true]);
    expect(judgements(2)).toEqual([false, null, false, false]);
    expect(document.front.map((point) => promiseOf(document, point))).toEqual([null, null, null, null]);
  });

  it('stands on the page with its interval, its count, and what it rests on', () => {
    const { figures, tables, paragraphs } = sectionOf(1.2);
    const figure = JSON.stringify(figures.find(({ id }) => id.endsWith('measured'))?.spec);
    expect(figure).toContain('agrees with the measured one for 3 of 3');
    expect(JSON.stringify(sectionOf(2).figures)).toContain('for 0 of 3');
    const titles = tables[0]!.columns.map(({ title }) => title);
    expect(titles).toEqual(expect.arrayContaining(['promised', 'holds']));
    expect(paragraphs.at(-1)).toMatch(/1 assignment .* 8 windows .* S \(1 \+ 6\.00 S\) .* within 7 %.* 1\.05 \[1\.00, 1\.10\]/);
  });

  it('stands in the terminal and the CSV, and in neither column where there is none', async () => {
    expect(codesignText(promised(1.2))).toContain('promised');
    expect(codesignText(document)).not.toContain('promised');
    expect(JSON.stringify(sectionOf(1.2).figures)).toContain('"promised"');
    const read = readDocuments(JSON.parse(JSON.stringify(promised(1.2))), 'codesign.json');
    const csv = String((await renderReport(read, { title: 'study', folderOf: 'codesign' })).get('codesign.csv'));
    expect(csv.split('\n')[0]).toContain('promisedLogPerplexityDifference_nats');
  });
});
