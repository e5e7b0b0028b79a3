/**
 * Shape of a GPU file (hw-configs/gpus/*.yaml) and the GpuDevice it describes. Units stand in the keys; every block carries its source and how
 * far it can be trusted: high (read in a data sheet or recomputed from one), medium (recalled, or from a table of somebody else), low (derived or assumed).
 * Peaks are those of the data sheet; what was measured stands beside them and is never used as a rate: what a kernel reaches is fitted.
 */
import { z } from 'zod';
import { vectorKinds } from '../elementwise/vector-parameters.js';
import { scheduleNames } from '../timeline/schedules/schedule-name.js';
import { architectures, tensorTypes, type GpuDevice, type GpuProfile, type TensorType } from './gpu-device.js';

// Wide enough for any machine in these units, narrow enough that sums and products of them stay numbers.
const positive = z.number().min(1e-6).max(1e12);
const source = z.string().min(1);
const confidence = z.enum(['high', 'medium', 'low']).describe('of the numbers of the block');

const sourced = { source, confidence };

const measuredSchema = z.strictObject({
  TOPS: positive.describe('2 x multiply-accumulates per second, the most that was measured'),
  kernel: z.string().min(1).describe('what ran'),
  source,
});

const tensorRateSchema = z.strictObject({
  macPerClockPerSm: positive.describe('dense multiply-accumulates per clock and SM'),
  dataSheet_TOPS: positive.optional().describe('dense peak of the data sheet; absent: it gives none'),
  measured: z.array(measuredSchema).optional(),
  ...sourced,
});

const typeRecord = <Value extends z.ZodType>(value: Value) =>
  z.partialRecord(z.enum(tensorTypes), value).meta({ title: 'type of tensor cores' });

const profileSchema = z.strictObject({
  launch_us: z.number().min(0).max(1000).describe('added to every kernel'),
  clockFactor: z.number().min(0.2).max(1.5).describe('clock that was sustained over clock_MHz'),
  boardFactor: z.number().min(0.1).max(1.5).default(1).describe('power above idle that the board sustained, over board_W - idle_W'),
  vectorLaunch_us: z
    .partialRecord(z.enum(vectorKinds), z.number().min(0).max(1000))
    .optional()
    .describe('added to kernels without products of these kinds, instead of launch_us'),
  source,
});

export const gpuSchema = z.strictObject({
  name: z.string().min(1),
  kind: z.literal('gpu'),
  description: z.string().min(1),
  architecture: z.enum(architectures),
  sms: z
    .int()
    .positive()
    .max(2 ** 16)
    .describe('streaming multiprocessors that are enabled'),
  clock_MHz: positive.describe('clock that the peaks of the data sheet hold at'),
  ...sourced,
  tensor: typeRecord(tensorRateSchema).describe('a type without an entry does not exist on this card'),
  cuda: z.strictObject({
    fp32_fmaPerClockPerSm: positive,
    fp16_fmaPerClockPerSm: positive,
    int32_opPerClockPerSm: positive,
    sfu_opPerClockPerSm: positive.describe('exponentials and reciprocals'),
    ...sourced,
  }),
  sharedMemory: z.strictObject({
    size_KiB: positive.describe('most of one SM that thread blocks can have'),
    bytesPerClockPerSm: positive,
    ...sourced,
  }),
  registers_KiB: positive.describe('register file of an SM'),
  l2: z.strictObject({ size_MiB: positive, bytesPerClock: positive.describe('reads, all slices'), ...sourced }),
  dram: z.strictObject({
    memory: z.string().min(1),
    usable_bytes: positive.describe('what a program can allocate, not what is soldered on'),
    bandwidth_GBps: positive,
    measured_GBps: positive.optional().describe('the most that was measured'),
    energy_pJPerBit: positive.nullable().describe('null: unknown'),
    ...sourced,
  }),
  power: z.strictObject({
    board_W: positive.describe('limit that the clock is lowered to keep'),
    idle_W: z.number().min(0).max(1e4),
    ...sourced,
  }),
  energy: z.strictObject({
    tensor_pJPerMac: typeRecord(positive).describe(
      'products with registers and shared memory at full rate; times tensorPower of the kernel',
    ),
    cuda_pJPerOp: positive.describe('one operation of one lane'),
    l2_pJPerByte: positive,
    ...sourced,
  }),
  profiles: z
    .record(z.string().regex(/^[a-z][a-z0-9-]*$/), profileSchema)
    .default({})
    .describe('machines that were measured, for --profile'),
  fitted: z
    .union([source, z.array(source).min(1)])
    .optional()
    .describe(
      'files of hw-configs/gpus/fitted, of this card and of similar ones: each kernel has the parameters of the first that knows it; absent: default parameters',
    ),
  kernel: z.string().min(1).optional().describe('NAME[+NAME]: kernels instead of those chosen by formats; absent or by-formats: none'),
  schedule: z
    .enum(scheduleNames)
    .optional()
    .describe(
      'in which order SMs take tiles, for the kernels that can run it (COMET: barriered, barrier-free, remapped, decomposed); absent: their own',
    ),
  w4a4Share: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe(
      'share of the blocks of channels that are W4A4 in kernels of two precisions (comet-w4ax), the rest W4A8; absent: what the layers say, 0.75 where they do not',
    ),
  profile: z
    .string()
    .min(1)
    .optional()
    .describe('a key of profiles: the machine that times are for; absent: kernel time on a healthy card'),
  defaults: z
    .strictObject({ activation: z.string(), weight: z.string(), output: z.string() })
    .default({ activation: 'bf16', weight: 'bf16', output: 'bf16' })
    .describe('operand formats of --layers rows that name none'),
});

/** A GPU file, checked, defaults filled in. */
export type GpuConfig = z.infer<typeof gpuSchema>;

/** What the models see of a GPU file. */
export function resolveGpu(config: GpuConfig): GpuDevice {
  const { name, kind, architecture, sms, clock_MHz, cuda, sharedMemory, registers_KiB, l2, dram, power, energy } = config;
  const rates = Object.entries(config.tensor) as [TensorType, { readonly macPerClockPerSm: number }][];
  return {
    name,
    kind,
    architecture,
    sms,
    clock_MHz,
    tensor_macPerClockPerSm: Object.fromEntries(rates.map(([type, { macPerClockPerSm }]) => [type, macPerClockPerSm])),
    cuda,
    sharedMemory,
    registers_KiB,
    l2,
    dram,
    power,
    energy,
  };
}

/** The profiles of a GPU file by name. */
export function profilesOf({ profiles }: Pick<GpuConfig, 'profiles'>): Readonly<Record<string, GpuProfile>> {
  return Object.fromEntries(Object.entries(profiles).map(([name, { source: _source, ...machine }]) => [name, { name, ...machine }]));
}

/** Kernel time on a healthy card: what a result is for when no profile is asked for. */
export const healthyCard: GpuProfile = { name: 'kernel time on a healthy card', launch_us: 0, clockFactor: 1 };
