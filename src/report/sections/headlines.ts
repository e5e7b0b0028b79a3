/** The few figures a reader should leave with. */
import { formatSI } from '../../units/si.js';
import type { QuantizeDocument, ReproduceDocument } from '../documents.js';
import type { Headline } from '../report-parts.js';
import type { Study } from '../studies.js';
import { designWithScheme, fastest } from './designs.js';
import { cleanest, namesOf } from './quantization.js';

/** Best speed-up and energy efficiency, published cells met, best quantizer; for a lone simulation its latency, energy and TOPS/W. */
export function headlinesOf(
  studies: readonly Study[],
  quantizations: readonly QuantizeDocument[],
  reproductions: readonly ReproduceDocument[],
): Headline[] {
  return [
    ...comparisonHeadlines(studies),
    ...reproductions.map(reproductionHeadline),
    ...quantizationHeadline(quantizations),
    ...loneHeadlines(studies),
  ];
}

function comparisonHeadlines(studies: readonly Study[]): Headline[] {
  const pairs = studies.flatMap((study) => study.designs.slice(1).map((design) => ({ study, design, base: study.designs[0]?.name ?? '' })));
  const speed = studies
    .map((study) => ({ study, design: fastest(study) }))
    .reduce<{ study: Study; gain: number; name: string } | undefined>((best, { study, design }) => {
      if (design === undefined || (best !== undefined && best.gain >= design.speedup)) return best;
      return { study, gain: design.speedup, name: designWithScheme(design) };
    }, undefined);
  const efficient = pairs
    .filter(({ design }) => design.energyEfficiency !== null)
    .sort((a, b) => (b.design.energyEfficiency ?? 0) - (a.design.energyEfficiency ?? 0))[0];
  return [
    ...(speed === undefined
      ? []
      : [
          {
            value: `${speed.gain.toFixed(1)}x`,
            label: `speed of ${speed.study.designs[0]?.name ?? ''} reached by ${speed.name} on ${speed.study.label}`,
          },
        ]),
    ...(efficient === undefined
      ? []
      : [
          {
            value: `${(efficient.design.energyEfficiency ?? 0).toFixed(1)}x`,
            label: `energy efficiency of ${efficient.base} reached by ${designWithScheme(efficient.design)} on ${efficient.study.label}`,
          },
        ]),
  ];
}

/** Cycle counts where a table has them, as they can be exact; otherwise all cells. */
function reproductionHeadline(document: ReproduceDocument): Headline {
  const cycles = document.cells.filter((cell) => cell.unit === 'cycles' && cell.published !== null);
  if (cycles.length > 0) {
    const exact = cycles.filter((cell) => cell.simulated === cell.published).length;
    return { value: `${exact}/${cycles.length}`, label: `published cycle counts of ${document.id} met exactly` };
  }
  return { value: `${document.summary.exact}/${document.summary.cells}`, label: `published cells of ${document.id} met exactly` };
}

function quantizationHeadline(documents: readonly QuantizeDocument[]): Headline[] {
  const input = documents[0]?.input;
  const best = cleanest(namesOf(documents.filter((document) => document.input === input)));
  if (best === undefined) return [];
  const { totals } = best.document;
  return [
    {
      value: `${(totals.sqnr_dB ?? 0).toFixed(1)} dB`,
      label: `signal over quantization noise with ${best.name} at ${totals.bitsPerWeight.toFixed(2)} bits per weight`,
    },
  ];
}

function loneHeadlines(studies: readonly Study[]): Headline[] {
  const [study] = studies;
  const [design] = study?.designs ?? [];
  if (studies.length !== 1 || study?.designs.length !== 1 || design === undefined) return [];
  const { totals, hardware } = design.result;
  const whole = hardware['kind'] === 'gpu' ? 'its tensor cores' : 'the array';
  return [
    { value: formatSI(totals.latency_s, 's'), label: `latency of ${study.label} on ${design.name}` },
    { value: totals.energy_pJ === null ? 'unknown' : formatSI(totals.energy_pJ, 'pJ'), label: 'energy' },
    { value: `${totals.TOPS.toPrecision(3)} TOPS`, label: `${(totals.utilization * 100).toFixed(0)} % of what ${whole} could do` },
  ];
}
