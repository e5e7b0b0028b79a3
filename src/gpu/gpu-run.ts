/** What a result says about the card it was made on: enough to make it again (`lowbit explain`), and read back from there. */
import { z } from 'zod';
import { gpuSchema } from './device/gpu-schema.js';
import type { GpuMachine, GpuSetup } from './gpu-machine.js';
import { kernelSchema } from './kernels/kernel-schema.js';

const ranSchema = z.strictObject({
  kernel: kernelSchema,
  named: z.boolean().describe('asked for with --kernel'),
  fittedOn: z.string().nullable().describe('card whose measurements the parameters were fitted to; null: default parameters'),
  parameters: z.record(z.string(), z.number()),
});

/** The hardware of a GPU result. */
export const gpuRunSchema = gpuSchema.extend({
  machine: z
    .strictObject({
      name: z.string(),
      launch_us: z.number(),
      clockFactor: z.number(),
      boardFactor: z.number().optional(),
      vectorLaunch_us: z.record(z.string(), z.number()).optional(),
    })
    .describe('that times are for'),
  ran: z.record(z.string(), ranSchema).describe('kernels that ran, by name'),
});
export type GpuRun = z.infer<typeof gpuRunSchema>;

/** The description of the card with the kernels that ran. */
export function hardwareOf({ config, profile, named }: GpuSetup, machine: GpuMachine): GpuRun {
  const kernels = machine
    .used()
    .map(({ config: kernel, fitted, parameters }) => [
      kernel.name,
      { kernel, named: named.includes(kernel), fittedOn: fitted?.from ?? null, parameters: { ...parameters } },
    ]);
  return { ...config, machine: profile, ran: Object.fromEntries(kernels) as GpuRun['ran'] };
}

/** The setup that a result was made with. */
export function setupOf({ machine, ran: byName, ...config }: GpuRun): GpuSetup {
  const ran = Object.values(byName);
  return {
    config,
    profile: machine,
    kernels: ran.map(({ kernel }) => kernel),
    named: ran.filter(({ named }) => named).map(({ kernel }) => kernel),
    fitted: Object.fromEntries(ran.map(({ kernel, parameters, fittedOn }) => [kernel.name, { from: fittedOn ?? config.name, parameters }])),
  };
}
