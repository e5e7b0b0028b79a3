/** What the quantizers made of the same weights: error over stored bits, the weights themselves, and the tensors one by one. */
import { quantizerScatter, type QuantizerPoint } from '../charts/quantizer-scatter.js';
import { weightHistogram, type DatatypeShare } from '../charts/weight-histogram.js';
import type { QuantizeDocument, QuantizedTensorRow } from '../documents.js';
import type { Figure, ReportSection } from '../report-parts.js';
import { jointReasons } from '../joint-reasons.js';
import { grouped } from '../number-text.js';
import { tableOf, type Column, type Table } from '../table.js';

/** One document with the name it has in charts and tables. */
interface Named {
  readonly name: string;
  readonly document: QuantizeDocument;
}

/** null when nothing was quantized. Documents of the same input are compared with each other. */
export function quantizationSection(documents: readonly QuantizeDocument[]): ReportSection | null {
  if (documents.length === 0) return null;
  const inputs = [...new Set(documents.map((document) => document.input))];
  const sections = inputs.map((input, i) => inputSection(namesOf(documents.filter((document) => document.input === input)), i));
  return {
    id: 'quantization',
    title: 'Quantization',
    paragraphs: ['Bits per weight count everything that is stored: code words, scales, zero points, selectors and outliers.'],
    figures: [],
    tables: [],
    sections,
  };
}

/** Quantizer names, with the format where one quantizer appears more than once. */
export function namesOf(documents: readonly QuantizeDocument[]): Named[] {
  const seen = new Map<string, number>();
  return documents.map((document) => {
    const twin = documents.some((other) => other !== document && other.quantizer === document.quantizer);
    const name = twin ? (document.tensors[0]?.format ?? document.quantizer) : document.quantizer;
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return { name: times === 1 ? name : `${name} (${times})`, document };
  });
}

/** The quantizer that keeps most signal; undefined when none has a finite error. */
export function cleanest(named: readonly Named[]): Named | undefined {
  const finite = named.filter(({ document }) => document.totals.sqnr_dB !== null);
  return finite.reduce<Named | undefined>(
    (best, one) => (best === undefined || (one.document.totals.sqnr_dB ?? 0) > (best.document.totals.sqnr_dB ?? 0) ? one : best),
    undefined,
  );
}

function inputSection(named: readonly Named[], index: number): ReportSection {
  const [first] = named;
  const input = (first?.document.input ?? '').split('/').at(-1) ?? '';
  const id = `quantization-${index + 1}`;
  const skipped = first?.document.skipped ?? [];
  const note =
    skipped.length === 0 ? '' : ` ${skipped.length} tensors were left as they are (${jointReasons(skipped.map((entry) => entry.reason))}).`;
  return {
    id,
    title: input,
    paragraphs: [`${first?.document.totals.tensors ?? 0} tensors with ${grouped(first?.document.totals.weights ?? 0)} weights.${note}`],
    figures: [...scatterFigure(named, id), ...histogramFigure(named, id)],
    tables: [totalsTable(named), ...(named.length === 1 ? named.map(tensorsTable) : [tensorsSideBySide(named)])],
    sections: [],
  };
}

function scatterFigure(named: readonly Named[], id: string): Figure[] {
  const best = cleanest(named);
  if (best === undefined) return [];
  const overall = named.flatMap(({ name, document: { totals } }) =>
    totals.sqnr_dB === null
      ? []
      : [{ quantizer: name, bitsPerWeight: totals.bitsPerWeight, sqnr_dB: totals.sqnr_dB, weights: totals.weights }],
  );
  const tensors = named.flatMap(({ name, document }) => document.tensors.flatMap((tensor) => pointOf(name, tensor)));
  const { totals } = best.document;
  const title = `${best.name} keeps ${named.length > 1 ? 'most signal' : 'this much signal'}: ${(totals.sqnr_dB ?? 0).toFixed(1)} dB at ${totals.bitsPerWeight.toFixed(2)} bits per weight`;
  const spec = quantizerScatter(overall, tensors, title);
  return [
    {
      id: `${id}-sqnr`,
      alt: spec.description,
      caption: 'Energy of the weights over energy of the error they are stored with; 6 dB are about one bit.',
      spec,
    },
  ];
}

function pointOf(quantizer: string, tensor: QuantizedTensorRow): QuantizerPoint[] {
  if (tensor.sqnr_dB === null) return [];
  return [
    { quantizer, tensor: tensor.name, bitsPerWeight: tensor.bitsPerWeight, sqnr_dB: tensor.sqnr_dB, weights: tensor.rows * tensor.cols },
  ];
}

