/** What quantization costs in perplexity: schemes on the same model and text, the parts of their bits, and the layers of a single one. */
import { counted } from '../../units/si.js';
import { perplexityScatter } from '../charts/perplexity-scatter.js';
import type { EvaluateDocument, EvaluatedLayer } from '../evaluate-document.js';
import type { Figure, ReportSection } from '../report-parts.js';
import { grouped } from '../number-text.js';
import { tableOf, type Column, type Table } from '../table.js';

/** null when nothing was evaluated. Documents of the same model and text are compared with each other. */
export function accuracySection(documents: readonly EvaluateDocument[]): ReportSection | null {
  if (documents.length === 0) return null;
  const keyOf = ({ model, text, windows }: EvaluateDocument): string => `${model} on ${counted(windows, 'window')} of ${text}`;
  const keys = [...new Set(documents.map(keyOf))];
  return {
    id: 'accuracy',
    title: 'Accuracy',
    paragraphs: [
      'Perplexity of a model under a scheme beside the same model in float32, on the same windows. The interval is that of the difference in nats per token: paired bootstrap over windows, 95 %.',
    ],
    figures: [],
    tables: [],
    sections: keys.map((key, i) =>
      modelSection(
        documents.filter((document) => keyOf(document) === key),
        i,
      ),
    ),
  };
}

function modelSection(documents: readonly EvaluateDocument[], index: number): ReportSection {
  const [first] = documents as [EvaluateDocument, ...EvaluateDocument[]];
  const id = `accuracy-${index + 1}`;
  const sorted = [...documents].sort((a, b) => a.bitsPerWeight - b.bitsPerWeight || a.scheme.localeCompare(b.scheme, 'en'));
  return {
    id,
    title: first.model,
    paragraphs: [
      `${first.text}: ${grouped(first.scoredTokens)} tokens scored in ${counted(first.windows, 'window')} of ${first.window}. In float32 the perplexity is ${first.referencePerplexity.toFixed(4)}, ${first.referenceBitsPerByte.toFixed(4)} bits per byte.`,
    ],
    notes: [...new Set(documents.flatMap(({ notes }) => notes))],
    figures: scatterFigure(sorted, id),
    tables: [schemesTable(sorted), partsTable(sorted), ...(documents.length === 1 ? [layersTable(first)] : [])],
    sections: [],
  };
}

function scatterFigure(documents: readonly EvaluateDocument[], id: string): Figure[] {
  // Schemes of the cache alone have nothing to say about bits of weights.
  const points = documents.flatMap((document) =>
    document.perplexity === null || document.bitsPerWeight >= 16 ? [] : [{ ...document, perplexity: document.perplexity }],
  );
  const [first] = points;
  if (first === undefined || points.length < 2) return [];
  const spec = perplexityScatter(points, `Perplexity of ${first.model} under ${points.length} schemes`);
  return [
    {
      id: `${id}-perplexity`,
      alt: spec.description,
      caption:
        'Bits count code words and all side data of the quantized matrices. Dots of the same scheme family lie on one another where they differ by less than the floor.',
      spec,
    },
  ];
}

const figure = (value: number | null, digits: number): string => (value === null ? 'unknown' : value.toFixed(digits));

const schemeColumns: readonly Column<EvaluateDocument>[] = [
  { title: 'scheme', text: ({ scheme }) => scheme },
  { title: 'bits per weight', align: 'right', text: ({ bitsPerWeight }) => bitsPerWeight.toFixed(4) },
  { title: 'activation bits', align: 'right', text: ({ activationBits }) => activationBits.toFixed(3) },
  { title: 'KV bits', align: 'right', text: ({ kvBits }) => kvBits.toFixed(3) },
  { title: 'mean squared error', align: 'right', text: ({ mse }) => (mse === null ? 'none' : mse.toExponential(2)) },
  { title: 'SQNR (dB)', align: 'right', text: ({ sqnr_dB }) => (sqnr_dB === null ? 'none' : sqnr_dB.toFixed(2)) },
  { title: 'perplexity', align: 'right', text: ({ perplexity }) => (perplexity === null ? 'infinite' : perplexityText(perplexity)) },
  { title: 'loss above float32 (nats)', align: 'right', text: ({ logPerplexityDifference: { mean } }) => signed(mean) },
  { title: '95 % interval', align: 'right', text: intervalText },
  { title: 'same next token (%)', align: 'right', text: ({ nextTokenAgreement }) => (100 * nextTokenAgreement).toFixed(2) },
  { title: 'time (s)', align: 'right', text: ({ time_s }) => (time_s.quantize + time_s.score).toFixed(1) },
];

function schemesTable(documents: readonly EvaluateDocument[]): Table {
  return tableOf('Schemes by stored bits', schemeColumns, documents);
}

function perplexityText(perplexity: number): string {
  return perplexity < 1000 ? perplexity.toFixed(4) : perplexity.toExponential(2);
}

function signed(nats: number): string {
  return `${nats < 0 ? '' : '+'}${nats.toFixed(5)}`;
}

function intervalText({ logPerplexityDifference: { low, high, resolved } }: EvaluateDocument): string {
  if (low === null || high === null) return 'unknown';
  return `${signed(low)} .. ${signed(high)}${resolved ? '' : ' (holds 0)'}`;
}

function partsTable(documents: readonly EvaluateDocument[]): Table {
  const part = (title: string, key: keyof EvaluateDocument['bits']): Column<EvaluateDocument> => ({
    title,
    align: 'right',
    text: ({ bits }) => (bits[key] === 0 ? '-' : bits[key].toFixed(4)),
  });
  const columns = [
    schemeColumns[0] as Column<EvaluateDocument>,
    part('codes', 'payload'),
    part('group', 'group'),
    part('channel', 'channel'),
    part('tensor', 'tensor'),
    part('outliers', 'outlier'),
    part('low rank', 'lowRank'),
    part('permutation', 'permutation'),
  ];
  return { ...tableOf('Bits per weight by part', columns, documents), collapsed: documents.length > 1 };
}

const layerColumns: readonly Column<EvaluatedLayer>[] = [
  { title: 'matrix', text: ({ name }) => name },
  { title: 'rows x columns', text: ({ rows, cols }) => `${rows} x ${cols}` },
  { title: 'format', text: ({ format }) => format },
  { title: 'bits per weight', align: 'right', text: ({ bitsPerWeight }) => bitsPerWeight.toFixed(4) },
  { title: 'SQNR (dB)', align: 'right', text: ({ sqnr_dB }) => figure(sqnr_dB, 2) },
  { title: 'output error (%)', align: 'right', text: ({ outputError }) => figure(outputError === null ? null : 100 * outputError, 3) },
];

function layersTable({ scheme, layers }: EvaluateDocument): Table {
  return { ...tableOf(`Matrices under ${scheme}`, layerColumns, layers), collapsed: layers.length > 60 };
}
