/**
 * loop-order-search: per layer the fastest of all power-of-two tiles in all loop orders, on an output- or weight-stationary array.
 * Source: Bit Fusion (ISCA 2018), and ANT (MICRO 2022), which compares six machines with it; every known defect of that model is an option.
 *   cycles = compute + max(0, DRAM - compute) + fill + drain     searched by loop-order-search-solve.ts
 *   compute   cycles of a full tile times tiles (loop-order-search-tiles.ts)
 *   DRAM      blocks promoted outwards while they fit half a buffer (loop-order-search-orders.ts)
 * Left out, as published: scales and other metadata, DRAM latency and pages, tiling of the kernel, overlap between layers, vector operations.
 */
import { LowbitError } from '../../../lowbit-error.js';
import type { LayerTrace } from '../../../trace/layer-trace.js';
import { loopedLayer, loopOrderPorts, mappedActivity, type LoopedLayer } from './layer.js';
import type { LoopOrderLayer, LoopOrderMachine, LoopOrderMapping } from './machine.js';
import { loopOrderMachine, loopOrderOptionsSchema } from './options.js';
import { searchLoopOrder } from './solve.js';
import { loopOrderTerms } from './terms.js';
import type { TimingModel } from '../timing-model.js';

/** The search of a machine, each different layer once. */
export function loopOrderSearch(machine: LoopOrderMachine): (loops: LoopOrderLayer) => LoopOrderMapping {
  const found = new Map<string, LoopOrderMapping>();
  return (loops) => {
    const { b, o, kernelHeight, kernelWidth, strideHeight, strideWidth, ic, oc, p } = loops;
    const key = `${b} ${o} ${kernelHeight} ${kernelWidth} ${strideHeight} ${strideWidth} ${ic} ${oc} ${p}`;
    let mapping = found.get(key);
    if (mapping === undefined) found.set(key, (mapping = searchLoopOrder(machine, loops)));
    return mapping;
  };
}

/** An error of the search, told with the layer it is about. */
function placed<T>({ name }: LayerTrace, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof LowbitError)) throw error;
    throw new LowbitError(error.what, { place: name, ...error.details });
  }
}

export const loopOrderSearchTiming: TimingModel = {
  name: 'loop-order-search',
  modelVersion: 1,
  description: 'per layer the fastest of all power-of-two tiles and loop orders; ties by energy',
  source: 'Bit Fusion (ISCA 2018) as used in ANT (MICRO 2022)',
  searches: true,
  charges: ['gemm', 'attention-qk', 'attention-pv'],
  excludedEnergy: [{ part: 'dequant', reason: 'loop-order-search multiplies the codes as they are and has no dequantization' }],
  needs: ['dataflow', 'buffers.output'],
  reads: ['dataflow', 'buffers.output'],
  options: loopOrderOptionsSchema,
  machine: (hardware, array, context) => {
    const machine = loopOrderMachine(hardware, array, context);
    const search = loopOrderSearch(machine);
    const mapped = (layer: LayerTrace, { loops }: LoopedLayer): LoopOrderMapping => placed(layer, () => search(loops));
    return {
      ports: loopOrderPorts(machine),
      activity: (layer) => mappedActivity(machine, layer, mapped(layer, loopedLayer(layer))),
      explain: (layer) => {
        const looped = loopedLayer(layer);
        return loopOrderTerms(machine, looped, mapped(layer, looped));
      },
    };
  },
};