function histogramFigure(named: readonly Named[], id: string): Figure[] {
  const tensors = named[0]?.document.tensors ?? [];
  const histograms = tensors.flatMap((tensor) =>
    tensor.histogram === undefined || tensor.histogram.high <= tensor.histogram.low ? [] : [tensor.histogram],
  );
  if (histograms.length === 0) return [];
  const worst = tensors.reduce(
    (a, b) => ((b.statistics.maxOverStd ?? 0) > (a.statistics.maxOverStd ?? 0) ? b : a),
    tensors[0] as QuantizedTensorRow,
  );
  const reach = worst.statistics.maxOverStd;
  const clipped = reach !== undefined && reach > Math.max(...histograms.map((histogram) => histogram.high));
  const title =
    reach === undefined
      ? 'Weights before quantization'
      : `The weights reach ${reach.toFixed(reach < 100 ? 1 : 0)} standard deviations (${worst.name})`;
  const spec = weightHistogram(histograms, named.flatMap(datatypeShares), title);
  return [
    {
      id: `${id}-weights`,
      alt: spec.description,
      caption: `All tensors together, each in its own standard deviations${clipped ? '; the outermost bins hold everything beyond them' : ''}. Below, the datatypes chosen for groups of weights.`,
      spec,
    },
  ];
}

/** Shares of the datatypes over all tensors, weighted by their size; none for quantizers that have no choice. */
function datatypeShares({ name, document }: Named): DatatypeShare[] {
  const sums = new Map<string, number>();
  let weights = 0;
  for (const tensor of document.tensors) {
    const histogram = tensor.statistics.datatypeHistogram;
    if (histogram === undefined) continue;
    weights += tensor.rows * tensor.cols;
    for (const [datatype, share] of Object.entries(histogram))
      sums.set(datatype, (sums.get(datatype) ?? 0) + share * tensor.rows * tensor.cols);
  }
  return [...sums.entries()]
    .map(([datatype, sum]) => ({ quantizer: name, datatype, share: Number((sum / weights).toPrecision(6)) }))
    .filter(({ share }) => share > 0);
}

const decibel = (value: number | null): string => (value === null ? 'exact' : value.toFixed(2));

function totalsTable(named: readonly Named[]): Table {
  const columns: Column<Named>[] = [
    { title: 'quantizer', text: ({ name }) => name },
    { title: 'options', text: ({ document }) => optionsText(document.options) },
    { title: 'bits per weight', align: 'right', text: ({ document }) => document.totals.bitsPerWeight.toFixed(4) },
    { title: 'SQNR (dB)', align: 'right', text: ({ document }) => decibel(document.totals.sqnr_dB) },
    { title: 'mean squared error', align: 'right', text: ({ document }) => document.totals.mse.toExponential(3) },
    { title: 'worst tensor', text: ({ document }) => worstText(document.tensors) },
  ];
  return tableOf('Quantizers on the same weights', columns, named);
}

function optionsText(options: QuantizeDocument['options']): string {
  const text = Object.entries(options).map(([key, value]) => `${key}=${String(value)}`);
  return text.length === 0 ? 'defaults' : text.join(' ');
}

function worstText(tensors: readonly QuantizedTensorRow[]): string {
  const finite = tensors.filter((tensor) => tensor.sqnr_dB !== null);
  const [first] = finite;
  if (first === undefined) return 'none';
  const worst = finite.reduce((a, b) => ((b.sqnr_dB ?? 0) < (a.sqnr_dB ?? 0) ? b : a), first);
  return `${worst.name} (${decibel(worst.sqnr_dB)} dB)`;
}

const tensorColumns: readonly Column<QuantizedTensorRow>[] = [
  { title: 'tensor', text: (tensor) => tensor.name },
  { title: 'rows x columns', text: (tensor) => `${tensor.rows} x ${tensor.cols}` },
  { title: 'max/std', align: 'right', text: (tensor) => tensor.statistics.maxOverStd?.toFixed(1) ?? 'not determined' },
  { title: 'kurtosis', align: 'right', text: (tensor) => tensor.statistics.kurtosis?.toFixed(1) ?? 'not determined' },
];

function tensorsTable({ name, document }: Named): Table {
  const columns: Column<QuantizedTensorRow>[] = [
    ...tensorColumns,
    { title: 'format', text: (tensor) => tensor.format },
    { title: 'bits per weight', align: 'right', text: (tensor) => tensor.bitsPerWeight.toFixed(4) },
    { title: 'SQNR (dB)', align: 'right', text: (tensor) => decibel(tensor.sqnr_dB) },
    { title: 'largest error', align: 'right', text: (tensor) => tensor.maxAbsError.toExponential(2) },
  ];
  return { ...tableOf(`Tensors quantized with ${name}`, columns, document.tensors), collapsed: document.tensors.length > 24 };
}

function tensorsSideBySide(named: readonly Named[]): Table {
  const lookups = named.map(({ document }) => new Map(document.tensors.map((tensor) => [tensor.name, tensor])));
  const columns: Column<QuantizedTensorRow>[] = [
    ...tensorColumns,
    ...named.map(({ name }, i): Column<QuantizedTensorRow> => ({
      title: `${name} SQNR (dB)`,
      align: 'right',
      text: (tensor) => sqnrText(lookups[i]?.get(tensor.name)),
    })),
  ];
  return { ...tableOf('Signal to noise of every tensor', columns, named[0]?.document.tensors ?? []), collapsed: true };
}

const sqnrText = (tensor: QuantizedTensorRow | undefined): string => (tensor === undefined ? 'skipped' : decibel(tensor.sqnr_dB));
