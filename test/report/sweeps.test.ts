import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { chromium } from 'playwright-core';
import { format } from 'prettier';
import type { LoggerInterface } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { describe, expect, it } from 'vitest';
import { axisValueText } from '../../src/report/axis-value-text.js';
import { htmlTable } from '../../src/report/html.js';
import { frontCoordinates, objectiveCoordinate } from '../../src/report/charts/front-coordinates.js';
import { objectiveHistogram } from '../../src/report/charts/objective-histogram.js';
import { paretoFront } from '../../src/report/charts/pareto-front.js';
import { MAX_MARKS } from '../../src/report/charts/theme.js';
import { axisScale, axisTitle, quantity } from '../../src/report/expression-quantity.js';
import { readDocuments } from '../../src/report/read-documents.js';
import { reportModel } from '../../src/report/report-model.js';
import { renderReport } from '../../src/report/report.js';
import type { Figure, ReportSection } from '../../src/report/report-parts.js';
import type { Table } from '../../src/report/table.js';
import { toTerminal } from '../../src/report/terminal-table.js';
import { sweepDocument, type SweepSetting } from './sweep-documents.js';

const figuresOf = (section: ReportSection): Figure[] => [...section.figures, ...section.sections.flatMap(figuresOf)];
const tablesOf = (section: ReportSection): Table[] => [...section.tables, ...section.sections.flatMap(tablesOf)];
const modelOf = (setting: SweepSetting) => reportModel([sweepDocument(setting)], 'test');
const figures = (setting: SweepSetting): Figure[] => modelOf(setting).sections.flatMap(figuresOf);
const settings = { two: { error: 0.08 }, three: { objectives: 3 }, one: { objectives: 1 } } as const satisfies Record<string, SweepSetting>;
const all = Object.entries(settings).flatMap(([name, setting]) =>
  figures(setting).map((figure) => [`${name} ${figure.id}`, figure] as const),
);

/** Values of every inline data set of a specification. */
function dataOf(spec: unknown): Record<string, unknown>[] {
  if (spec === null || typeof spec !== 'object') return [];
  const { data, ...rest } = spec as { data?: { values?: Record<string, unknown>[] } };
  return [...(data?.values ?? []), ...Object.values(rest).flatMap(dataOf)];
}

/** What vega-lite has to say about a specification. */
function warningsOf(spec: unknown): unknown[] {
  const warnings: unknown[] = [];
  const logger = {
    level: () => logger,
    info: () => logger,
    debug: () => logger,
    warn: record,
    error: record,
  } as unknown as LoggerInterface;
  function record(...messages: readonly unknown[]): LoggerInterface {
    warnings.push(...messages);
    return logger;
  }
  compile(spec as TopLevelSpec, { logger });
  return warnings;
}

