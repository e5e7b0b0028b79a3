/** Are sums of the table of costs what a simulation of the whole scheme gives? */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { simulateAccelerator } from '../../../src/accelerator/simulate.js';
import { assignedScheme } from '../../../src/codesign/study/assigned-scheme.js';
import { designCosts, memoryCosts, requestOn, type CostRequest, type StudyDesign } from '../../../src/codesign/study/cost-table.js';
import { patternOf, type StudyItem } from '../../../src/codesign/study/items.js';
import { loadAccelerator, loadModel, loadScheme } from '../../../src/config/catalogue.js';
import { loadFitted } from '../../../src/config/fitted-file.js';
import { loadGpu, loadKernel, shippedKernels } from '../../../src/config/gpu-catalogue.js';
import { loadSramTable } from '../../../src/config/package-data.js';
import { gpuSetup } from '../../../src/gpu/gpu-setup.js';
import { simulateGpu } from '../../../src/gpu/simulate.js';
import { modelParameters } from '../../../src/trace/model/parameters.js';
import { productNames } from '../../../src/trace/model/weight-matrices.js';
import { workload } from '../../../src/trace/workload/workload.js';

const sramTable = loadSramTable();

const cards = ['a100-80gb-sxm', 'l40s'];

function cardNamed(name: string): StudyDesign {
  const setup = gpuSetup(loadGpu(name).config, { kernels: shippedKernels(), kernel: loadKernel, fitted: loadFitted });
  return {
    name,
    hasVectorWork: true,
    simulate: (segments, modelBytes) => simulateGpu(setup, segments, modelBytes === undefined ? {} : { modelBytes }),
  };
}

function designNamed(name: string): StudyDesign {
  if (cards.includes(name)) return cardNamed(name);
  const { config } = loadAccelerator(name);
  return {
    name,
    hasVectorWork: config.vectorUnit !== undefined,
    simulate: (segments, modelBytes) =>
      simulateAccelerator(config, segments, { sramTable, ...(modelBytes === undefined ? {} : { modelBytes }) }),
  };
}

/** Options and the scheme of what is left: of accelerators BitMoD's formats, of cards what they have kernels for. */
function formatsFor(hardware: string): Pick<CostRequest, 'options' | 'scheme'> {
  const option = (name: string, weight: Record<string, unknown>) => ({ name, format: '', weight });
  if (!cards.includes(hardware)) {
    const bitmod = [3, 4, 6].map((bits) => option(`b${bits}`, { quantizer: 'bitmod', bits }));
    return { scheme: loadScheme('bitmod-4b').config, options: [...bitmod, option('low', { quantizer: 'lqer', bits: 4, rank: 8 })] };
  }
  const options = [
    option('w4', { quantizer: 'rtn', bits: 4, granularity: 'group', group: 128 }),
    option('w8', { quantizer: 'rtn', bits: 8, granularity: 'channel' }),
    option('w16', { format: 'fp16' }),
    option('awq', { quantizer: 'rtn', bits: 4, granularity: 'group', group: 128, symmetric: false }),
  ];
  return { scheme: loadScheme('w4a16-g128').config, options };
}

function requestFor(hardware: string, modelName: string, phase: 'decode' | 'generate'): CostRequest {
  const model = loadModel(modelName).config;
  const names = modelParameters(model).matrices.flatMap((matrix) => (/^(lm_head|router)$/.test(matrix.name) ? [] : productNames(matrix)));
  const items = [...new Set(names.map(patternOf))].map((name): StudyItem => ({
    name,
    products: [name],
    layer: 0,
    matrix: name.split('.').at(-1) ?? '',
    weights: 1,
  }));
  return {
    model,
    ...formatsFor(hardware),
    items,
    workload: { phase, batch: 2, context: 64, ...(phase === 'generate' ? { tokens: 3 } : {}) },
  };
}

describe.each([
  ['bitmod', 'models/tiny', 'decode'],
  ['bitmod-native', 'models/tiny', 'generate'],
  ['bitmod-native', 'models/tiny-moe', 'generate'],
  ['a100-80gb-sxm', 'models/tiny', 'generate'],
  ['l40s', 'llama-3.2-1b', 'decode'],
] as const)('costs on %s of %s in %s', (hardware, modelName, phase) => {
  const design = designNamed(hardware);
  const request = requestFor(hardware, modelName, phase);
  const usable = designCosts(design, request).refused.length === 0 ? 4 : 3;
  const costs = designCosts(design, request);
  const memory = memoryCosts(request);
  const { items, options } = request;

  it('holds what quantizers store in the shapes of the model, not what their formats say', () => {
    const weights = [{ quantizer: 'atom' }, { quantizer: 'rtn', bits: 4, granularity: 'group', group: 96 }];
    const stored = { ...request, options: weights.map((weight, i) => ({ name: `o${i}`, format: '', weight })) };
    const { bytes, fixed_bytes } = memoryCosts(stored);
    for (const [o] of weights.entries()) {
      const choice = items.map(() => o);
      const { modelBytes } = workload(request.model, assignedScheme(request.scheme, stored, choice), request.workload);
      const sum = choice.reduce((all, option, i) => all + bytes[i * weights.length + option]!, fixed_bytes);
      expect(sum).toBe(modelBytes.weights + modelBytes.kv);
    }
  });

  it('add up to those of any assignment', () => {
    const choices = fc.array(fc.integer({ min: 0, max: usable - 1 }), { minLength: items.length, maxLength: items.length });
    fc.assert(
      fc.property(choices, (choice) => {
        const { segments, modelBytes } = workload(
          request.model,
          assignedScheme(request.scheme, request, choice),
          requestOn(design, request.workload),
        );
        const { totals } = design.simulate(segments, modelBytes.weights + modelBytes.kv);
        const sum = (table: Float64Array, fixed: number): number =>
          choice.reduce((all, option, i) => all + table[i * options.length + option]!, fixed);
        expect(sum(costs.latency_s, costs.fixed.latency_s) / totals.latency_s).toBeCloseTo(1, 12);
        expect(sum(costs.energy_pJ, costs.fixed.energy_pJ) / totals.energy_pJ!).toBeCloseTo(1, 12);
        expect(sum(memory.bytes, memory.fixed_bytes)).toBe(modelBytes.weights + modelBytes.kv);
      }),
      { numRuns: 20 },
    );
  });
});
