/**
 * The seconds of a GEMM by cause as formulas with numbers: those of candidate.ts (tiles in waves) and matrix-vector.ts, with the parameters of the kernel in
 * place. Each `numbers` is an expression that evaluates to `value`; what a term builds on stands before it.
 */
import type { Term } from '../../trace/term.js';
import { charge } from './charge.js';
import { softText, streamText, type Adder, type Explained } from './explained.js';
import type { GemmShape } from './gemm-cost.js';
import { gemmMachine } from './gemm-machine.js';
import { parameterValue } from './gemm-parameters.js';
import { lastWave_s, mixedWave } from './last-wave.js';
import { matrixVector } from './matrix-vector.js';
import { soft } from './overlap.js';
import type { GemmSetup } from './plan-work.js';
import { searcher } from './tactic.js';
import { issuedShare, mathType, type TileCost } from './tile-table.js';

const SOURCE = 'docs/gpu/gemm.md, with the parameters of the kernel';

/** Terms of the causes of a GEMM, what they build on first. */
export function explainGemm(setup: GemmSetup, shape: GemmShape): Term[] {
  const { device, kernel, profile } = setup;
  const parameters = { ...kernel.parameters, ...setup.parameters };
  const machine = gemmMachine(device, kernel, parameters, profile);
  const { search, charged, best, problem } = searcher(machine);
  search(shape);
  const terms: Term[] = [];
  const adder =
    (unit: string): Adder =>
    (name, formula, numbers, value) => {
      terms.push({ name, formula, numbers, value, unit, source: SOURCE });
      return value;
    };
  const value = (name: string): number => parameterValue(parameters, name);
  const explained = { setup, machine, problem, best, out: charged(), value, add: adder('s'), count: adder('') };
  if (best.tile === matrixVector) explainMatrixVector(explained);
  else explainTiles(explained);
  explainLaunch(explained);
  return terms;
}

function explainLaunch({ setup, value, out, add }: Explained): void {
  const { kernel, profile } = setup;
  const launches = 1 + kernel.before.length + kernel.after.length;
  const numbers = `(${value('launch_us')} + ${profile.launch_us}) * 1e-6 * ${launches}`;
  add('launch time', '(launch_us of the kernel + that of the machine that times are for) * kernels', numbers, out[charge.launch]!);
}

/** One step along k of a block: products, conversion that shows, loads from L2. */
function explainStep({ setup, machine, problem, best, value, add }: Explained, cost: TileCost): void {
  const { device, kernel, profile } = setup;
  const { tile, tensor_s, exposed_s, conversion_ops, special_ops, blocksPerSm } = cost;
  const clock = `${device.clock_MHz} * 1e6 * ${profile.clockFactor}`;
  const type = mathType(device, kernel);
  const efficiency = `${value('tensorEfficiency')} * (${tile.m} * ${tile.n} / 32768) ^ ${value('areaExponent')}`;
  const products = `${tile.m} * ${tile.n} * ${tile.k} * ${kernel.passes}`;
  const issued = issuedShare(device, kernel);
  const rate = `${device.tensor_macPerClockPerSm[type]!}${issued === 1 ? '' : ` * ${issued}`} * ${clock}`;
  add(
    'products of a step',
    `tile * passes / (${type} products per clock and SM * clock * tensorEfficiency * (m n of the tile / 32768)^areaExponent)`,
    `${products} / (${rate} * ${efficiency})`,
    tensor_s,
  );
  if (conversion_ops > 0) {
    const { fp32_fmaPerClockPerSm: lanes, sfu_opPerClockPerSm: units } = device.cuda;
    const lane_ops = conversion_ops - special_ops;
    const seconds = (lane_ops / lanes + special_ops / units) / (device.clock_MHz * 1e6 * profile.clockFactor);
    const overlap = setup.parameters['conversionOverlap'] ?? kernel.parameters['conversionOverlap'] ?? kernel.conversion.overlap;
    const [also, special] = special_ops > 0 ? [' + operations of special units / units', ` + ${special_ops} / ${units}`] : ['', ''];
    add('conversion of a step', `(lane operations / lanes${also}) / clock`, `(${lane_ops} / ${lanes}${special}) / (${clock})`, seconds);
    add(
      'conversion of a step that shows',
      'max(products, conversion) + (1 - overlap) / blocks that fit an SM * min(products, conversion) - products',
      `max(${tensor_s}, ${seconds}) + (1 - ${overlap}) / ${blocksPerSm} * min(${tensor_s}, ${seconds}) - ${tensor_s}`,
      exposed_s,
    );
  }
  const bytes = (tile.k * (tile.m * problem.activation_bits + tile.n * problem.weight_bits)) / 8;
  const loads = bytes * machine.l2_sPerByte * machine.sms;
  const l2 = `${device.l2.bytesPerClock} * ${clock} * ${value('l2Efficiency')}`;
  add(
    'loads of a step',
    "bytes of both operands / (an SM's share of L2 bandwidth * l2Efficiency)",
    `${bytes} * ${machine.sms} / (${l2})`,
    loads,
  );
  add('step along k', 'products and conversion beside loads', softText(tensor_s + exposed_s, loads, machine.overlapLoss), best.step_s);
}

