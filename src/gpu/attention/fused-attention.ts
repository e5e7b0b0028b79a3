/**
 * Closed form of fused attention (QK, softmax and PV in one kernel, scores never leave the SM), for decode and prefill alike.
 *   thread blocks = KV heads * ceil(rows / tile rows) * parts of the context, steps = keys of a part / tile keys
 *   products      = 2 rows keys headDim on tensor cores (rows padded to the tile), or on CUDA cores by a tile of one row, which serves all rows of its head
 *   conversion    = operations per element of K and V that a block loads (once per block, whatever its rows)
 *   softmax       = scores * (4 lane operations + 1 exponential), (1 - softmaxOverlap) of it shows beside tensor cores
 *   SM            = soft(max(blocks of the busiest SM * (products + conversion + softmax), waves * steps * stepLatency), blocks * block_us)
 *   main          = soft(max(SM, bytes through L2 / L2 bandwidth), DRAM bytes / effective bandwidth), no less than the power floor
 *   time          = launch + main + merging of the parts, least over tiles and parts
 * On the two products that a trace has, see half-attention.ts. Sources: FlashAttention-2 (arXiv 2307.08691), Flash-Decoding for parts of the context,
 * QServe (MLSys 2025) for conversions that bind before DRAM does; formulas and errors: docs/gpu/attention.md.
 * Left out: pages of the KV cache, sequences of unequal length, tiles above the diagonal of a causal mask (a trace gives fewer rows instead).
 */
import { soft } from '../gemm/overlap.js';
import type { KernelTile } from '../kernels/gpu-kernel.js';
import type { LayerCost } from '../layer-cost.js';
import type { AttentionMachine } from './attention-machine.js';
import type { AttentionShape } from './attention-shape.js';

/** A fused kernel on one tile and split: seconds, and what they are made of. */
export interface FusedAttention {
  readonly tile: KernelTile;
  readonly parts: number;
  readonly time_s: number;
  /** Of the busiest SM. */
  readonly products_s: number;
  readonly conversion_s: number;
  readonly softmax_s: number;
  /** What SMs do themselves; with the wait for L2; what DRAM needs. */
  readonly onSm_s: number;
  readonly sm_s: number;
  readonly dram_s: number;
  readonly main_s: number;
  readonly merge_s: number;
  /** Average over the busiest number of blocks of an SM. */
  readonly balance: number;
  readonly macs: number;
  readonly conversion_ops: number;
  readonly vector_ops: number;
  readonly dramRead_bytes: number;
  readonly dramWrite_bytes: number;
  readonly l2Read_bytes: number;
}

const { ceil, max, min } = Math;

interface Laid {
  readonly blocks: number;
  readonly busiest: number;
  readonly waves: number;
  readonly steps: number;
}

function lay(machine: AttentionMachine, shape: AttentionShape, tile: KernelTile, parts: number): Laid {
  const blocks = shape.heads * (tile.m === 1 ? 1 : ceil(shape.rows / tile.m)) * parts;
  return {
    blocks,
    busiest: ceil(blocks / machine.sms),
    waves: ceil(blocks / (machine.sms * (tile.blocksPerSm ?? 1))),
    // Tiles of keys that are left out (FPSAttention) are neither loaded nor multiplied.
    steps: max(1, ceil(ceil(shape.keys / parts) / tile.n) * machine.attention.keptTiles),
  };
}

interface Block {
  readonly products_s: number;
  readonly conversion_s: number;
  readonly softmax_s: number;
  readonly macs: number;
  readonly conversion_ops: number;
  readonly vector_ops: number;
}

/** Work of one thread block. */
function blockWork(machine: AttentionMachine, shape: AttentionShape, tile: KernelTile, steps: number): Block {
  const { attention } = machine;
  const keys = steps * tile.n;
  const onCuda = tile.m === 1;
  const rows = onCuda ? shape.rows : min(tile.m, shape.rows);
  const elements = 2 * keys * shape.headDim;
  const conversion_ops = elements * machine.kernel.conversion.perWeight_ops;
  const perProduct = attention.lanes === 'half2' ? 0.5 : 1;
  const scores = rows * keys;
  const tensor_s = tile.m * elements * machine.mac_s;
  const softmax_s = scores * machine.score_s;
  return {
    products_s: onCuda ? rows * elements * perProduct * machine.laneOp_s : tensor_s,
    conversion_s: conversion_ops * machine.laneOp_s,
    softmax_s: onCuda ? softmax_s : max((1 - machine.softmaxOverlap) * softmax_s, softmax_s - tensor_s),
    macs: rows * elements,
    conversion_ops,
    vector_ops: scores * machine.score_ops,
  };
}

