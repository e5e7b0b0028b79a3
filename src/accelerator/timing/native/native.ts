/**
 * native: lowbit's own tile-level pipeline. DRAM shared by loads and stores, double-buffered operands, folds that overlap on the array,
 * dequantization where the description places it, several cores on one DRAM, and the best of all mappings.
 * Formulas: docs/timing/native.md, held against the cycle-exact reference. Files:
 *   layer        description and layer to numbers          fold-shape, step-cycles   folds of a tile on the array
 *   step-shapes, step-row   what each kind of step asks    tile-loops                the steps of a product in order
 *   recurrence   time of one step after another            runs                      runs of steps jumped over
 *   pipeline     a mapping as steps, cycles by cause       counts, activity, terms   what it moves, and how it is explained
 *   mapping-space, bounds, search, least-first, objective  the best of all mappings
 * Left out: sums that leave the output buffer before they are complete, DRAM pages and refresh, bank conflicts, overlap across layers.
 */
import { peNamed } from '../../../pe/index.js';
import type { LayerTrace } from '../../../trace/layer-trace.js';
import { nativeActivity, nativePorts, withDramLatency } from './activity.js';
import { nativeMachine, nativeNotes, nativeOptionsSchema, nativeProblem } from './layer.js';
import { objectiveOf } from './objective.js';
import { bestMapping, fixedMapping, type Mapped, type SearchGoal } from './search.js';
import { nativeTerms } from './terms.js';
import type { TimingModel } from '../timing-model.js';

export const native: TimingModel = {
  name: 'native',
  modelVersion: 1,
  description: 'tile-level pipeline: double buffering, shared DRAM, fill and drain, dequantization, cores, mapping search',
  source: "lowbit's own, docs/timing/native.md",
  searches: true,
  charges: ['gemm', 'attention-qk', 'attention-pv', 'transform'],
  excludedEnergy: [],
  needs: ['dataflow', 'buffers.output'],
  reads: ['dataflow', 'buffers.output', 'cores', 'dequantization'],
  options: nativeOptionsSchema,
  machine: (hardware, array, context) => {
    const machine = nativeMachine(hardware, array, peNamed(hardware.pe.model, `${hardware.name}: pe.model`));
    const objective = objectiveOf(machine.options.objective);
    const { mapping } = machine.options;
    const mapped = (layer: LayerTrace): { problem: ReturnType<typeof nativeProblem>; mapped: Mapped } => {
      const problem = nativeProblem(machine, layer);
      const goal: SearchGoal = {
        objective,
        tolerance: machine.options.tolerance,
        activity: (candidate, cycles) =>
          nativeActivity(machine, problem, layer, { mapping: candidate, cycles: withDramLatency(machine, cycles) }),
        energy_pJ: (activity) => context.energy_pJ(activity),
        place: `layer ${layer.name}`,
      };
      const found = mapping === undefined ? bestMapping(problem, goal) : fixedMapping(problem, mapping, goal);
      return { problem, mapped: { ...found, cycles: withDramLatency(machine, found.cycles) } };
    };
    return {
      ports: nativePorts(machine),
      activity: (layer) => {
        const { problem, mapped: found } = mapped(layer);
        return nativeActivity(machine, problem, layer, found);
      },
      explain: (layer) => {
        const { problem, mapped: found } = mapped(layer);
        return nativeTerms(machine, problem, found);
      },
      notes: (layer) => nativeNotes(machine, layer),
    };
  },
};