function explainTiles(explained: Explained): void {
  const { machine, problem, best, out, add, count } = explained;
  const cost = machine.tiles[best.tile]!;
  const { tile, blocksPerSm, tensor_s, exposed_s } = cost;
  const { m, n, k } = problem;
  const { split, step_s } = best;
  explainStep(explained, cost);
  const blocks = Math.ceil(m / tile.m) * Math.ceil(n / tile.n) * split;
  const slots = machine.sms * blocksPerSm;
  const steps = count(
    'steps',
    'k / k of the tile / parts',
    `ceil(ceil(${k} / ${tile.k}) / ${split})`,
    Math.ceil(Math.ceil(k / tile.k) / split),
  );
  const full = count(
    'full waves',
    'thread blocks / (SMs * blocks that fit one)',
    `floor(${blocks} / ${slots})`,
    Math.floor(blocks / slots),
  );
  const rest = blocks - full * slots;
  const last = count(
    'blocks of the last wave on an SM',
    'those that are left / SMs',
    `ceil(${rest} / ${machine.sms})`,
    Math.ceil(rest / machine.sms),
  );
  const { waits, main_s: main } = explainMain(explained, { blocks, slots, steps, full, rest, last });
  const average = `${blocks} / ${machine.sms} * ${steps}`;
  const busy = (full * blocksPerSm + last) * steps * (tensor_s + exposed_s);
  const sustained = out[charge.sustained]!;
  add(
    'compute time',
    'blocks of an average SM * steps * products of a step, and what board power adds',
    `${average} * ${tensor_s} + max(0, ${sustained} - ${main})`,
    out[charge.compute]!,
  );
  add('dequant time', 'blocks of an average SM * steps * conversion that shows', `${average} * ${exposed_s}`, out[charge.dequant]!);
  add(
    'laneStall time',
    'the busiest SM beyond an average one',
    `(${full} * ${blocksPerSm} + ${last} - ${blocks} / ${machine.sms}) * ${steps} * (${tensor_s} + ${exposed_s})`,
    out[charge.laneStall]!,
  );
  add(
    'dramStall time',
    'main part - products and conversion of the busiest SM - waiting for latency, and passes of their own',
    `max(0, ${main} - ${busy} - ${waits}) + ${problem.passes_s}`,
    out[charge.dramStall]!,
  );
  explainEnds(explained, { waves: full + (rest > 0 ? 1 : 0), waits, perSm: full * blocksPerSm + last, step_s });
}

interface Waves {
  readonly blocks: number;
  readonly slots: number;
  readonly steps: number;
  readonly full: number;
  readonly rest: number;
  readonly last: number;
}

/** Seconds of the main part in SMs and DRAM: full waves, then the last one. */
function partsOf({ machine, best, out }: Explained, { blocks, slots, steps, full, rest, last }: Waves) {
  const { tile, blocksPerSm } = machine.tiles[best.tile]!;
  const latency = tile.k * machine.latencyPerK_s;
  const fullRound = blocksPerSm * best.step_s;
  const lastRound = last * best.step_s;
  const block = { local_s: steps * best.step_s, latency_s: steps * latency, dram_s: out[charge.dram]! / blocks };
  const mixed = mixedWave(machine, rest, block);
  const fullWait = full > 0 && latency > fullRound ? full * steps * (latency - fullRound) : 0;
  const lastWait = rest > 0 && latency > lastRound ? steps * (latency - lastRound) : 0;
  const full_s = [full * steps * fullRound + fullWait, block.dram_s * full * slots] as const;
  const last_s = lastWave_s(machine, rest, block);
  const waves_s = soft(...full_s, machine.overlapLoss) + last_s;
  return {
    latency,
    waits: fullWait + lastWait,
    full_s,
    last_s,
    waves_s,
    main_s: Math.max(waves_s, out[charge.padding]!),
    lastText: mixed
      ? `${mixed.together_s} + (1 - ${mixed.together_s} / ${mixed.pace_s}) * ${mixed.alone_s}`
      : softText(steps * lastRound + lastWait, block.dram_s * rest, machine.overlapLoss),
  };
}

function explainMain(explained: Explained, waves: Waves): ReturnType<typeof partsOf> {
  const { machine, problem, best, out, add } = explained;
  const { blocksPerSm } = machine.tiles[best.tile]!;
  const { steps, full, rest, last } = waves;
  const parts = partsOf(explained, waves);
  const bytes = out[charge.dramRead_bytes]! - problem.passesDram_bytes + problem.dramWrite_bytes;
  add(
    'DRAM time',
    'bytes read and written / (bandwidth * min(1, dramEfficiency * (bytes / 256 MiB)^dramGrowth))',
    streamText(explained, bytes, 'dramEfficiency'),
    out[charge.dram]!,
  );
  const wait = (count: number, round: number): string => `${count} * ${steps} * max(0, ${parts.latency} - ${round} * ${best.step_s})`;
  const waiting = [...(full > 0 ? [wait(full, blocksPerSm)] : []), ...(rest > 0 ? [wait(1, last)] : [])].join(' + ');
  add('waiting for latency', 'waves * steps * (stepLatency_ns of the step - blocks on the SM * step)', waiting, parts.waits);
  const apart = ', or until SMs with fewer blocks are done and what is then left of the others';
  add(
    'last wave',
    `SMs beside their share of DRAM: max + overlapLoss * min^3 / max^2${rest > machine.sms ? apart : ''}`,
    parts.lastText,
    parts.last_s,
  );
  explainPadding(explained);
  add(
    'main part',
    'full waves, SMs beside their share of DRAM, and the last one, or longer for rows beyond m',
    `max(${softText(...parts.full_s, machine.overlapLoss)} + ${parts.last_s}, ${out[charge.padding]!})`,
    parts.main_s,
  );
  explainPower(explained);
  return parts;
}

