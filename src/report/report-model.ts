/** From documents to the report: groups them, and lets every section say what it can. */
import type { ReportModel } from './report-parts.js';
import type { ReportDocument } from './read-documents.js';
import { basisSection } from './sections/basis.js';
import { codesignHeadlines, codesignsSection } from './sections/codesign.js';
import { designsSection } from './sections/designs.js';
import { accuracySection } from './sections/accuracy.js';
import { headlinesOf } from './sections/headlines.js';
import { layersSection } from './sections/layers.js';
import { quantizationSection } from './sections/quantization.js';
import { reproductionSection } from './sections/reproduction.js';
import { sweepHeadlines, sweepsSection } from './sections/sweeps.js';
import { studiesOf } from './studies.js';

/** The report of any mix of documents; sections that have nothing to say are absent. */
export function reportModel(documents: readonly ReportDocument[], title: string): ReportModel {
  const studies = studiesOf(documents);
  const quantizations = documents.filter((document) => document.command === 'quantize');
  const reproductions = documents.filter((document) => document.command === 'reproduce');
  const evaluations = documents.filter((document) => document.command === 'evaluate');
  const sweeps = documents.filter((document) => document.command === 'sweep');
  const codesigns = documents.filter((document) => document.command === 'codesign');
  const sections = [
    codesignsSection(codesigns),
    sweepsSection(sweeps),
    designsSection(studies),
    reproductionSection(reproductions),
    accuracySection(evaluations),
    quantizationSection(quantizations),
    layersSection(studies),
    basisSection(studies),
  ];
  return {
    title,
    headlines: [...codesignHeadlines(codesigns), ...sweepHeadlines(sweeps), ...headlinesOf(studies, quantizations, reproductions)],
    sections: sections.filter((section) => section !== null),
    versions: [...new Set(documents.map((document) => document.tool.version))],
  };
}
