/**
 * What a GPU result says of operands of two precisions: the share of W4A4 blocks that COMET's kernel was charged with and who stated it, and what blocks of
 * 8 bits cost kernels of one precision (kernels/eight-bit-blocks.ts).
 */
import type { Operand } from '../trace/layer-trace.js';
import type { LayerResult } from '../trace/simulation-result.js';
import type { GpuMachine, GpuSetup } from './gpu-machine.js';
import { eightBitShare, hasEightBitBlocks } from './kernels/eight-bit-blocks.js';
import { DEFAULT_LOW_SHARE } from './timeline/kernel-model.js';

/** A layer with the kernel it ran on. */
interface Ran {
  readonly name: string;
  readonly mixed: boolean;
  readonly activation: Operand;
  readonly weight: Operand;
}

export function precisionNotes({ config: { w4a4Share } }: GpuSetup, machine: GpuMachine, layers: readonly LayerResult[]): string[] {
  const ran = layers.flatMap(({ kind, trace }): Ran[] => {
    const kernel = kind === 'gemm' ? machine.kernelOf(trace)?.kernel : undefined;
    if (kernel === undefined) return [];
    return [{ name: kernel.name, mixed: kernel.mixed !== undefined, activation: trace.activation, weight: trace.weight }];
  });
  const mixed = ran.filter((layer) => layer.mixed);
  return [...(w4a4Share === undefined ? statedNotes(mixed) : askedNotes(mixed, w4a4Share)), ...weightNotes(mixed), ...singleNotes(ran)];
}

function askedNotes(mixed: readonly Ran[], share: number): string[] {
  return mixed.length === 0 ? [] : [`${kernels(mixed)}: ${percent(share)} of the blocks of channels are W4A4, as asked, the rest W4A8`];
}

/** Of layers that say their share, and of those that do not. */
function statedNotes(mixed: readonly Ran[]): string[] {
  const shareOf = ({ activation }: Ran): number | undefined => eightBitShare(activation) ?? undefined;
  const stated = mixed.filter((layer) => shareOf(layer) !== undefined);
  const silent = mixed.filter((layer) => shareOf(layer) === undefined);
  const origins = [...new Set(stated.flatMap(({ activation }) => activation.statistics?.origin ?? []))].join(' and ');
  return [
    ...(stated.length === 0
      ? []
      : [
          `${kernels(stated)}: ${rangeText(stated.map((layer) => 1 - (shareOf(layer) ?? 0)))} of the blocks of channels are W4A4, the rest W4A8, as the activations say${origins === '' ? '' : ` (${origins})`}`,
        ]),
    ...(silent.length === 0
      ? []
      : [
          `${kernels(silent)}: ${percent(DEFAULT_LOW_SHARE)} of the blocks of channels are W4A4, the rest W4A8, as in COMET's figures: nothing is known of the activations; --w4a4-share or activation.outliers of a scheme states a share`,
        ]),
  ];
}

function weightNotes(mixed: readonly Ran[]): string[] {
  const wide = mixed.filter(({ weight }) => hasEightBitBlocks(weight));
  return wide.length === 0 ? [] : [`${kernels(wide)}: weights in blocks of 8 bits are charged as INT4, which its tiles are of`];
}

/** Kernels of one precision. */
function singleNotes(ran: readonly Ran[]): string[] {
  const known = ran.flatMap(({ name, mixed, activation, weight }) => {
    const share = Math.max(...[activation, weight].map((operand) => eightBitShare(operand) ?? 0));
    return mixed || share === 0 ? [] : [{ name, share }];
  });
  const unknown = ran.filter(({ mixed, activation }) => !mixed && eightBitShare(activation) === null);
  return [
    ...(known.length === 0
      ? []
      : [
          `${kernels(known)}: ${rangeText(known.map(({ share }) => share))} of the channels stand in blocks of 8 bits, whose INT4 products take the time of INT8`,
        ]),
    ...(unknown.length === 0 ? [] : [`${kernels(unknown)}: blocks of 8 bits are charged as INT4, for how many there are is not known`]),
  ];
}

function kernels(some: readonly { readonly name: string }[]): string {
  return [...new Set(some.map(({ name }) => name))].join(', ');
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(4))} %`;
}

function rangeText(shares: readonly number[]): string {
  return [...new Set([Math.min(...shares), Math.max(...shares)].map(percent))].join(' to ');
}