describe('the charts of a sweep', () => {
  it('are the front, its coordinates, the sensitivity and the effects on every objective', () => {
    expect(figures({ objectives: 2 }).map(({ id }) => id)).toEqual(['sweep-pareto', 'sweep-coordinates', 'sweep-sensitivity', 'sweep-effects-1', 'sweep-effects-2']); // prettier-ignore
    expect(figures({ objectives: 1 }).map(({ id }) => id)).toEqual(['sweep-spread', 'sweep-sensitivity', 'sweep-effects-1']);
    expect(figures({ objectives: 0 })).toEqual([]);
  });

  it.each(all)('%s compiles without a warning and has a text alternative', (_, { spec, alt }) => {
    expect(warningsOf(spec)).toEqual([]);
    expect(alt.length).toBeGreaterThan(40);
  });

  it.each(figures(settings.two).map((figure) => [figure.id, figure] as const))('%s is the stored specification', async (id, { spec }) => {
    const stored = await format(JSON.stringify(spec), { parser: 'json', printWidth: 140 });
    await expect(stored).toMatchFileSnapshot(`golden/${id}.json`);
  });

  it('draw every pair of objectives, five objectives in ten panels', () => {
    const values = [1, 2, 3, 4, 5];
    const objectives = values.map((o) => ({ name: `o${o}`, direction: 'minimize', unit: '' }) as const);
    const front = [{ point: 1, design: 'a', values, knee: true }];
    const spec = paretoFront({ objectives, front, withinError: [], sample: [values.map((value) => value * 3)] }, 't');
    expect((spec['concat'] as unknown[]).length).toBe(10);
    expect(warningsOf(spec)).toEqual([]);
  });

  it('stay small for a front and a sample of very many points', () => {
    const objectives = [{ name: 'a', direction: 'minimize', unit: '' }, { name: 'b', direction: 'maximize', unit: 's' }] as const; // prettier-ignore
    const sample = Array.from({ length: 50_000 }, (_, i) => [i, i]);
    expect(dataOf(paretoFront({ objectives, front: [], withinError: [], sample }, 't')).length).toBeLessThan(MAX_MARKS);
  });

  it('have the best value of an objective on top, whichever way is better', () => {
    const at = (direction: 'minimize' | 'maximize') => objectiveCoordinate({ name: 'o', unit: '', direction }, [1, 2, 5]).positions;
    expect(at('minimize')).toEqual([1, 0.75, 0]);
    expect(at('maximize')).toEqual([0, 0.25, 1]);
  });

  it('tell values of an objective that differ beyond their digits by the distance from the best', () => {
    const labels = (direction: 'minimize' | 'maximize', values: number[]) =>
      objectiveCoordinate({ name: 'o', unit: 's', direction }, values).ticks.map(({ label }) => label);
    expect(labels('minimize', [0.208858, 0.208882])).toEqual(['+24.0 us', '+18.0 us', '+12.0 us', '+6.00 us', '209 ms']);
    expect(labels('maximize', [0.208858, 0.208882])).toEqual(['-24.0 us', '-18.0 us', '-12.0 us', '-6.00 us', '209 ms']);
    expect(labels('minimize', [0.2, 0.4])).toEqual(['400 ms', '350 ms', '300 ms', '250 ms', '200 ms']);
  });

  it('leave room for the second line of long names, and place short ones just above their line', () => {
    const coordinate = (name: string) => ({ name, positions: [0.5], ticks: [] });
    const chart = { coordinates: [coordinate('rows'), coordinate('bandwidth_bitsPerCycle')], axes: 1, labels: ['a'], of: 1 };
    const text = JSON.stringify(frontCoordinates(chart, 't'));
    expect(text).toContain(JSON.stringify('[[" ","rows"],["bandwidth_","bitsPerCycle"]]').slice(1, -1));
    expect(text).toContain('"labelPadding":24');
  });

  it('count every row of the sample in the bins of a histogram, also where all are alike', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 1e-9, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 50 }), (values) => {
        const spec = objectiveHistogram({ name: 'o', unit: 's', direction: 'minimize' }, values, Math.min(...values), 't');
        const counted = dataOf(spec).reduce((sum, bin) => sum + Number(bin['count'] ?? 0), 0);
        expect(counted).toBe(values.length);
      }),
    );
  });
});

describe('values of a sweep as text', () => {
  it.each<[number | null, string, string]>([
    [1.5e-3, 's', '1.50 ms'],
    [2.5e9, 'pJ', '2.50 mJ'],
    [12.345, 'mm^2', '12.3 mm2'],
    [3 * 2 ** 20, 'byte', '3.00 MiB'],
    [1e-7, 'J s', '1.00e-7 J s'],
    [64, '', '64'],
    [12345.6, '', '12346'],
    [null, 's', 'unknown'],
  ])('%s %s is %s', (value, unit, text) => {
    expect(quantity(value, unit)).toBe(text);
  });

  it('take one prefix for an axis, that of the smallest value', () => {
    expect(axisScale([1.3e-3, 2], 's')).toEqual({ factor: 1e3, unit: 'ms' });
    expect(axisScale([4e9, 9e12], 'pJ')).toEqual({ factor: 1e-9, unit: 'mJ' });
    expect(axisScale([0], 's')).toEqual({ factor: 1, unit: 's' });
    expect(axisTitle('latency_s', 'ms')).toBe('latency (ms)');
    expect(axisTitle('TOPS_W', '')).toBe('TOPS_W');
  });

  it('show blocks as a sweep file does, and what is absent', () => {
    expect([axisValueText({ rows: 64, columns: 16 }), axisValueText(null), axisValueText(undefined), axisValueText([1, 'a'])]).toEqual(['{rows: 64, columns: 16}', 'none', '-', '[1, a]']); // prettier-ignore
  });
});

