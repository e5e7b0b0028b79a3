import { format } from 'prettier';
import { compile } from 'vega-lite';
import type { TopLevelSpec } from 'vega-lite';
import type { LoggerInterface } from 'vega';
import { describe, expect, it } from 'vitest';
import { placeLabels } from '../../src/report/charts/label-placement.js';
import { layerCycles } from '../../src/report/charts/layer-cycles.js';
import { roofline, type RooflineDesign } from '../../src/report/charts/roofline.js';
import { textWidth } from '../../src/report/charts/text-width.js';
import { MAX_MARKS } from '../../src/report/charts/theme.js';
import { quantizerScatter } from '../../src/report/charts/quantizer-scatter.js';
import { weightHistogram } from '../../src/report/charts/weight-histogram.js';
import { reportModel } from '../../src/report/report-model.js';
import type { Figure, ReportSection } from '../../src/report/report-parts.js';
import { renderSvg } from '../../src/report/svg.js';
import { cyclesOf } from '../../src/trace/layer-activity.js';
import { compareDocument, everyKind } from './result-documents.js';

const figuresOf = (section: ReportSection): Figure[] => [...section.figures, ...section.sections.flatMap(figuresOf)];
const figures = reportModel(everyKind, 'test').sections.flatMap(figuresOf);

/** Values of every inline data set of a specification. */
function dataOf(spec: unknown): Record<string, unknown>[] {
  if (spec === null || typeof spec !== 'object') return [];
  const { data, ...rest } = spec as { data?: { values?: Record<string, unknown>[] } };
  return [...(data?.values ?? []), ...Object.values(rest).flatMap(dataOf)];
}

describe('the charts of a report', () => {
  it('are one of each kind for a report of every kind of document', () => {
    expect(figures.map((figure) => figure.id)).toEqual([
      'speedup',
      'energy',
      'reproduction-paper-scatter',
      'reproduction-paper-errors',
      'quantization-1-sqnr',
      'quantization-1-weights',
      'layers-1-cycles',
      'layers-1-roofline',
    ]);
  });

  it('draw attention of generate, which has a row for every context, as one row', () => {
    const rows = [256, 257, 258].map((context) => [`decode/attention-qk@${context}`, 5, 10] as const);
    const model = reportModel([compareDocument([{ hardware: 'a', layers: [['q', 10, 0], ...rows] }])], 'test');
    const [cycles, roof] = (model.sections.find(({ id }) => id === 'layers')?.sections ?? []).flatMap(figuresOf);
    const bars = dataOf(cycles?.spec).filter((row) => row['cause'] === 'DRAM stall');
    expect(bars.map((row) => [row['layer'], row['cycles']])).toEqual([['decode/attention-qk x6', 30]]);
    expect(dataOf(roof?.spec).flatMap((row) => row['label'] ?? [])).toContain('decode/attention-qk');
    expect(JSON.stringify([cycles?.spec, roof?.spec])).not.toContain('@');
  });

  it('name the width of the weights at a roof where a design has several', () => {
    const point = { label: 'q', intensity_opsPerByte: 10, attained_TOPS: 1, latencyShare: 1, bottleneck: 'compute' } as const;
    const names = (peaks: RooflineDesign['peaks']): unknown[] =>
      dataOf(roofline([{ design: 'd', peaks, bandwidth_bytesPerSecond: 32e9, points: [point] }], 't')).flatMap((row) => row['label'] ?? []);
    const narrow = { peak_TOPS: 2, weights: '8-bit' };
    expect(names([narrow])).toContain('2.00 TOPS');
    expect(names([narrow, { peak_TOPS: 4, weights: '4-bit' }])).toEqual(expect.arrayContaining(['2.00 TOPS, 8-bit', '4.00 TOPS, 4-bit']));
  });

  it.each(figures.map((figure) => [figure.id, figure] as const))('%s is the stored specification', async (id, figure) => {
    const stored = await format(JSON.stringify(figure.spec), { parser: 'json', printWidth: 140 });
    await expect(stored).toMatchFileSnapshot(`golden/${id}.json`);
  });

  it.each(figures.map((figure) => [figure.id, figure] as const))(
    '%s compiles without a warning and holds a title, units and a description',
    (_, figure) => {
      const warnings: unknown[] = [];
      const logger = {
        level: () => logger,
        info: () => logger,
        debug: () => logger,
        warn: (...messages: readonly unknown[]) => record(messages),
        error: (...messages: readonly unknown[]) => record(messages),
      } as unknown as LoggerInterface;
      const record = (messages: readonly unknown[]): LoggerInterface => {
        warnings.push(...messages);
        return logger;
      };
      compile(figure.spec as unknown as TopLevelSpec, { logger });
      expect(warnings).toEqual([]);
      expect(figure.alt.length).toBeGreaterThan(20);
      expect(JSON.stringify(figure.spec['title'])).toContain('text');
    },
  );

  it('draw no figure twice under one name', () => {
    expect(new Set(figures.map((figure) => figure.id)).size).toBe(figures.length);
  });
});

