import { existsSync, readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { describe, expect, it, vi } from 'vitest';
import { readDocuments } from '../../src/report/read-documents.js';
import { renderReport } from '../../src/report/report.js';
import { reportModel } from '../../src/report/report-model.js';
import { toTerminal } from '../../src/report/terminal-table.js';
import { compareDocument, everyKind, quantizeDocument, reproduceDocument, simulateDocument } from './result-documents.js';

const build = (name: string): string => readFileSync(new URL(`../../node_modules/${name}`, import.meta.url), 'utf8');
const scripts = {
  vega: build('vega/build/vega.min.js'),
  vegaLite: build('vega-lite/build/vega-lite.min.js'),
  vegaEmbed: build('vega-embed/build/vega-embed.min.js'),
};
const text = (files: ReadonlyMap<string, string | Uint8Array>, name: string): string => String(files.get(name) ?? '');

describe('a report folder', () => {
  it('holds page, summary, data and a picture per chart, in the same bytes every time', async () => {
    const files = await renderReport(everyKind, { title: 'Test' });
    expect([...files.keys()]).toEqual([
      'index.html',
      'summary.md',
      'results.json',
      'results.csv',
      'cells.csv',
      'tensors.csv',
      'layers.csv',
      'speedup.svg',
      'energy.svg',
      'reproduction-paper-scatter.svg',
      'reproduction-paper-errors.svg',
      'quantization-1-sqnr.svg',
      'quantization-1-weights.svg',
      'layers-1-cycles.svg',
      'layers-1-roofline.svg',
    ]);
    expect(await renderReport(everyKind, { title: 'Test' })).toEqual(files);
    expect(readDocuments(JSON.parse(text(files, 'results.json')), 'results.json')).toEqual([...everyKind]);
  });

  it('carries PNG pictures when asked', async () => {
    const files = await renderReport([reproduceDocument()], { title: 'Test', png: true });
    const png = files.get('reproduction-paper-scatter.png');
    expect(png).toBeInstanceOf(Uint8Array);
    expect(
      Buffer.from(png as Uint8Array)
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');
  });

  it('puts the main table of a report without designs into results.csv', async () => {
    expect(text(await renderReport([quantizeDocument('rtn', 12)], { title: 't' }), 'results.csv')).toContain('tensor');
    expect([...(await renderReport([reproduceDocument(), quantizeDocument('rtn', 12)], { title: 't' })).keys()]).toContain('tensors.csv');
  });

  it('asks nothing of the network and stays under 2.5 MB with interactive charts', async () => {
    const page = text(await renderReport(everyKind, { title: 'Test', scripts }), 'index.html');
    const own = Object.values(scripts).reduce((rest, script) => rest.replace(script, ''), page);
    expect(own).not.toMatch(/(src|href)="(?!#)/);
    expect(own).toContain("default-src 'none'");
    expect(page.length).toBeLessThan(2.5e6);
    expect(page.match(/<script/g)?.length).toBe(page.match(/<\/script/g)?.length);
  });

  it('shows names with markup as text', async () => {
    const name = '<img src=x onerror=alert(1)></script>';
    const document = compareDocument([
      { hardware: name, layers: [[name, 1, 2]] },
      { hardware: 'b', layers: [[name, 1, 1]] },
    ]);
    const page = text(await renderReport([document], { title: name, scripts }), 'index.html');
    expect(page).not.toContain('<img src=x');
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;');
  });

  it('survives designs whose energy is unknown, exact quantizers and a lone simulation, and never prints a missing energy as 0', async () => {
    const unknown = simulateDocument({ hardware: 'new', layers: [['q', 10, 20]], unknownDram: true });
    const model = reportModel([unknown, quantizeDocument('fp16', null)], 'Test');
    const [costs] = model.sections[0]?.tables ?? [];
    const energy = costs?.columns.findIndex((column) => column.title === 'energy') ?? -1;
    expect(costs?.rows[0]?.[energy]).toBe('unknown (at least 120 pJ)');
    expect(model.headlines.map((headline) => headline.value)).toContain('unknown');
    expect(JSON.stringify(model.sections[0]?.figures[0]?.spec['title'])).toContain('not known in full');
    expect(toTerminal(model)).toContain('exact');
    expect((await renderReport([unknown], { title: 'Test' })).has('energy.svg')).toBe(true);
  });

  it('names published zeros that are missed beside the largest relative error, which they have none of', () => {
    const document = reproduceDocument();
    const zero = { row: 'toy', column: 'zero', metric: 'prefill.stalls', published: 0, simulated: 5, unit: 'cycles', relativeError: null };
    const [section] = reportModel([{ ...document, cells: [...document.cells, { ...zero, note: '5.00: not explained' }] }], 'Test').sections;
    const paper = section?.sections[0];
    expect(paper?.paragraphs.join(' ')).toMatch(/largest relative error is 1(\.0+)? %, beside 1 missed cell published as 0\.$/);
    expect(paper?.tables[0]?.rows.map((row) => [row[0], row[3]])).toEqual([['prefill.cycles', '2'], ['prefill.stalls', '1']]); // prettier-ignore
  });

  it('tells two results of one hardware apart by their schemes', () => {
    const layers = [['q', 10, 20]] as const;
    const model = reportModel(
      [
        compareDocument([
          { hardware: 'ant', scheme: 'w4', layers },
          { hardware: 'ant', scheme: 'w8', layers },
        ]),
      ],
      'Test',
    );
    expect(model.sections[0]?.tables[0]?.rows.map((row) => row[0])).toEqual(['ant w4', 'ant w8']);
  });

  it('compares lone simulations of the same workload', () => {
    const model = reportModel(
      [simulateDocument({ hardware: 'a', layers: [['q', 10, 30]] }), simulateDocument({ hardware: 'b', layers: [['q', 10, 10]] })],
      'Test',
    );
    expect(model.headlines[0]).toEqual({ value: '2.0x', label: 'speed of a reached by b on toy prefill, context 16' });
  });

  it('names the scheme of the design it praises, which a hardware can run several of', () => {
    const base = { hardware: 'fp16', layers: [['q', 10, 30]] } as const;
    const model = reportModel([compareDocument([base, { hardware: 'bitmod', scheme: 'bitmod-3b', layers: [['q', 10, 0]] }])], 'Test');
    expect(model.headlines.map(({ label }) => label)).toEqual([
      'speed of fp16 reached by bitmod with bitmod-3b on toy prefill, context 16',
      'energy efficiency of fp16 reached by bitmod with bitmod-3b on toy prefill, context 16',
    ]);
  });

  it('says what the capacity is that a model fits, and calls the one pass of a network without a context no prefill', () => {
    const document = simulateDocument({ hardware: 'a', model: 'resnet', layers: [['conv', 10, 30]] });
    const { context: _context, ...workload } = document.workload;
    const hardware = { ...document.hardware, dram: { bandwidth_bitsPerCycle: 256, capacity_GiB: 16 } };
    const [section] = reportModel([{ ...document, workload, hardware }], 'Test').sections;
    expect(section?.tables.map(({ caption }) => caption)).toEqual([
      'resnet: latency and energy',
      'resnet: throughput, efficiency and area',
    ]);
    expect(section?.tables[1]?.rows[0]?.at(-1)).toBe('yes (4.00 KiB of 16.0 GiB)');
  });
});

const browser = '/usr/bin/chromium';
describe('the page in a browser', () => {
  it.skipIf(!existsSync(browser))(
    'draws every chart without a request, and axe finds no violation with or without scripts (needs /usr/bin/chromium)',
    async () => {
      const running = await chromium.launch({
        executablePath: browser,
        args: [
          '--no-sandbox',
          '--disable-gpu',
          '--disable-quic',
          '--no-first-run',
          '--disable-background-networking',
          '--disable-component-update',
          '--disable-sync',
        ],
      });
      try {
        for (const interactive of [true, false]) {
          const page = await (await running.newContext({ bypassCSP: !interactive })).newPage();
          const requests: string[] = [];
          const problems: string[] = [];
          page.on('request', (request) => requests.push(request.url()));
          page.on('pageerror', (error) => problems.push(error.message));
          page.on('console', (message) => (message.type() === 'error' ? problems.push(message.text()) : undefined));
          await page.setContent(text(await renderReport(everyKind, { title: 'Test', ...(interactive ? { scripts } : {}) }), 'index.html'));
          if (interactive) await page.waitForSelector('html[data-charts=ready]', { state: 'attached' });
          expect(await page.locator('[data-still]').count()).toBe(0);
          expect(await page.locator('figure svg').count()).toBe(8);
          for (const fold of await page.locator('summary').all()) await fold.click();
          await page.evaluate(build('axe-core/axe.min.js'));
          const violations = await page.evaluate<string[]>(
            'axe.run().then((found) => found.violations.map((one) => one.id + ": " + one.nodes[0].html))',
          );
          expect(violations).toEqual([]);
          expect(requests).toEqual([]);
          expect(problems).toEqual([]);
        }
      } finally {
        await running.close();
      }
    },
  );
});

describe('png pictures', () => {
  it('say what to install when resvg is absent', async () => {
    vi.resetModules();
    vi.doMock('@resvg/resvg-js', () => {
      throw new Error('Cannot find module');
    });
    const { renderPng } = await import('../../src/report/png.js');
    await expect(renderPng('<svg/>')).rejects.toThrow(/PNG needs the optional package @resvg\/resvg-js.*npm install @resvg\/resvg-js/);
    vi.doUnmock('@resvg/resvg-js');
  });
});
