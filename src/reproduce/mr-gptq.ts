/**
 * MR-GPTQ (arXiv 2509.23202): curves of its kernels (QuTLASS) on an RTX 5090 and a B200 by rows, in microseconds, and the largest speed-up of a layer.
 *   speed-up = bf16 / MXFP4 with the rotation of the activation, the largest over the rows of the figure
 * Fitted to the curves without rotation: two constants on B200, three on RTX 5090 (hw-configs/kernels/*-qutlass-*.yaml). Rotation and bf16 are not fitted here.
 */
import { unknownName } from '../lowbit-error.js';
import { arithmeticMean, gpuBench, type GemmRun, type GpuBench, type WeightShape } from './gpu-bench.js';
import { gpuReproduction } from './gpu-reproduction.js';
import type { PublishedTable } from './published-table.js';
import type { Reproduction, ReproductionInputs } from './reproduction.js';

interface Curve {
  readonly gpu: string;
  /** Architecture that its kernels are built for. */
  readonly built: string;
  readonly shape: WeightShape;
  readonly rows: readonly number[];
}

const cards: Readonly<Record<string, Curve>> = {
  'RTX 5090': { gpu: 'rtx-5090', built: 'sm120', shape: { n: 51200, k: 5120 }, rows: [1, 16, 32, 64, 128, 256, 512, 1024, 2048] },
  B200: { gpu: 'b200', built: 'sm100', shape: { n: 57344, k: 8192 }, rows: [1, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192] },
};

/** Kernels by metric; the baseline is that of the card. */
const kernels: Readonly<Record<string, { readonly format: string; readonly kernel?: string }>> = {
  mxfp4: { format: 'mxfp4', kernel: 'mxfp4-qutlass' },
  'mxfp4-hadamard': { format: 'mxfp4', kernel: 'mxfp4-hadamard' },
  nvfp4: { format: 'nvfp4', kernel: 'nvfp4-qutlass' },
  bf16: { format: 'bf16' },
};

export const mrGptqGpus: readonly string[] = Object.values(cards).map(({ gpu }) => gpu);
export const mrGptqKernels: readonly string[] = Object.values(cards).flatMap(({ built }) =>
  Object.values(kernels).flatMap(({ kernel }) => (kernel === undefined ? [] : [`${kernel}-${built}`])),
);

function cardNamed(name: string): Curve {
  const card = Object.hasOwn(cards, name) ? cards[name] : undefined;
  if (card === undefined) throw unknownName('card of MR-GPTQ', name, Object.keys(cards));
  return card;
}

function latency_us(bench: GpuBench, metric: string, { gpu, built, shape }: Curve, rows: number): number {
  const { format, kernel } = kernels[metric]!;
  const run: GemmRun = { gpu, activation: format, weight: format, output: 'bf16' };
  return 1e6 * bench.time_s(kernel === undefined ? run : { ...run, kernel: `${kernel}-${built}` }, rows, shape);
}

/** Published curves beside ours. */
export function reproduceMrGptq(published: PublishedTable, inputs: ReproductionInputs): Reproduction {
  const bench = gpuBench(inputs);
  const curves = Object.fromEntries(
    Object.keys(kernels).map((metric) => [
      metric,
      (row: string, column: string) => latency_us(bench, metric, cardNamed(row), Number(column)),
    ]),
  );
  const largest = (row: string): number => {
    const card = cardNamed(row);
    return Math.max(...card.rows.map((m) => latency_us(bench, 'bf16', card, m) / latency_us(bench, 'mxfp4-hadamard', card, m)));
  };
  const made = gpuReproduction(published, { ...curves, 'layer speed-up': largest }, () => bench.notes());
  return { ...made, notes: [...curveErrors(made), ...made.notes] };
}

/** Mean and largest error of every curve. */
function curveErrors({ cells }: Reproduction): string[] {
  return Object.keys(kernels).flatMap((metric) =>
    Object.keys(cards).flatMap((row) => {
      const points = cells.filter((cell) => cell.metric === metric && cell.row === row && cell.relativeError !== null);
      if (points.length === 0) return [];
      const errors = points.map(({ relativeError }) => Math.abs(relativeError ?? 0));
      const worst = points[errors.indexOf(Math.max(...errors))]!;
      const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
      return [
        `${metric} on ${row}: mean error ${percent(arithmeticMean(errors))} over ${points.length} points, largest ${percent(worst.relativeError ?? 0)} at ${worst.column} rows`,
      ];
    }),
  );
}
