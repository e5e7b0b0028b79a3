/**
 * What fits have found about a card: parameters per kernel and machines that measured it, each with where it comes from and its errors by regime.
 * Written by `lowbit calibrate` (hw-configs/gpus/fitted/), read with every device that names it. Values outside the physical range of their
 * parameter are refused, whoever wrote them.
 */
import { z } from 'zod';
import { attentionParameters } from '../attention/attention-parameters.js';
import { gemmParameters } from '../gemm/gemm-parameters.js';
import { regimeErrorSchema } from './error-table.js';
import type { ParameterSpec } from './parameter-spec.js';
import { profileParameters } from './profile-parameters.js';

const count = z.int().nonnegative();
const text = z.string().min(1);

const provenanceSchema = z.strictObject({
  source: z.array(text).min(1).describe('values of the column source'),
  file: text.describe('name of the measured file'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe('of its content'),
  gpu: text.describe('name of the card in the file'),
  dtypes: z.array(text).min(1),
  rows: count.describe('that were fitted'),
  refused: count.describe('left out because they cannot be true'),
  pairs: count.describe('(n,k) pairs among the rows; of attention: heads and queries'),
  folds: count.describe('of the cross validation, over pairs; 0: none'),
  seed: count,
  model: z
    .string()
    .regex(/^[0-9a-f]{12}$/)
    .describe('digest of the model version, the kernel and the numbers of the device that were fitted under'),
});
export type Provenance = z.infer<typeof provenanceSchema>;

const values = z.record(z.string(), z.number());

const fittedKernelSchema = z.strictObject({
  kind: z.literal('attention').optional().describe('the model the parameters are of; absent: that of GEMMs'),
  profile: text.optional().describe('machine that was measured, where its launch time and clock are not those of a healthy card'),
  parameters: values.describe('physical parameters of the model'),
  harness: values.optional().describe('parameters of how the rows were timed, which simulations leave at their start'),
  provenance: provenanceSchema,
  errors: z.array(regimeErrorSchema),
});

const fittedProfileSchema = z.strictObject({
  launch_us: z.number(),
  clockFactor: z.number(),
  boardFactor: z.number().default(1),
  kernel: text.describe('whose parameters were held'),
  provenance: provenanceSchema,
  errors: z.array(regimeErrorSchema),
});

const keys = z.string().regex(/^[a-z0-9][a-z0-9-]*$/);

export const fittedDeviceSchema = z
  .strictObject({
    device: text,
    kind: z.literal('gpu-fit'),
    kernels: z.record(keys, fittedKernelSchema).default({}),
    profiles: z.record(keys, fittedProfileSchema).default({}),
  })
  .superRefine((file, context) => {
    const refuse = (path: readonly string[], name: string, value: number | undefined, specs: readonly ParameterSpec[]): void => {
      const spec = specs.find((one) => one.name === name);
      if (spec === undefined) {
        const params = { shown: name, allowed: specs.map((one) => one.name) };
        context.addIssue({ code: 'custom', path: [...path], message: 'no such parameter', params });
      } else if (value === undefined || !(value >= spec.low && value <= spec.high)) {
        const params = {
          remedy: `${spec.meaning}: from ${spec.low} to ${spec.high}${spec.unit === '1' ? '' : ` ${spec.unit}`}; fit it again with \`lowbit calibrate\``,
        };
        context.addIssue({ code: 'custom', path: [...path], message: `${name} is outside what is physically possible`, params });
      }
    };
    for (const [kernel, { kind, parameters, harness = {} }] of Object.entries(file.kernels)) {
      const specs = kind === 'attention' ? attentionParameters : gemmParameters;
      for (const [name, value] of Object.entries(parameters)) refuse(['kernels', kernel, 'parameters', name], name, value, specs);
      for (const [name, value] of Object.entries(harness)) refuse(['kernels', kernel, 'harness', name], name, value, specs);
    }
    for (const [profile, fitted] of Object.entries(file.profiles))
      for (const { name } of profileParameters) refuse(['profiles', profile, name], name, fitted[name], profileParameters);
  });

/** A fitted file, checked, defaults filled in. */
export type FittedDevice = z.infer<typeof fittedDeviceSchema>;
