/**
 * Documents as flat rows: one row per design, layer, tensor or published cell; every column name ends in its unit, counts have none.
 * A value that is excluded or unknown is null (an empty field in CSV); the column `omitted` says which and why it is no zero.
 */
import { cycleCauses } from '../trace/layer-activity.js';
import { energyParts, type Omission, type SimulationResult } from '../trace/simulation-result.js';
import type { AxisValue } from '../sweep/plan/sweep-plan.js';
import { axisValueText } from './axis-value-text.js';
import type { ReportDocument } from './read-documents.js';
import { studiesOf, type Design, type Study } from './studies.js';

export type ResultRow = Readonly<Record<string, string | number | boolean | null>>;

/** One row per design and workload: the totals. */
export function designRows(documents: readonly ReportDocument[]): ResultRow[] {
  return studiesOf(documents).flatMap((study) =>
    study.designs.map((design) => ({
      ...identity(study, design),
      ...totalsOf(design.result),
      ...comparisonOf(study, design),
      omitted: omittedText(design.result.omissions),
    })),
  );
}

/** One row per layer of every design; rows of one design add up to its totals. */
export function layerRows(documents: readonly ReportDocument[]): ResultRow[] {
  return studiesOf(documents).flatMap((study) =>
    study.designs.flatMap((design) =>
      design.result.layers.map((layer) => ({
        ...identity(study, design),
        layer: layer.name,
        kind: layer.kind,
        m: layer.m,
        n: layer.n,
        k: layer.k,
        gemms: layer.gemms,
        count: layer.count,
        activation: layer.trace.activation.format,
        weight: layer.trace.weight.format,
        statistics: layer.trace.weight.statistics?.origin ?? 'none',
        latency_cycles: layer.latency_cycles,
        latency_s: layer.latency_s,
        ...Object.fromEntries(cycleCauses.map((cause) => [`${cause}_cycles`, layer.cycles[cause]])),
        energy_pJ: layer.energy_pJ.total,
        ...Object.fromEntries(energyParts.map((part) => [`${part}_pJ`, layer.energy_pJ[part]])),
        macs: layer.activity.macs,
        dramRead_bytes: layer.activity.dramRead_bytes,
        dramWrite_bytes: layer.activity.dramWrite_bytes,
        arithmeticIntensity_opsPerByte: layer.arithmeticIntensity_opsPerByte,
        utilization: layer.utilization,
        bottleneck: layer.bottleneck,
        omitted: omittedText(design.result.omissions),
      })),
    ),
  );
}

/** One row per quantized tensor. */
export function tensorRows(documents: readonly ReportDocument[]): ResultRow[] {
  return documents.flatMap((document) =>
    document.command !== 'quantize'
      ? []
      : document.tensors.map((tensor) => ({
          schemaVersion: document.schemaVersion,
          configHash: document.configHash,
          input: document.input,
          quantizer: document.quantizer,
          tensor: tensor.name,
          rows: tensor.rows,
          cols: tensor.cols,
          format: tensor.format,
          bitsPerWeight: tensor.bitsPerWeight,
          ...Object.fromEntries(Object.entries(tensor.bits).map(([part, bits]) => [`${part}_bitsPerWeight`, bits])),
          mse: tensor.mse,
          sqnr_dB: tensor.sqnr_dB,
          maxAbsError: tensor.maxAbsError,
          statistics: tensor.statistics.origin,
          kurtosis: tensor.statistics.kurtosis ?? null,
          maxOverStd: tensor.statistics.maxOverStd ?? null,
        })),
  );
}

