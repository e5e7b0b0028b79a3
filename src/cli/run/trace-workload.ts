/** `--trace FILE`: layers that another run or another tool wrote. */
import { readText } from '../../config/files.js';
import { parseTrace } from '../../trace/trace-file.js';
import { convolutionNotes } from '../../trace/workload/convolution.js';
import { positiveInteger, single } from '../arguments.js';
import type { Arguments } from '../command.js';
import { phaseDescription, segmentOf, weightBytes, type PreparedWorkload } from './segment.js';

/** `--tokens` resizes the layers that have a weight and no convolution geometry. */
export function traceWorkload(args: Arguments): PreparedWorkload {
  const file = single('trace', args['trace']) ?? '-';
  const { layers, source } = parseTrace(readText(file), file === '-' ? 'stdin' : file);
  const tokens = positiveInteger('tokens', args['tokens'], undefined);
  const resized = layers.map((layer) =>
    tokens === undefined || layer.kind !== 'gemm' || layer.conv !== undefined ? layer : { ...layer, m: tokens },
  );
  return {
    segments: [segmentOf(args, resized)],
    model_bytes: weightBytes(resized),
    description: {
      trace: file,
      ...(source === undefined ? {} : { source }),
      ...(tokens === undefined ? {} : { tokens }),
      ...phaseDescription(args),
    },
    title: source ?? file,
    notes: convolutionNotes(resized),
    versions: {},
  };
}