function readBytes(machine: AttentionMachine, shape: AttentionShape, blocks: number, perBlock: number): number {
  const { heads, rows, headDim, query_bits, kv_bits, keys } = shape;
  const once = (heads * 2 * keys * machine.attention.keptTiles * headDim * kv_bits) / 8;
  const kept = min(once, machine.kept_bytes);
  // Row blocks of a head run side by side; what they read again comes from L2 while the keys and values of the heads in flight fit.
  const inFlight = min(1, (machine.l2_bytes * blocks) / max(1, once * machine.sms));
  const again = max(0, blocks * perBlock - once) * (1 - inFlight);
  return once - kept + again + (heads * rows * headDim * query_bits) / 8;
}

/** One tile and split. */
function candidate(machine: AttentionMachine, shape: AttentionShape, tile: KernelTile, parts: number): FusedAttention {
  const { heads, rows, headDim, output_bits, kv_bits } = shape;
  const { blocks, busiest, waves, steps } = lay(machine, shape, tile, parts);
  const work = blockWork(machine, shape, tile, steps);
  const loss = machine.overlapLoss;
  const perBlock_bytes = (steps * tile.n * 2 * headDim * kv_bits) / 8;
  const l2Read_bytes = blocks * perBlock_bytes;
  const dramRead_bytes = readBytes(machine, shape, blocks, perBlock_bytes);
  const dramWrite_bytes = (heads * rows * headDim * output_bits) / 8;
  // Partial outputs of fp32 with a maximum and a sum each, written and read once, in L2.
  const merge_s = parts === 1 ? 0 : machine.split_s + 2 * parts * heads * rows * (headDim + 2) * 4 * machine.l2_sPerByte;
  const used_s = busiest * (work.products_s + work.conversion_s + work.softmax_s);
  const onSm_s = soft(max(used_s, waves * steps * machine.step_s), busiest * machine.block_s, loss);
  const sm_s = max(onSm_s, l2Read_bytes * machine.l2_sPerByte);
  const dram_s = (dramRead_bytes + dramWrite_bytes) * machine.dram_sPerByte;
  const { power } = machine;
  const sustained_s =
    blocks * (work.macs * power.s_perMac + (work.conversion_ops + work.vector_ops) * power.s_perConversionOp) +
    (dramRead_bytes + dramWrite_bytes) * power.s_perDramByte +
    l2Read_bytes * power.s_perL2Byte;
  const main_s = max(soft(sm_s, dram_s, loss), sustained_s);
  return {
    tile,
    parts,
    time_s: machine.launch_s + main_s + merge_s,
    products_s: busiest * work.products_s,
    conversion_s: busiest * work.conversion_s,
    softmax_s: busiest * work.softmax_s,
    onSm_s,
    sm_s,
    dram_s,
    main_s,
    merge_s,
    balance: blocks / (busiest * machine.sms),
    macs: blocks * work.macs,
    conversion_ops: blocks * work.conversion_ops,
    vector_ops: blocks * work.vector_ops,
    dramRead_bytes,
    dramWrite_bytes,
    l2Read_bytes,
  };
}

/** Tiles a kernel takes for so many rows: that of one row alone while its path is forced, and never for more rows than it serves. */
function tilesFor({ kernel, attention }: AttentionMachine, rows: number): readonly KernelTile[] {
  const vector = kernel.tiles.filter(({ m }) => m === 1);
  const others = kernel.tiles.filter(({ m }) => m > 1);
  if (rows <= attention.forcedRows && vector.length > 0) return vector;
  return others.length === 0 || rows <= attention.maxVectorRows ? kernel.tiles : others;
}

/** The cheapest tile and number of parts: what the heuristics of a library aim at. */
export function fusedAttention(machine: AttentionMachine, shape: AttentionShape): FusedAttention {
  let best: FusedAttention | undefined;
  for (const tile of tilesFor(machine, shape.rows)) {
    for (const parts of machine.kernel.splitK) {
      if (parts > 1 && shape.keys / parts < tile.n) break;
      const cost = candidate(machine, shape, tile, parts);
      if (best === undefined || cost.time_s < best.time_s) best = cost;
    }
  }
  if (best === undefined) throw new Error(`${machine.kernel.name} has no tile`);
  return best;
}

/** What the time of the kernel is made of for the most part. */
export function attentionBound(machine: AttentionMachine, fused: FusedAttention): LayerCost['bound'] {
  const { products_s, conversion_s, softmax_s, onSm_s, sm_s, dram_s, main_s } = fused;
  if (machine.launch_s > main_s) return 'launch';
  if (dram_s >= sm_s) return 'dram';
  if (sm_s > onSm_s) return 'l2';
  const work_s = products_s + softmax_s + conversion_s;
  if (work_s < 0.5 * sm_s) return 'latency';
  return conversion_s > products_s + softmax_s ? 'dequant' : 'compute';
}