/** One row per model and scheme that was evaluated. */
export function evaluationRows(documents: readonly ReportDocument[]): ResultRow[] {
  return documents.flatMap((document) =>
    document.command !== 'evaluate'
      ? []
      : [
          {
            schemaVersion: document.schemaVersion,
            configHash: document.configHash,
            model: document.model,
            scheme: document.scheme,
            bitsPerWeight: document.bitsPerWeight,
            ...Object.fromEntries(Object.entries(document.bits).map(([part, bits]) => [`${part}_bitsPerWeight`, bits])),
            activationBits: document.activationBits,
            kvBits: document.kvBits,
            mse: document.mse,
            sqnr_dB: document.sqnr_dB,
            perplexity: document.perplexity,
            referencePerplexity: document.referencePerplexity,
            logPerplexityDifference_nats: document.logPerplexityDifference.mean,
            logPerplexityDifferenceLow_nats: document.logPerplexityDifference.low,
            logPerplexityDifferenceHigh_nats: document.logPerplexityDifference.high,
            bitsPerByte: document.bitsPerByte,
            nextTokenAgreement: document.nextTokenAgreement,
            windows: document.windows,
            scoredTokens: document.scoredTokens,
            quantize_s: document.time_s.quantize,
            score_s: document.time_s.score,
          },
        ],
  );
}

/** One row per cell of every reproduced table. */
export function cellRows(documents: readonly ReportDocument[]): ResultRow[] {
  return documents.flatMap((document) =>
    document.command !== 'reproduce'
      ? []
      : document.cells.map((cell) => ({
          schemaVersion: document.schemaVersion,
          configHash: document.configHash,
          reproduction: document.id,
          row: cell.row,
          column: cell.column,
          metric: cell.metric,
          published: cell.published,
          simulated: cell.simulated,
          unit: cell.unit,
          relativeError: cell.relativeError,
          note: cell.note,
        })),
  );
}

/** One row per point of every front. Values of axes that are no text or number stand as they do in a sweep file. */
export function frontRows(documents: readonly ReportDocument[]): ResultRow[] {
  return documents.flatMap((document) =>
    document.command !== 'sweep'
      ? []
      : document.front.map((point) => ({
          schemaVersion: document.schemaVersion,
          configHash: document.configHash,
          sweep: document.name,
          point: point.point,
          ...Object.fromEntries(document.axes.map(({ name }) => [name, cellOf(point.axes[name])])),
          ...point.columns,
          ...point.objectives,
          ...Object.fromEntries(
            Object.entries(point.bounds ?? {}).flatMap(([name, [low, high]]) => [
              [`${name}_low`, low],
              [`${name}_high`, high],
            ]),
          ),
          knee: document.knees.includes(point.point),
          same: point.same,
        })),
  );
}

function cellOf(value: AxisValue | undefined): ResultRow[string] {
  if (value === undefined) return null;
  return typeof value === 'object' ? axisValueText(value) : value;
}

function identity(study: Study, design: Design): ResultRow {
  const workload = Object.entries(design.result.workload).map(([key, value]) => [`workload_${key}`, value] as const);
  return {
    schemaVersion: design.schemaVersion,
    configHash: design.configHash,
    workload: study.label,
    design: design.name,
    ...Object.fromEntries(workload),
  };
}

function totalsOf({ totals }: SimulationResult): ResultRow {
  return {
    latency_cycles: totals.latency_cycles,
    latency_s: totals.latency_s,
    ...Object.fromEntries(cycleCauses.map((cause) => [`${cause}_cycles`, totals.cycles[cause]])),
    macs: totals.macs,
    dram_bytes: totals.dram_bytes,
    energy_pJ: totals.energy_pJ,
    ...Object.fromEntries(energyParts.map((part) => [`${part}_pJ`, totals.energyParts_pJ[part]])),
    power_W: totals.power_W,
    edp_Js: totals.edp_Js,
    area_mm2: totals.area_mm2,
    TOPS: totals.TOPS,
    TOPS_W: totals.TOPS_W,
    TOPS_mm2: totals.TOPS_mm2,
    utilization: totals.utilization,
    model_bytes: totals.model_bytes,
    fitsDram: totals.fitsDram,
  };
}

function comparisonOf(study: Study, design: Design): ResultRow {
  return study.designs.length < 2 ? {} : { speedup: design.speedup, energyEfficiency: design.energyEfficiency };
}

function omittedText(omissions: readonly Omission[]): string {
  return omissions.map((omission) => `${omission.part}: ${omission.status}`).join('; ');
}
