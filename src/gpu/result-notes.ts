/** What a GPU result rests on and what it leaves out: constants with their sources, omissions with their reasons, and how far to trust it. */
import { namesText } from '../trace/names-text.js';
import type { Constant, LayerResult, Omission } from '../trace/simulation-result.js';
import { attentionParameters } from './attention/attention-parameters.js';
import { defaultError } from './default-errors.js';
import type { GpuDevice } from './device/gpu-device.js';
import type { FittedParameters } from './fitted-parameters.js';
import { gemmParameters } from './gemm/gemm-parameters.js';
import type { GpuMachine, GpuSetup, PreparedKernel } from './gpu-machine.js';
import { precisionNotes } from './precision-notes.js';
import { schedulesOf } from './timeline/schedules/schedule-name.js';

/** Every number of the card that entered the result, and the parameters of the kernels that ran. */
export function constantsOf({ config, profile }: GpuSetup, machine: GpuMachine): Constant[] {
  const { l2, dram, power, energy, tensor } = config;
  const constant = (name: string, value: number | null, unit: string, source: string): Constant[] =>
    value === null ? [] : [{ name, value, unit, source }];
  const types = [...new Set(machine.used().map(({ type }) => type))];
  return [
    ...constant('sms', config.sms, '', config.source),
    ...constant('clock', config.clock_MHz, 'MHz', config.source),
    ...types.flatMap((type) => [
      ...constant(`tensor.${type}`, tensor[type]?.macPerClockPerSm ?? null, 'products per clock and SM', tensor[type]?.source ?? ''),
      ...constant(`energy.tensor.${type}`, energy.tensor_pJPerMac[type] ?? null, 'pJ per product at tensorPower 1', energy.source),
    ]),
    ...constant('l2.bytes', l2.bytesPerClock, 'bytes per clock', l2.source),
    ...constant('l2.size', l2.size_MiB, 'MiB', l2.source),
    ...constant('l2.energy', energy.l2_pJPerByte, 'pJ per byte', energy.source),
    ...constant('dram.bandwidth', dram.bandwidth_GBps, 'GB/s', dram.source),
    ...constant('dram.energy', dram.energy_pJPerBit, 'pJ per bit', dram.source),
    ...constant('cuda.energy', energy.cuda_pJPerOp, 'pJ per lane operation', energy.source),
    ...constant('power.board', power.board_W, 'W', power.source),
    ...constant('power.idle', power.idle_W, 'W', power.source),
    ...constant('profile.launch', profile.launch_us, 'us per kernel', profile.name),
    ...constant('profile.clockFactor', profile.clockFactor, '', profile.name),
    ...constant('profile.boardFactor', profile.boardFactor ?? 1, '', profile.name),
    ...usedOnce(machine).flatMap(parametersOf),
  ];
}

/** A kernel is prepared again for other groups and for blocks of 8 bits: with the same parameters. */
function usedOnce(machine: GpuMachine): PreparedKernel[] {
  return [...new Map(machine.used().map((prepared) => [prepared.kernel.name, prepared])).values()];
}

function parametersOf({ kernel, fitted, parameters }: PreparedKernel): Constant[] {
  const attention = kernel.attention !== undefined;
  const standing = attention ? 'kernel file and docs/gpu/attention.md' : 'default of the GEMM model, not fitted';
  const source = fitted === undefined ? standing : `fitted on ${fitted.from} (lowbit calibrate)`;
  return (attention ? attentionParameters : gemmParameters).flatMap(({ name, unit }) => {
    const value = parameters[name];
    return value === undefined ? [] : [{ name: `${kernel.name}.${name}`, value, unit: unit === '1' ? '' : unit, source }];
  });
}

/** Parts without a value, each with its reason. */
export function omissionsOf({ config }: GpuSetup): Omission[] {
  return [
    { part: 'area', status: 'unknown', reason: 'dies of GPUs are not described' },
    ...(config.dram.energy_pJPerBit === null
      ? [{ part: 'dram', status: 'unknown' as const, reason: `${config.name} has no energy per DRAM bit: ${config.dram.source}` }]
      : []),
  ];
}