describe('the energy chart', () => {
  it('never draws a part without a value as zero, and says that it is unknown', () => {
    const document = compareDocument([
      { hardware: 'fp16', layers: [['q', 10, 20]] },
      { hardware: 'new', layers: [['q', 10, 20]], unknownDram: true },
    ]);
    const energy = reportModel([document], 'test')
      .sections.flatMap(figuresOf)
      .find((figure) => figure.id === 'energy');
    const marks = dataOf(energy?.spec);
    expect(marks.filter((mark) => mark['design'] === 'new').map((mark) => mark['part'])).toEqual(['PEs', 'SRAM']);
    expect(marks.filter((mark) => mark['energy_J'] === 0)).toEqual([]);
    expect(JSON.stringify(energy?.spec['title'])).toContain('DRAM (unknown)');
    expect(energy?.alt).toMatch(/fp16: \d+ pJ \*\. .*new: > \d+ pJ \*/);
    expect(JSON.stringify(energy?.spec['title'])).not.toContain('(new');
  });
});

describe('cycles by layer', () => {
  const items = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ design: 'a', layer: `layer ${i}`, cycles: cyclesOf({ compute: 10 + i, dramStall: 1 }) }));
  const rows = (count: number): Set<unknown> => new Set(dataOf(layerCycles(items(count), 't')).map((mark) => mark['layer']));

  it('shows every layer as long as folding would save no row', () => {
    expect(rows(21).size).toBe(21);
    expect(rows(22).size).toBe(21);
  });

  it('adds up to the whole network when small layers are folded into one row', () => {
    const sum = dataOf(layerCycles(items(100), 't')).reduce((total, mark) => total + Number(mark['cycles']), 0);
    expect(sum).toBe(items(100).reduce((total, item) => total + item.cycles.total, 0));
    expect(rows(100)).toContain('80 other layers');
  });
});

describe('the weight histogram', () => {
  it('keeps the share of weights whatever the bins of the input were', () => {
    for (const reach of [4, 170]) {
      const spec = weightHistogram(
        [
          { low: -reach, high: reach, counts: [1, 5, 90, 7, 2] },
          { low: -2, high: 2, counts: [10, 10] },
        ],
        [],
        't',
      );
      const bins = dataOf(spec).filter((bin) => bin['from'] !== undefined);
      const mass = bins.reduce((sum, bin) => sum + Number(bin['density']) * (Number(bin['to']) - Number(bin['from'])), 0);
      expect(mass).toBeCloseTo(1, 4);
    }
  });
});

describe('the scatter of quantizers', () => {
  it('stays small for networks with very many tensors', () => {
    const tensors = Array.from({ length: 20_000 }, (_, i) => ({
      quantizer: 'rtn',
      tensor: `t${i}`,
      bitsPerWeight: 4,
      sqnr_dB: 10 + (i % 10),
      weights: i,
    }));
    expect(dataOf(quantizerScatter([{ quantizer: 'rtn', bitsPerWeight: 4, sqnr_dB: 15, weights: 9 }], tensors, 't')).length).toBeLessThan(
      MAX_MARKS,
    );
  });
});

describe('labels of dots', () => {
  it('do not overlap, stay inside the panel and leave out what finds no room', () => {
    const dots = Array.from({ length: 30 }, (_, i) => ({
      text: `layer number ${i}`,
      x: 150 + (i % 6) * 8,
      y: 60 + Math.floor(i / 6) * 6,
      weight: 30 - i,
      radius: 4,
    }));
    const placed = placeLabels(dots, { width: 300, height: 120 });
    const boxes = placed.map((label) => {
      const width = textWidth({ fontSize: 11, fontWeight: 600 }, label.text);
      const left = label.align === 'left' ? label.x : label.align === 'right' ? label.x - width : label.x - width / 2;
      return { left, right: left + width, top: label.y - 6.8, bottom: label.y + 6.8 };
    });
    for (const [i, a] of boxes.entries()) {
      expect(a.left).toBeGreaterThanOrEqual(-0.1);
      expect(a.right).toBeLessThanOrEqual(300.1);
      for (const b of boxes.slice(i + 1))
        expect(a.left + 0.2 < b.right && b.left + 0.2 < a.right && a.top + 0.2 < b.bottom && b.top + 0.2 < a.bottom).toBe(false);
    }
    expect(placed[0]?.text).toBe('layer number 0');
    expect(placed.length).toBeGreaterThan(3);
    expect(placed.length).toBeLessThan(30);
  });
});

describe('svg pictures', () => {
  it('are the same bytes every time, with identifiers of their own', async () => {
    const figure = figures.find((one) => one.id === 'layers-1-roofline');
    if (figure === undefined) throw new Error('no roofline');
    const first = await renderSvg(figure.spec, 'a');
    expect(await renderSvg(figure.spec, 'a')).toBe(first);
    expect(first).toMatch(/^<svg /);
    const ids = [...(await renderSvg(figure.spec, 'b')).matchAll(/\bid="([^"]*)"/g)].map((match) => match[1] ?? '');
    expect(ids.every((id) => id.startsWith('b-'))).toBe(true);
  });
});
