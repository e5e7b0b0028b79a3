/** `simulate --timeline FILE`: one layer on the event-driven SMs of a GPU, as a trace for Perfetto (.json) or a picture (.svg). */
import { extname } from 'node:path';
import type { Segment } from '../../trace/segment.js';
import { LowbitError, unknownName } from '../../lowbit-error.js';
import { toPerfetto } from '../../report/perfetto.js';
import { toSmGantt } from '../../report/sm-gantt.js';
import { writeFileAtomically } from '../../tensors/atomic-file.js';
import type { LayerTrace } from '../../trace/layer-trace.js';
import { single } from '../arguments.js';
import type { Arguments } from '../command.js';
import type { Design } from './design.js';

const writers = { '.json': toPerfetto, '.svg': toSmGantt } as const;

/** Writes the timeline that `--timeline` asks for; returns what to say about it. Throws LowbitError for a layer or design that has none. */
export async function writeTimeline(args: Arguments, design: Design, segments: readonly Segment[]): Promise<string[]> {
  const file = single('timeline', args['timeline']);
  if (file === undefined) {
    if (args['layer'] !== undefined) throw new LowbitError('--layer goes with --timeline only', { remedy: 'add --timeline FILE.svg' });
    return [];
  }
  const writer = Object.hasOwn(writers, extname(file)) ? writers[extname(file) as keyof typeof writers] : undefined;
  if (writer === undefined) {
    throw new LowbitError('--timeline writes .json (Perfetto) or .svg', { value: file, allowed: Object.keys(writers) });
  }
  if (design.timeline === undefined) {
    throw new LowbitError('--timeline goes with GPUs only', { value: design.name, remedy: 'see `lowbit list gpus`' });
  }
  const layer = layerOf(args, segments);
  const run = design.timeline(layer);
  if (run === undefined) {
    throw new LowbitError('no thread blocks to show: this layer takes the matrix-vector path', {
      value: layer.name,
      remedy: 'ask for a layer with more rows',
    });
  }
  const title = `${layer.name} (${layer.m} x ${layer.n} x ${layer.k}) on ${design.name}, without launch`;
  await writeFileAtomically(file, writer(run.timeline, title));
  return [`wrote ${file}: ${run.timeline.tiles.length} thread blocks, ${(run.time_s * 1e6).toPrecision(4)} us with launch`];
}

/** The layer of `--layer`, or the only GEMM there is. */
function layerOf(args: Arguments, segments: readonly Segment[]): LayerTrace {
  const gemms = segments.flatMap(({ layers }) => layers.filter(({ kind }) => kind === 'gemm'));
  const names = [...new Set(gemms.map(({ name }) => name))];
  const asked = single('layer', args['layer']);
  const found = gemms.find(({ name }) => asked === undefined || name === asked);
  if (found === undefined) throw unknownName('layer', asked ?? '', names);
  if (asked === undefined && names.length > 1) {
    throw new LowbitError('--timeline shows one layer', { allowed: names.slice(0, 20), remedy: 'add --layer NAME' });
  }
  return found;
}
