/**
 * node scripts/studies/tiny-model-page.mjs: draws docs/images/tiny-loss.svg and writes the table of docs/tiny-model.md, from provenance.json and reference.json
 * of models/tiny, tiny-outlier and tiny-moe. To be run after scripts/train-tiny and a build (dist/).
 * Curve: solid is text kept out of training, every 100 steps; pale the mean over the 100 training steps before.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chart, seriesScale } from '../../dist/report/charts/theme.js';
import { renderSvg } from '../../dist/report/svg.js';

/**
 * @typedef {{ step: number, trainingLoss: number, validationLoss: number }} Loss
 * @typedef {{ steps?: number, losses?: Loss[], parameters: number, size_bytes: number }} Provenance
 * @typedef {{ evaluation: { windows: number, scoredBytes: number, perplexity: number, bitsPerByte: number } }} Reference
 */
const root = fileURLToPath(new URL('../..', import.meta.url));
const page = join(root, 'docs', 'tiny-model.md');
const marks = ['<!-- figures -->', '<!-- end of figures -->'];

function read(/** @type {string} */ model, /** @type {string} */ file) {
  return /** @type {unknown} */ (JSON.parse(readFileSync(join(root, 'models', model, `${file}.json`), 'utf8')));
}

const written = ['tiny', 'tiny-outlier', 'tiny-moe'].filter((name) => existsSync(join(root, 'models', name, 'reference.json')));
const models = written.map((name) => ({
  name,
  .../** @type {Provenance} */ (read(name, 'provenance')),
  .../** @type {Reference} */ (read(name, 'reference')).evaluation,
}));
const trained = models.flatMap(({ name, losses }) => (losses === undefined ? [] : [{ name, losses }]));

/** Loss on the text kept out after the last step, in bits per byte. */
function lastBits(/** @type {Loss[]} */ losses) {
  return (losses.at(-1)?.validationLoss ?? NaN) / Math.LN2;
}

async function drawCurve() {
  const names = trained.map(({ name }) => name);
  const points = trained.flatMap(({ name, losses }) =>
    losses.flatMap(({ step, trainingLoss, validationLoss }) => [
      { model: name, step, of: 'kept out', bits: validationLoss / Math.LN2 },
      { model: name, step, of: 'training', bits: trainingLoss / Math.LN2 },
    ]),
  );
  const ends = trained.map(({ name, losses }) => `${name} ${lastBits(losses).toFixed(3)}`).join(', ');
  const spec = chart({
    title: 'Training of the tiny models',
    subtitle: `bits per byte of text kept out (solid) and of the training text (pale); at the end ${ends}`,
    description: `Losses over training steps; at the end on text kept out: ${ends} bits per byte.`,
    body: {
      width: 760,
      height: 320,
      data: { values: points },
      mark: { type: 'line', strokeWidth: 2, clip: true },
      encoding: {
        x: {
          field: 'step',
          type: 'quantitative',
          title: 'step of 4,096 bytes',
          scale: { domainMin: 0 },
          axis: { tickCount: 8, format: ',d' },
        },
        y: { field: 'bits', type: 'quantitative', title: 'bits per byte', scale: { zero: false, domainMax: 3 }, axis: { tickCount: 8 } },
        color: { field: 'model', type: 'nominal', title: null, scale: seriesScale(['', ...names]), legend: { values: names } },
        opacity: { field: 'of', type: 'ordinal', scale: { domain: ['kept out', 'training'], range: [1, 0.35] }, legend: null },
      },
    },
  });
  writeFileSync(join(root, 'docs', 'images', 'tiny-loss.svg'), `${await renderSvg(spec, 'tiny-loss')}\n`);
}

/** A row per model; what does not apply to a model stays empty. */
function table() {
  const rows = models.map((model) => [
    `\`models/${model.name}\``,
    model.parameters.toLocaleString('en-US'),
    (model.size_bytes / 1e6).toFixed(2),
    model.steps?.toLocaleString('en-US') ?? '',
    model.losses === undefined ? '' : lastBits(model.losses).toFixed(4),
    model.perplexity.toFixed(4),
    model.bitsPerByte.toFixed(4),
  ]);
  const head = [
    'model',
    'parameters',
    'file (MB)',
    'steps',
    'bits per byte, 128 windows kept out',
    'perplexity, evaluation text',
    'bits per byte',
  ];
  const line = (/** @type {string[]} */ cells) => `| ${cells.join(' | ')} |`;
  return [line(head), `|---|${'---:|'.repeat(head.length - 1)}`, ...rows.map(line)].join('\n');
}

function writeTable() {
  const text = readFileSync(page, 'utf8');
  const [begin = -1, end = -1] = marks.map((mark) => text.indexOf(mark));
  if (begin < 0 || end < begin) throw new Error(`${page} lacks the lines ${marks.join(' and ')}`);
  writeFileSync(page, `${text.slice(0, begin)}${marks[0] ?? ''}\n${table()}\n${text.slice(end)}`);
}

await drawCurve();
writeTable();