describe('the report of a sweep', () => {
  it('is read back from its JSON', () => {
    const document = sweepDocument();
    expect(readDocuments(JSON.parse(JSON.stringify(document)), 'pareto.json')).toEqual([document]);
  });

  it('prints counts, front with knees, sensitivity, constraints and failures', () => {
    const text = toTerminal(modelOf({}));
    expect(text).toMatch(/array-shapes +400 +16 +384 +320 +2 +6/);
    expect(text).toMatch(/The front, best latency_s first; all have format 3; all points shown have tile \{size_KiB: 512, banks: 8\}/);
    expect(text).toMatch(/103 +24 +256 +1\.66 ms +3\.59 mJ +knee, and 2 alike with other tile/);
    expect(text).toMatch(/bandwidth +53\.5 % +0\.1 %/);
    expect(text).toMatch(/area_mm2 <= 5 mm\^2 +64 +64/);
    expect(text).toMatch(/array\.rows must be at least 8 +2 +3/);
  });

  it('cuts the long values that a caption shares', () => {
    const block = { model: 'a'.repeat(80), energy_pJ: 1 };
    const document = sweepDocument();
    const front = document.front.slice(0, 2).map((point) => ({ ...point, axes: { ...point.axes, format: block } }));
    const [table] = reportModel([{ ...document, front, counts: { ...document.counts, front: 2 } }], 'test').sections.flatMap(tablesOf).filter(({ caption }) => caption.startsWith('The front')); // prettier-ignore
    expect(table?.caption).toMatch(/format \{model: a{52}\.\.\.\}/);
    expect(htmlTable(table!)).toContain('<caption class="long">');
  });

  it('tells an unknown constraint from a violated one, and says what is unknown', () => {
    const text = toTerminal(modelOf({ unknowns: [{ of: 'energy_J < 1 J', kind: 'constraint', count: 7, point: 3, why: ['pe: x gives no pe.energy_pJ'] }] })); // prettier-ignore
    expect(text).toMatch(/points that violate it +and nothing else +unknown for/);
    expect(text).toMatch(/energy_J < 1 J +7 +3 +pe: x gives no pe\.energy_pJ/);
  });

  it('says of points within the error what is true of them, not what is true of the front', () => {
    const document = sweepDocument({ error: 0.1 });
    const formats = new Set(document.withinError?.points.map(({ axes }) => axes['format']));
    expect([formats.size > 1, new Set(document.front.map(({ axes }) => axes['format'])).size]).toEqual([true, 1]);
    const table = reportModel([document], 'test')
      .sections.flatMap(tablesOf)
      .find(({ caption }) => caption.startsWith('Points within'));
    expect(table?.columns.map(({ title }) => title)).toContain('format');
    expect(table?.caption).not.toMatch('format');
  });

  it('draws a front of 20,000 points over an axis of 20,000 values in part', () => {
    const document = sweepDocument();
    const [one] = document.front;
    const values = Array.from({ length: 20_000 }, (_, i) => i);
    const front = values.map((i) => ({ ...one!, point: i, axes: { rows: i }, objectives: { latency_s: 1 + i, energy_J: 1 / (1 + i) } }));
    const mainEffects = { latency_s: [{ axis: 'rows', mean: values, best: values }] };
    const long = { ...document, axes: [{ name: 'rows', path: 'hardware.array.rows', values }], front, mainEffects };
    const drawn = reportModel([long], 'test').sections.flatMap(figuresOf);
    expect(drawn.map(({ id }) => id)).toContain('sweep-effects-1');
    for (const { spec } of drawn) {
      expect(warningsOf(spec)).toEqual([]);
      expect(dataOf(spec).length).toBeLessThan(MAX_MARKS);
    }
  });

  it('shows axes that always move together as one', () => {
    const document = sweepDocument();
    const sensitivity = { latency_s: { main: [{ axes: ['rows'], together: ['tile'], share: 0.9 }], pairs: [{ axes: ['rows', 'format'], share: 0.1 }] } }; // prettier-ignore
    const text = toTerminal(reportModel([{ ...document, sensitivity }], 'test'));
    expect(text).toMatch(/rows \+ tile +90\.0 %/);
    expect(text).toMatch(/\(rows \+ tile\) x format +10\.0 %/);
  });

  it('shows the range of an objective whose model states its error', () => {
    expect(toTerminal(modelOf({ error: 0.1 }))).toMatch(/1\.33 ms \(1\.2\d ms to 1\.46 ms\)/);
    expect(toTerminal(modelOf({ error: 0.1 }))).toMatch(/30 further points are told apart from the front only by less than/);
  });

  it('says that a sweep was stopped before its end', () => {
    expect(toTerminal(modelOf({ complete: false }))).toContain('This sweep is not complete');
    expect(toTerminal(modelOf({}))).not.toContain('not complete');
  });

  it('folds a long front below its first twenty points', () => {
    const document = sweepDocument({ objectives: 3 });
    const [one] = document.front;
    if (one === undefined) throw new Error('no front');
    const at = (count: number) => {
      const front = Array.from({ length: count }, (_, i) => ({ ...one, point: i }));
      const section = reportModel([{ ...document, front, counts: { ...document.counts, front: count } }], 't').sections[0]?.sections.find(
        ({ id }) => id === 'sweep-front',
      );
      return section?.tables.map((table) => [table.rows.length, table.collapsed === true]);
    };
    expect(at(20)).toEqual([[20, false]]);
    expect(at(21)).toEqual([[20, false], [21, true]]); // prettier-ignore
    expect(at(501)).toEqual([[20, false], [500, true]]); // prettier-ignore
  });

  it('has a front as CSV: axes, columns, objectives, bounds', async () => {
    const files = await renderReport([sweepDocument({ error: 0.5 })], { title: 't', folderOf: 'sweep' });
    const [head, first] = String(files.get('front.csv')).split('\n');
    expect(head).toBe('schemaVersion,configHash,sweep,point,rows,format,bandwidth,tile,latency_s,energy_J,latency_s_low,latency_s_high,energy_J_low,energy_J_high,knee,same'); // prettier-ignore
    expect(first).toMatch(/^1,c0ffee,array-shapes,202,48,3,512,"\{size_KiB: 512, banks: 8\}",0\.00132/);
    expect([files.has('results.json'), files.has('results.csv')]).toEqual([false, false]);
    expect(String(files.get('index.html'))).toContain('rows.parquet (every row), pareto.json');
  });

  it('keeps several sweeps apart', () => {
    const model = reportModel([sweepDocument({ name: 'a' }), sweepDocument({ name: 'b' })], 't');
    expect(model.sections[0]?.sections.map(({ id, title }) => [id, title])).toEqual([['sweep-1', 'a'], ['sweep-2', 'b']]); // prettier-ignore
    expect(model.headlines.map(({ label }) => label)).toContain('least latency_s of b');
  });
});

