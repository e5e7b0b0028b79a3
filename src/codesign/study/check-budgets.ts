/**
 * Budgets against the smallest possible choice, and objectives against what designs have a model for, before anything is measured: bits from what quantizers say they store for a shape, memory and costs from
 * the tables of the designs. Of what the values of a matrix decide (outliers stored apart) nothing is counted, so that no budget is refused that
 * measuring would find possible; candidates.ts looks again with measured bits.
 */
import { isGpu } from '../../config/gpu-name.js';
import type { DecoderModel } from '../../decoder/decoder-model.js';
import { quantizers } from '../../quantizers/index.js';
import { parseOptions } from '../../quantizers/quantize-options.js';
import type { MatrixShape } from '../../quantizers/quantizer.js';
import { operandBits } from '../../trace/layer-trace.js';
import { namedIn, optionsOfEntry, type WeightEntry } from '../../trace/scheme-entries.js';
import { weightOperand } from '../../trace/scheme-operands.js';
import { budgetValues, designsOf, requireObjectives, withoutModel } from './candidates.js';
import { matricesOf } from './items.js';
import type { StudyPlan } from './read-study.js';
import { resourceTable, type StudyTables } from './study-tables.js';

/** Throws LowbitError for an area that no GPU has: known before one is simulated, which may have no kernel for the operands either. */
export function requireArea({ file, hardware, place }: Pick<StudyPlan, 'file' | 'hardware' | 'place'>): void {
  const index = file.objectives.indexOf('area_mm2');
  const gpu = index < 0 ? undefined : hardware.find(({ design }) => isGpu(design));
  if (gpu !== undefined) throw withoutModel('area_mm2', { place: place(['objectives', index]), hardware: gpu.name });
}

/** Throws LowbitError for a budget below the smallest choice, with its place and the smallest, and for an objective without a model behind it. */
export function checkBudgets(
  plan: StudyPlan,
  model: Pick<DecoderModel, 'layers'>,
  known: Pick<StudyTables, 'items' | 'memory' | 'hardware' | 'weights'>,
): void {
  const { items } = known;
  const { options } = plan;
  const bits = items.flatMap((item) => {
    const shapes = matricesOf(model, item).map(({ weight }) => weight);
    return options.map(({ weight }) => shapes.reduce((sum, shape) => sum + fewestBits(weight, shape) * shape.rows * shape.cols, 0));
  });
  const tables: StudyTables = { ...known, options, bits: Float64Array.from(bits), error: new Float64Array(bits.length) };
  requireObjectives(plan, tables);
  // An item that no option fits is told by the measurement, with the quantizer's reason.
  const someFits = items.every((_, i) => bits.slice(i * options.length, (i + 1) * options.length).some(Number.isFinite));
  for (const [b, entry] of plan.file.budgets.entries()) {
    if (entry.resource === 'bits' && !someFits) continue;
    for (const hardware of designsOf(entry.resource, tables)) {
      budgetValues(entry, { table: resourceTable(tables, entry.resource, hardware), tables, place: plan.place(['budgets', b]) });
    }
  }
}

/** Bits per weight; infinite for a shape that the quantizer refuses. */
function fewestBits(entry: WeightEntry, shape: MatrixShape): number {
  const quantizer = namedIn(quantizers, entry.quantizer);
  if (quantizer === undefined) return operandBits(weightOperand(entry));
  const options = parseOptions(quantizer, optionsOfEntry(entry));
  if (quantizer.refusal?.(shape, options) !== undefined) return Infinity;
  const parts = Object.values<number>({ ...quantizer.storedBits(shape, options) });
  return parts.reduce((sum, part) => sum + (Number.isNaN(part) ? 0 : part), 0);
}
