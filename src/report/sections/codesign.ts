/** Co-design studies: the front over each cost, what was measured of it, the map of bits, and what one more bit costs. */
import { counted } from '../../units/si.js';
import { costKinds, measuredOf } from '../codesign-tables.js';
import type { CodesignDocument } from '../documents.js';
import { grouped } from '../number-text.js';
import type { Headline, ReportSection } from '../report-parts.js';
import { bitCostFigure, mapFigure, measuredFigure, promisedFigure } from './codesign-figures.js';
import { bitStepTables, changesTable, comparisonTable, frontTable } from './codesign-tables.js';

/** null when nothing was studied. */
export function codesignsSection(documents: readonly CodesignDocument[]): ReportSection | null {
  const [first] = documents;
  if (first === undefined) return null;
  if (documents.length === 1) return studySection(first, 'codesign', 'Co-design');
  return {
    id: 'codesigns',
    title: 'Co-design',
    paragraphs: [],
    figures: [],
    tables: [],
    sections: documents.map((document, i) => studySection(document, `codesign-${i + 1}`, document.name)),
  };
}

function studySection(document: CodesignDocument, id: string, title: string): ReportSection {
  const { description, source, model, scheme, workload, items, options, hardware } = document;
  const inner = document.front.length === 0 ? [] : [frontSection(document, id), mapSection(document, id), bitSection(document, id)];
  const work = Object.entries(workload).map(([key, value]) => `${key} ${value}`).join(', '); // prettier-ignore
  return {
    id,
    title,
    paragraphs: [
      ...(description === '' ? [] : [sentence(description)]),
      ...(source === '' ? [] : [`Source: ${sentence(source)}`]),
      `Model ${model}, ${work}; everything but the weights of the items takes scheme ${scheme}. ${items.length} items, ${options.length} options (${options.map(({ name }) => name).join(', ')}), ${hardware.length} ${hardware.length === 1 ? 'design' : 'designs'}.`,
    ],
    notes: [...document.notes, ...unknownNotes(document)],
    figures: [],
    tables: [],
    sections: inner.filter((section) => section !== null),
  };
}

const sentence = (text: string): string => (/[.!?]$/.test(text.trim()) ? text.trim() : `${text.trim()}.`);

/** Costs that no panel shows because no point has them. */
function unknownNotes({ front }: CodesignDocument): string[] {
  if (front.length === 0) return [];
  const names = costKinds.filter(({ key }) => front.every(({ costs }) => costs[key] === null)).map(({ name }) => name);
  return names.length === 0 ? [] : [`unknown for every point of the front, and not drawn: ${names.join(', ')}`];
}

function frontSection(document: CodesignDocument, id: string): ReportSection {
  const { reference, objectives } = document;
  const figures = [promisedFigure(document, id), measuredFigure(document, id)].filter((figure) => figure !== null);
  const float = reference === null ? 'Nothing was evaluated: accuracy is known by its sum of errors only.' : `In float32 the perplexity is ${reference.perplexity.toFixed(4)}.`; // prettier-ignore
  return {
    id: `${id}-points`,
    title: 'Accuracy against cost',
    paragraphs: [`Objectives: ${objectives.join(', ')}. ${float}`, ...promiseParagraph(document)],
    figures,
    tables: [frontTable(document), ...comparisonTable(document)],
    sections: [],
  };
}

/** What the promised losses rest on. */
function promiseParagraph({ promise }: CodesignDocument): string[] {
  if (!promise) return [];
  const { windows, anchors, curve, ratio } = promise;
  const worst = Math.max(0, ...anchors.map(({ leftOut }) => Math.abs(leftOut)));
  return [
    `Losses are promised from ${counted(anchors.length, 'assignment')} measured whole on ${counted(windows, 'window')} of the calibration text: divergence from float32 is ${curve.base.toPrecision(3)} + ${curve.slope.toPrecision(3)} S ${curve.growth >= 0 ? `(1 + ${curve.growth.toPrecision(3)} S)` : `/ (1 + ${(-curve.growth).toPrecision(3)} S)`} nats for a sum of errors S, within ${(100 * worst).toFixed(0)} % for each of them left out of the fit (S is of the items alone, the first number is the divergence with none of them changed); loss is ${ratio.mean.toFixed(2)} [${ratio.low.toFixed(2)}, ${ratio.high.toFixed(2)}] times that. A promise holds where it is no farther from the measured difference than both half intervals, added as squares.`,
  ];
}

function mapSection(document: CodesignDocument, id: string): ReportSection {
  return {
    id: `${id}-bits`,
    title: 'Bits per layer',
    paragraphs: [],
    figures: [mapFigure(document, id)],
    tables: changesTable(document),
    sections: [],
  };
}

function bitSection(document: CodesignDocument, id: string): ReportSection | null {
  const figure = bitCostFigure(document, id);
  if (figure === null) return null;
  return { id: `${id}-one-bit`, title: 'One more bit', paragraphs: [], figures: [figure], tables: bitStepTables(document), sections: [] };
}

export function codesignHeadlines(documents: readonly CodesignDocument[]): Headline[] {
  return documents.flatMap((document) => {
    const { name, candidates, front } = document;
    const of = documents.length === 1 ? '' : ` of ${name}`;
    const bits = front.map(({ costs }) => costs.bits);
    const measured = front.filter((point) => measuredOf(document, point) !== null).length;
    return [
      { value: grouped(candidates.evaluated), label: `candidates${of}, ${grouped(candidates.assignments)} assignments` },
      { value: grouped(front.length), label: `points on the front${of}, ${grouped(measured)} of them evaluated` },
      ...(bits.length === 0 ? [] : [{ value: `${Math.min(...bits).toFixed(2)} to ${Math.max(...bits).toFixed(2)}`, label: `stored bits per weight along it${of}` }]), // prettier-ignore
    ];
  });
}
