/**
 * What a timing model is shown of an accelerator, and the texts its results are kept under. Numbers that only cost - energies, areas, leakage, nodes,
 * sources - are shown too, but watched: a machine that reads one, or asks for an energy while it chooses a mapping, gives results that are true of
 * these costs only. So nothing about a timing model has to be declared, and none can be wrong. Names are shown and not watched: they are
 * read for messages alone, and errors are not kept.
 */
import type { AcceleratorConfig, ArrayShape } from '../../accelerator/accelerator-config.js';
import { peNamed } from '../../pe/index.js';
import type { TimingModel } from '../../accelerator/timing/timing-model.js';

/** Keys that only cost, by the block they stand in. The clock is one of them where nothing is stated in nanoseconds. */
const costKeys: Readonly<Record<string, readonly string[]>> = {
  '': [
    'description',
    'source',
    'technology_nm',
    'arrayByPhase',
    'array',
    'decoders',
    'vectorUnit',
    'staticEnergy',
    'defaults',
    'errorBars',
  ],
  pe: ['energy_pJ', 'leakage_pJPerCycle', 'area_um2', 'technology_nm', 'layoutFactor', 'source'],
  buffer: ['read_pJPerBit', 'write_pJPerBit', 'leakage_mW', 'area_mm2', 'source'],
  dram: ['energy_pJPerBit', 'writeEnergy_pJPerBit', 'static_pJPerCycle', 'capacity_GiB', 'source'],
  dequantization: ['energy_pJPerOperation', 'area_um2', 'technology_nm', 'source'],
  vectorUnit: ['energy_pJPerOperation', 'area_um2', 'technology_nm', 'source'],
};

/** Blocks all of whose numbers only cost. */
const costBlocks: readonly string[] = ['decoders', 'errorBars'];

/** Whether a number only costs, as far as machines do not ask; `clocked`: something is stated in nanoseconds. */
export function onlyCosts(path: readonly string[], clocked: boolean): boolean {
  const [block = '', ...rest] = path;
  if (costBlocks.includes(block)) return true;
  if (rest.length === 0)
    return block === 'clock_MHz' ? !clocked : block !== 'array' && block !== 'vectorUnit' && costKeys['']!.includes(block);
  return (costKeys[block === 'buffers' ? 'buffer' : block] ?? []).includes(rest.at(-1)!);
}

/** Whether the clock turns a time into cycles. */
export function isClocked({ dram }: AcceleratorConfig): boolean {
  return dram.latency_ns !== undefined;
}

/** The accelerator as a machine sees it; `read` is called when it reads a cost. */
export function watchedView(hardware: AcceleratorConfig, read: () => void): AcceleratorConfig {
  const watched = <T extends object>(block: T, costs: readonly string[]): T => {
    const view = { ...block };
    for (const key of costs) {
      if (!Object.hasOwn(block, key)) continue;
      const value = block[key as keyof T];
      Object.defineProperty(view, key, {
        enumerable: true,
        get: () => {
          read();
          return value;
        },
      });
    }
    return view;
  };
  const top = [...costKeys['']!, ...(isClocked(hardware) ? [] : ['clock_MHz'])];
  const { pe, buffers, dram, dequantization } = hardware;
  return watched(
    {
      ...hardware,
      pe: watched(pe, costKeys['pe']!),
      buffers: mapped(buffers, (buffer) => watched(buffer, costKeys['buffer']!)),
      dram: watched(dram, costKeys['dram']!),
      ...(dequantization === undefined ? {} : { dequantization: watched(dequantization, costKeys['dequantization']!) }),
    },
    top,
  );
}

/** Text of what a machine reads without asking for costs; it names the versions of the rules. */
export function machineText(hardware: AcceleratorConfig, array: ArrayShape, timing: TimingModel): string {
  const without = (block: object | undefined, costs: readonly string[]): object | undefined =>
    block === undefined ? undefined : Object.fromEntries(Object.entries(block).filter(([key]) => !costs.includes(key)));
  const { pe, buffers, dram, dequantization } = hardware;
  const top = ['name', ...costKeys['']!, ...(isClocked(hardware) ? [] : ['clock_MHz'])];
  return JSON.stringify({
    versions: [timing.modelVersion, peNamed(pe.model).modelVersion],
    array,
    ...without(hardware, top),
    pe: without(pe, costKeys['pe']!),
    buffers: mapped(buffers, (buffer) => without(buffer, costKeys['buffer']!)),
    dram: without(dram, costKeys['dram']!),
    dequantization: without(dequantization, costKeys['dequantization']!),
  });
}

/** Text of everything a machine could ask for; `versions` are those of the rules and tables of costs. */
export function costedText(hardware: AcceleratorConfig, array: ArrayShape, versions: Readonly<Record<string, number | string>>): string {
  const text = (key: string, value: unknown): unknown => (key === 'source' || key === 'description' ? undefined : value);
  const { name: _name, ...rest } = hardware;
  return JSON.stringify({ versions, array, hardware: rest }, text);
}

function mapped<T extends object, U>(record: T, change: (value: NonNullable<T[keyof T]>) => U): Record<keyof T, U> {
  return Object.fromEntries(
    Object.entries(record).flatMap(([key, value]) => (value === undefined ? [] : [[key, change(value as NonNullable<T[keyof T]>)]])),
  ) as Record<keyof T, U>;
}
