/** `lowbit quantize`: codes, error and bits of real tensors; a trace, codes or dequantized values as files. */
import { existsSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { LowbitError } from '../../lowbit-error.js';
import { shownFile } from '../../config/files.js';
import { quantizerNamed } from '../../quantizers/index.js';
import { parseOptions } from '../../quantizers/quantize-options.js';
import type { QuantizeDocument } from '../../report/documents.js';
import { writeFileAtomically } from '../../tensors/atomic-file.js';
import { openWeights, type WeightSource } from '../../tensors/weight-source.js';
import { traceText } from '../../trace/trace-file.js';
import { single } from '../arguments.js';
import type { Arguments } from '../command.js';
import { envelope } from '../envelope.js';
import { versionsOf } from '../../config/model-versions.js';
import { toolVersion } from '../../config/tool-version.js';
import { hessianNotes, type FactoredMatrix } from './hessian-notes.js';
import { checkWritable } from './output-folder.js';
import { note, print, tablesOf } from './present.js';
import { withCalibration } from './quantize-calibration.js';
import {
  idleNotes,
  quantizeRequest,
  quantizeTotals,
  quantizeWeights,
  refusedNote,
  selectTensors,
  withRefused,
  type QuantizedWeight,
  type QuantizeRequest,
} from './quantize-weights.js';
import { codesWriter, dequantizedFile } from './tensor-output.js';
import { tracedLayers, type TracedWeight } from './traced-layers.js';

export async function runQuantize(args: Arguments): Promise<void> {
  const given = quantizeRequest(args);
  const input = single('input', args['input']) ?? '';
  checkOutputs(args, input);
  const request = await withCalibration(args, given, input);
  const source = await openWeights(input);
  try {
    const weights = await quantizeAll(args, source, request);
    const document = quantizeDocument(source, request, weights);
    const { refused } = selectTensors(source, request);
    await writeTrace(args, source, withRefused<TracedWeight>(source, weights, refused));
    note(args, [...idleNotes(request), ...hessianNotes(factored(request, weights)), ...refusedNote(refused)]);
    const text = args['json'] === true ? '' : await tablesOf([document], `${basename(input)}: ${request.quantizer}`);
    print(args, document, () => text);
  } finally {
    await source.close();
  }
}

function factored({ calibrations }: QuantizeRequest, weights: readonly QuantizedWeight[]): FactoredMatrix[] {
  return weights.flatMap(({ row: { name, cols, choices } }) => {
    const seen = calibrations?.get(name);
    if (seen?.hessian === undefined) return [];
    const { dampingUsed } = choices;
    return [{ name, inputs: cols, tokens: seen.tokens, ...(typeof dampingUsed === 'number' ? { dampingUsed } : {}) }];
  });
}

/** Two outputs in one file would be half of each. */
function checkOutputs(args: Arguments, input: string): void {
  const outputs = ['out', 'codes', 'dequantized'].flatMap((option) => single(option, args[option]) ?? []);
  const twice = outputs.find((file, i) => outputs.indexOf(file) !== i);
  if (twice !== undefined)
    throw new LowbitError('two outputs would go to the same file', { value: twice, remedy: 'give each its own name' });
  const overwritten = outputs.find((file) => isInput(file, input));
  if (overwritten !== undefined) {
    throw new LowbitError('the output would replace the weights that are read', {
      value: overwritten,
      remedy: 'give it another name or folder',
    });
  }
  const trace = single('out', args['out']);
  if (trace !== undefined && !trace.endsWith('.trace.json')) {
    throw new LowbitError('a layer trace is written to NAME.trace.json', {
      value: trace,
      place: '--out',
      remedy: `for example --out ${basename(trace, '.json')}.trace.json`,
    });
  }
  for (const file of outputs) checkOutput(file);
}

/** A file is put into place from its folder; a device is written as it is. */
function checkOutput(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) throw new LowbitError('a folder, not a file', { value: file, remedy: 'give the path of a file' });
  if (found === undefined || found.isFile()) checkWritable(dirname(found === undefined ? file : realpathSync(file)), file);
}

/** Whether a file is the input, or may be a shard of it: an existing file in the folder of a sharded model. */
function isInput(file: string, input: string): boolean {
  if (!existsSync(file) || !existsSync(input)) return false;
  const [output, source] = [realpathSync(file), realpathSync(input)];
  const sharded = statSync(source).isDirectory() ? source : source.endsWith('.json') ? dirname(source) : undefined;
  return output === source || (sharded !== undefined && dirname(output) === sharded && output.endsWith('.safetensors'));
}

/** The one pass over the tensors; with `--dequantized` the file is written as they come. */
async function quantizeAll(args: Arguments, source: WeightSource, request: QuantizeRequest): Promise<QuantizedWeight[]> {
  const weights: QuantizedWeight[] = [];
  const codes = codesWriter(single('codes', args['codes']), request);
  const take = (weight: QuantizedWeight & Parameters<typeof codes.add>[1]): void => {
    const { quantized: _codes, dequantized: _values, ...kept } = weight;
    weights.push(kept);
    codes.add(weight.info.name, weight);
  };
  const dequantized = single('dequantized', args['dequantized']);
  if (dequantized === undefined) await quantizeWeights(source, request, take);
  else note(args, await dequantizedFile(dequantized, { source, request, take }));
  await codes.write();
  return weights;
}

/** The document of one file under one quantizer. */
export function quantizeDocument(source: WeightSource, request: QuantizeRequest, weights: readonly QuantizedWeight[]): QuantizeDocument {
  const quantizer = quantizerNamed(request.quantizer);
  const options = parseOptions(quantizer, request.options) as QuantizeDocument['options'];
  const rows = weights.map(({ row }) => row);
  const done = new Set(rows.map(({ name }) => name));
  const refusals = new Map(selectTensors(source, request).refused.map(({ info, reason }) => [info.name, reason]));
  // What was read, by what does not depend on the quantizer: the values themselves are not kept.
  const tensors = weights.map(({ row: { name, rows, cols, histogram }, signal }) => ({ name, rows, cols, histogram, signal }));
  const versions = versionsOf({ quantizers: [request.quantizer] });
  return {
    ...envelope('quantize', { input: basename(source.path), quantizer: request.quantizer, options, tensors, versions }),
    input: shownFile(source.path),
    quantizer: request.quantizer,
    options,
    tensors: rows,
    totals: quantizeTotals(weights),
    skipped: source.tensors
      .filter(({ name }) => !done.has(name))
      .map(({ name, reason }) => ({ name, reason: reason ?? refusals.get(name) ?? 'not asked for' })),
  };
}

async function writeTrace(args: Arguments, source: WeightSource, weights: readonly TracedWeight[]): Promise<void> {
  const out = single('out', args['out']);
  if (out === undefined) {
    if (args['tokens'] !== undefined || args['input-shape'] !== undefined) {
      throw new LowbitError('--tokens and --input-shape size the layers of a trace', { remedy: 'add --out NAME.trace.json' });
    }
    return;
  }
  const { layers, notes } = tracedLayers(args, source, weights);
  const codes = single('codes', args['codes']);
  const text = traceText({
    tool: { name: 'lowbit', version: toolVersion() },
    source: `${basename(source.path)} ${single('quantizer', args['quantizer'])}`,
    ...(codes !== undefined && join(dirname(out), basename(codes)) === join(codes) ? { tensors: basename(codes) } : {}),
    layers: [...layers],
  });
  await writeFileAtomically(out, text);
  note(args, [...notes, `wrote ${out}`]);
}