function explainPadding({ machine, problem, best, out, add }: Explained): void {
  const { m, n, k, activation_bits } = problem;
  const { tile } = machine.tiles[best.tile]!;
  if (machine.padding_sPerByte === 0) return;
  add(
    'rows beyond m',
    '(ceil(m / m of the tile) * m of the tile - m) * ceil(n / n of the tile) * k * bytes / (clock * padding_bytesPerClock)',
    `(ceil(${m} / ${tile.m}) * ${tile.m} - ${m}) * ceil(${n} / ${tile.n}) * ${k} * ${activation_bits} / 8 * ${machine.padding_sPerByte}`,
    out[charge.padding]!,
  );
}

function explainPower({ machine, problem, out, add }: Explained): void {
  const { power } = machine;
  const { m, n, k, dramWrite_bytes, passesDram_bytes } = problem;
  const bytes = out[charge.dramRead_bytes]! - passesDram_bytes + dramWrite_bytes;
  add(
    'least time of board power',
    '(products, DRAM bytes, L2 bytes, conversions) * energy of each / (board power - idle power)',
    `${m} * ${n} * ${k} * ${power.s_perMac} + ${bytes} * ${power.s_perDramByte} + ${out[charge.l2Read_bytes]!} * ${power.s_perL2Byte} + ${out[charge.conversion]!} * ${power.s_perConversionOp}`,
    out[charge.sustained]!,
  );
}

/** First loads, epilogue and the meeting of parts along k. */
function explainEnds(
  { machine, problem, best, out, value, add }: Explained,
  { waves, waits, perSm }: { readonly waves: number; readonly waits: number; readonly perSm: number; readonly step_s: number },
): void {
  const { tile, blocksPerSm } = machine.tiles[best.tile]!;
  const { split } = best;
  add(
    'fill time',
    'waves * blockFill_us + waiting for latency',
    `${waves} * ${value('blockFill_us')} * 1e-6 + ${waits}`,
    out[charge.fill]!,
  );
  const held = Math.min(perSm, blocksPerSm) * tile.m * tile.n;
  const epilogue = `${waves} * ${held} * ${value('epilogue_us')} * 1e-6 / 32768`;
  const meeting = `${machine.splitSerial ? split : 1} * ${value('splitFixed_us')} * 1e-6 + ${split} * ${problem.m} * ${problem.n} * ${machine.splitOutput_s}`;
  add(
    'drain time',
    'waves * outputs that an SM holds * epilogue_us / 32768, and the meeting of parts along k',
    split > 1 ? `${epilogue} + ${meeting}` : epilogue,
    out[charge.drain]!,
  );
}

function explainMatrixVector(explained: Explained): void {
  const { setup, machine, problem, out, value, add } = explained;
  const { gemv } = machine;
  const { device, profile } = setup;
  const { m, n, k } = problem;
  const bytes = problem.weightMiss_bytes + problem.activationMiss_bytes + problem.dramWrite_bytes;
  const rate = `${device.cuda.fp32_fmaPerClockPerSm} * ${device.sms} * ${device.clock_MHz} * 1e6 * ${profile.clockFactor}`;
  const stream = out[charge.dram]!;
  add(
    'DRAM time',
    'bytes read and written / (bandwidth * min(1, gemvEfficiency * (bytes / 256 MiB)^dramGrowth))',
    streamText(explained, bytes, 'gemvEfficiency'),
    stream,
  );
  const products = add(
    'compute time',
    'products / (lanes * SMs * clock * gemvRate)',
    `${m} * ${n} * ${k} / (${rate} * ${value('gemvRate')})`,
    out[charge.compute]!,
  );
  const latency = add(
    'fill time',
    'max(1, blocks / (SMs * 16)) * gemvBlock_us + k / 1024 * gemvStep_us',
    `max(1, ${n} / (${gemv.outputsPerBlock} * ${machine.sms} * 16)) * ${value('gemvBlock_us')} * 1e-6 + ${k} / 1024 * ${value('gemvStep_us')} * 1e-6`,
    out[charge.fill]!,
  );
  const longer = softText(latency + products, stream, machine.overlapLoss);
  add(
    'dramStall time',
    'latency and products beside DRAM, beyond them, and passes of their own',
    `max(0, ${longer} - ${latency} - ${products}) + ${problem.passes_s}`,
    out[charge.dramStall]!,
  );
}
