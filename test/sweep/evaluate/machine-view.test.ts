import { describe, expect, it } from 'vitest';
import { timingNamed } from '../../../src/accelerator/timing/index.js';
import { loadAccelerator, loadModel, loadScheme } from '../../../src/config/catalogue.js';
import { catalogueNames } from '../../../src/config/files.js';
import { machineText, onlyCosts, isClocked, watchedView } from '../../../src/sweep/evaluate/machine-view.js';
import { workload } from '../../../src/trace/workload/workload.js';

const layers = workload(loadModel('resnet18').config, loadScheme('w4a4kv4').config, { phase: 'prefill' }).segments[0]!.layers;
const textOf = (config: ReturnType<typeof loadAccelerator>['config']) => machineText(config, config.array, timingNamed(config.timing));

describe('what a machine is shown', () => {
  it('tells when a machine reads a cost: none does but the search that weighs mappings by them', () => {
    for (const name of catalogueNames('accelerators')) {
      const { config } = loadAccelerator(name);
      let asked = false;
      const ask = (): void => void (asked = true);
      const energy_pJ = (): number => {
        ask();
        return 1;
      };
      timingNamed(config.timing).machine(watchedView(config, ask), config.array, { energy_pJ });
      expect([name, asked]).toEqual([name, config.timing === 'loop-order-search']);
    }
  });

  it('has the numbers of the accelerator itself', () => {
    const { config } = loadAccelerator('ant-native');
    expect(watchedView(config, () => undefined)).toEqual(config);
  });

  it('is another text for every number that machines read, and the same for those that only cost', () => {
    const { config } = loadAccelerator('ant-native');
    const text = textOf(config);
    expect(isClocked(config)).toBe(false);
    const change = (path: readonly string[]): typeof config => {
      const changed = structuredClone(config);
      let block = changed as unknown as Record<string, unknown>;
      for (const key of path.slice(0, -1)) block = block[key] as Record<string, unknown>;
      block[path.at(-1)!] = 123;
      return changed;
    };
    for (const path of numbersOf(config, [])) {
      const differs = textOf(change(path)) !== text;
      // The vector unit is a machine of its own, charged anew for every point.
      if (path[0] !== 'vectorUnit' && path[0] !== 'arrayByPhase') expect([path, differs]).toEqual([path, !onlyCosts(path, false)]);
    }
    expect(textOf({ ...config, name: 'another' })).toBe(text);
  });

  it('holds the clock where something is stated in nanoseconds', () => {
    const { config } = loadAccelerator('ant-native');
    const clocked = { ...config, dram: { ...config.dram, latency_ns: 30 } };
    expect(textOf({ ...config, clock_MHz: 1 })).toBe(textOf(config));
    expect(textOf({ ...clocked, clock_MHz: 1 })).not.toBe(textOf(clocked));
    expect(onlyCosts(['clock_MHz'], true)).toBe(false);
  });

  it('gives the activities of the accelerator it stands for', () => {
    const { config } = loadAccelerator('ant-os');
    const context = { energy_pJ: () => 1 };
    const timing = timingNamed(config.timing);
    const own = timing.machine(config, config.array, context);
    const shown = timing.machine(
      watchedView(config, () => undefined),
      config.array,
      context,
    );
    for (const layer of layers.slice(0, 4)) expect(shown.activity(layer)).toEqual(own.activity(layer));
  });
});

function numbersOf(value: unknown, path: readonly string[]): (readonly string[])[] {
  if (typeof value === 'number') return [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => numbersOf(inner, [...path, key]));
}
