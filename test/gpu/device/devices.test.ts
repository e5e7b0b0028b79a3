import { describe, expect, it } from 'vitest';
import { catalogueNames } from '../../../src/config/files.js';
import { loadGpu } from '../../../src/config/gpu-catalogue.js';
import type { TensorType } from '../../../src/gpu/device/gpu-device.js';
import { resolveGpu, type GpuConfig } from '../../../src/gpu/device/gpu-schema.js';
import { card, gemm, run } from '../cards.js';

const names = catalogueNames('gpus');

function peak_TOPS({ sms, clock_MHz, tensor }: GpuConfig, type: TensorType): number {
  return (2 * sms * clock_MHz * (tensor[type]?.macPerClockPerSm ?? NaN)) / 1e6;
}

function types({ tensor }: GpuConfig): TensorType[] {
  return Object.keys(tensor) as TensorType[];
}

describe('the GPUs that ship', () => {
  it('are the sixteen of the issue', () => {
    expect(names).toEqual(
      [
        ...['v100-pcie-16gb', 'a100-40gb-sxm', 'a100-80gb-sxm', 'h100-sxm', 'h200-sxm', 'h800', 'l40s', 'a10', 'a40', 'a6000'],
        ...['rtx-2080-ti', 'rtx-3090', 'rtx-4090', 'rtx-5090', 'b200', 'rtx-pro-6000'],
      ].sort(),
    );
  });

  it.each(names)('%s has the peaks of its data sheet: SMs x products per clock x clock within 1.5 %', (name) => {
    const { config } = loadGpu(name);
    for (const type of types(config)) {
      const stated = config.tensor[type]?.dataSheet_TOPS;
      if (stated !== undefined) expect(Math.abs(peak_TOPS(config, type) / stated - 1), type).toBeLessThan(0.015);
    }
  });

  it.each(names)('%s measured no kernel above its peak by more than its clock can rise', (name) => {
    const { config } = loadGpu(name);
    for (const type of types(config)) {
      for (const { TOPS, kernel } of config.tensor[type]?.measured ?? []) expect(TOPS / peak_TOPS(config, type), kernel).toBeLessThan(1.1);
    }
  });

  it.each(names)('%s spends on a product at most what the board has above idle', (name) => {
    const { config } = loadGpu(name);
    for (const type of types(config)) {
      const macs_perSecond = (peak_TOPS(config, type) * 1e12) / 2;
      const most_pJ = ((config.power.board_W - config.power.idle_W) * 1e12) / macs_perSecond;
      expect(Math.abs((config.energy.tensor_pJPerMac[type] ?? NaN) / most_pJ - 1), type).toBeLessThan(0.02);
    }
  });

  it.each(names)('%s has the same rates for the models as in its file', (name) => {
    const { config } = loadGpu(name);
    const device = resolveGpu(config);
    expect(device.tensor_macPerClockPerSm).toEqual(
      Object.fromEntries(types(config).map((type) => [type, config.tensor[type]?.macPerClockPerSm])),
    );
    expect([device.name, device.sms, device.dram.usable_bytes]).toEqual([name, config.sms, config.dram.usable_bytes]);
  });

  it.each(names)('%s takes, in a large 16-bit GEMM, between 0.3 of TDP per peak operation and TDP per operation it reaches', (name) => {
    const setup = card(name);
    const { activation, weight } = setup.config.defaults;
    const { totals } = run(setup, [gemm([16384, 16384, 16384], [activation, weight])]);
    const power_W = totals.power_W ?? NaN;
    expect(power_W / setup.config.power.board_W).toBeLessThanOrEqual(1 + 1e-9);
    const type = types(setup.config).find((candidate) => candidate === activation) as TensorType;
    expect(power_W / totals.TOPS / (setup.config.power.board_W / peak_TOPS(setup.config, type))).toBeGreaterThan(0.3);
  });

  it('keep the A100 within 0.3 and 1 of TDP per peak operation, below 400 W', () => {
    const { totals } = run(card('a100-80gb-sxm'), [gemm([8192, 12288, 12288])]);
    const ratio = (totals.power_W ?? NaN) / totals.TOPS / (400 / 311.9);
    expect(ratio).toBeGreaterThan(0.3);
    expect(ratio).toBeLessThan(1);
    expect(totals.power_W).toBeLessThan(400);
  });
});