/** What the user should know: kernels, the machine the time is for, and how far measured kernels were off. */
export function notesOf(setup: GpuSetup, machine: GpuMachine, layers: readonly LayerResult[]): string[] {
  const { profile } = setup;
  const used = machine.used();
  const grouped = layers
    .filter(({ gemms, trace }) => gemms > 1 && trace.sharedOperand === 'none' && trace.kind === 'gemm')
    .map(({ name }) => name);
  return [
    `kernels: ${[...new Set(used.map(({ kernel, type }) => `${kernel.name} (${type} tensor cores)`))].join(', ')}; times are for ${profile.name}`,
    ...new Set(
      used
        .filter(({ kernel, fitted }) => kernel.attention === undefined || fitted !== undefined)
        .map((prepared) => trustNote(machine.device, prepared)),
    ),
    ...scheduleNotes(setup, used),
    ...precisionNotes(setup, machine, layers),
    ...attentionNotes(used, layers),
    ...(grouped.length === 0 ? [] : [`products with weights of their own are charged as one grouped launch (${namesText(grouped)})`]),
  ].filter((note) => note !== '');
}

/** Which kernels follow a schedule that was asked for. */
function scheduleNotes({ config: { schedule } }: GpuSetup, used: readonly PreparedKernel[]): string[] {
  const products = used.filter(({ kernel }) => kernel.attention === undefined);
  const names = (some: readonly PreparedKernel[]): string => [...new Set(some.map(({ kernel }) => kernel.name))].join(', ');
  const follow = products.filter(({ kernel }) => schedule !== undefined && schedulesOf(kernel).includes(schedule));
  const others = products.filter((prepared) => !follow.includes(prepared));
  if (schedule === undefined) return [];
  return [
    `schedule ${schedule}: ${names(follow)}${others.length === 0 ? '' : `; by their own: ${names(others)}`}; matrix-vector products have no tiles to order`,
  ];
}

/** How attention is charged, how far it was measured, and which rows another kernel does in passing. */
function attentionNotes(used: readonly PreparedKernel[], layers: readonly LayerResult[]): string[] {
  const attends = used.some(({ kernel }) => kernel.attention !== undefined);
  const inPassing = layers.filter(({ latency_s }) => latency_s === 0).map(({ name }) => name);
  return [
    ...(attends
      ? [
          'attention is one fused kernel, half of it in each of its products; decode was measured on an A100 (16-bit caches, mean error 11 % on numbers of heads not fitted to) and an L40S (FP8 caches, 15 %), other caches, other cards and prefill follow from operations and rates',
        ]
      : []),
    ...(inPassing.length === 0 ? [] : [`done inside another kernel, no time of their own: ${namesText(inPassing)}`]),
  ];
}

function trustNote({ name: device, architecture }: GpuDevice, prepared: PreparedKernel): string {
  const { fitted } = prepared;
  const kernel = prepared.kernel.name;
  const error = defaultError(architecture, prepared);
  const range = error === undefined ? undefined : `${error} (measured cards of ${architecture} by the fit of another card)`;
  if (fitted === undefined) {
    const expected = range === undefined ? 'their error is not known' : `expect a mean error of ${range}`;
    return `${kernel} was not measured on ${device} or a similar card: default parameters, ${expected}; \`lowbit calibrate\` fits it`;
  }
  const own = measuredError(fitted);
  const elsewhere =
    fitted.from === device ? '' : range === undefined ? '; on a card that was not measured more again' : `; by card alone ${range}`;
  if (fitted.like !== undefined)
    return `${kernel} was not measured: parameters of ${fitted.like}, fitted on ${fitted.from}${own === undefined ? '' : ` (mean error there ${own})`}, are used for it on ${device}: expect more than that${elsewhere}`;
  if (own === undefined) return '';
  if (fitted.from === device) return `${kernel} on ${device}: mean error ${own}`;
  const expected = range === undefined ? 'expect more' : `expect a mean error of ${range}`;
  return `${kernel} on ${fitted.from}: mean error ${own}; its parameters are used for ${device}, where it was not measured: ${expected}`;
}

/** Mean error of a fit on rows it has not seen, if it tells; on those it was fitted to otherwise. */
function measuredError({ errors }: FittedParameters): string | undefined {
  const all = errors?.find(({ regime, from_us }) => regime === 'all' && from_us === 0);
  const figures = all?.outOfSample ?? all?.inSample;
  if (all === undefined || figures === undefined) return undefined;
  const where = all.outOfSample === null ? 'on the rows it was fitted to' : 'on shapes it was not fitted to';
  return `${figures.mean_pct} % ${where} (${all.rows} rows)`;
}