const browser = '/usr/bin/chromium';
const root = resolve(import.meta.dirname, '../..');
const build = (file: string): string => readFileSync(join(root, 'node_modules', file), 'utf8');

describe('the page of a sweep in a browser', () => {
  it.skipIf(!existsSync(browser))(
    'draws every chart without a request, and axe finds no violation (needs /usr/bin/chromium)',
    async () => {
      const scripts = { vega: build('vega/build/vega.min.js'), vegaLite: build('vega-lite/build/vega-lite.min.js'), vegaEmbed: build('vega-embed/build/vega-embed.min.js') }; // prettier-ignore
      const documents = [sweepDocument({ objectives: 1 }), sweepDocument({ error: 0.08 })];
      const files = await renderReport(documents, { title: 'Test', scripts });
      const running = await chromium.launch({ executablePath: browser, args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'] }); // prettier-ignore
      try {
        const page = await running.newPage();
        const seen: string[] = [];
        page.on('request', (request) => seen.push(request.url()));
        page.on('pageerror', (error) => seen.push(error.message));
        page.on('console', (message) => (message.type() === 'log' ? undefined : seen.push(message.text())));
        await page.setContent(String(files.get('index.html')));
        await page.waitForSelector('html[data-charts=ready]', { state: 'attached' });
        expect(await page.locator('[data-still]').count()).toBe(0);
        expect(await page.locator('figure svg').count()).toBe(figures({ objectives: 1 }).length + figures({ error: 0.08 }).length);
        for (const fold of await page.locator('summary').all()) await fold.click();
        await page.evaluate(build('axe-core/axe.min.js'));
        const violations = await page.evaluate<string[]>('axe.run().then((found) => found.violations.map((one) => one.id + ": " + one.nodes[0].html))'); // prettier-ignore
        expect([violations, seen]).toEqual([[], []]);
      } finally {
        await running.close();
      }
    },
    120_000,
  );
});
