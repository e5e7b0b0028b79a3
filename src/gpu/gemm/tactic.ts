/**
 * Which tile and split a library takes: the one that is fastest in the model, which stands for heuristics and for tactics that were timed.
 * A library with a table of tactics by power of two of m (plugins of TensorRT-LLM) takes for m what is fastest at the next power of two: from there come
 * jumps between m = 64 and 80 and the same time for m = 160 and 192. It times tactics again and again on the same buffers, so with weights in L2 where
 * they fit, whatever the call finds there.
 * Source: TensorRT-LLM gemmPluginProfiler.cpp (rows rounded up to a power of two, at most 8192; 5 warm-up runs and 10 timed ones on the same buffers),
 * cutlass_heuristic.cpp (a split keeps whole steps along k).
 * Left out: noise of the timing that picks a tactic, which makes close ones change places.
 */
import { chargeCandidate, stepSeconds, type Choice } from './candidate.js';
import { charge } from './charge.js';
import type { GemmShape } from './gemm-cost.js';
import type { GemmMachine } from './gemm-machine.js';
import { emptyProblem, keepWeights, pose, type Problem } from './gemm-problem.js';
import { chargeMatrixVector, matrixVector } from './matrix-vector.js';
import type { TileCost } from './tile-table.js';

/** Most rows that a table of tactics knows. */
const TABLE_ROWS = 8192;

export interface Searcher {
  /** Seconds of the cheapest candidate, which `best` then holds. */
  search: (shape: GemmShape) => number;
  /** Charges of `best`. */
  charged: () => Float64Array;
  readonly best: Readonly<Choice>;
  readonly problem: Readonly<Problem>;
}

interface Search {
  readonly machine: GemmMachine;
  readonly problem: Problem;
  /** Seconds of a step along k, by tile. */
  readonly steps: Float64Array;
  readonly choice: Choice;
  readonly best: Choice;
  readonly out: Float64Array;
}

function tableRows(m: number): number {
  let rows = 1;
  while (rows < m && rows < TABLE_ROWS) rows *= 2;
  return rows;
}

/** Steps of the tiles depend on the bits of the operands, which seldom change between shapes; Infinity: two stages do not fit shared memory. */
function weigh({ machine, problem, steps }: Search, shape: GemmShape): void {
  if (shape.activation_bits === problem.activation_bits && shape.weight_bits === problem.weight_bits) return;
  const { activation_bits, weight_bits } = shape;
  const stage_bytes = ({ tile }: TileCost): number => (tile.k * (tile.m * activation_bits + tile.n * weight_bits)) / 8;
  // Where no tile fits, its stages are shorter than the file says: the tiles with the least bytes are kept.
  const least = Math.max(machine.stage_bytes, Math.min(...machine.tiles.map(stage_bytes)));
  for (let i = 0; i < steps.length; i++) {
    const cost = machine.tiles[i]!;
    steps[i] = stage_bytes(cost) > least ? Infinity : stepSeconds(machine, cost, activation_bits, weight_bits);
  }
}

/** Cheapest tile and split of the posed problem into `best`, if below `limit_s`. */
function cheapestTile({ machine, problem, steps, choice, best, out }: Search, limit_s: number): number {
  const { m, n, k } = problem;
  let least = limit_s;
  for (let i = 0; i < steps.length; i++) {
    if (steps[i] === Infinity) continue;
    const { tile, blocksPerSm } = machine.tiles[i]!;
    const tiles = Math.ceil(m / tile.m) * Math.ceil(n / tile.n);
    choice.tile = i;
    choice.step_s = steps[i]!;
    for (const split of machine.splitK) {
      // A part keeps two steps along k (in tables of tactics: whole ones); a GPU that has eight waves is filled without a split.
      if (split > 1 && (split * 2 * tile.k > k || tiles * split > 8 * machine.sms * blocksPerSm)) break;
      if (split > 1 && machine.roundedTactic && k % (split * tile.k) !== 0) continue;
      choice.split = split;
      choice.limit_s = least;
      const time = chargeCandidate(machine, problem, choice, out);
      if (time < least) {
        least = time;
        best.tile = i;
        best.split = split;
        best.step_s = choice.step_s;
      }
    }
  }
  return least;
}

function tactic(search: Search, shape: GemmShape): number {
  const { machine, problem, best, out } = search;
  const { gemv } = machine;
  weigh(search, shape);
  pose(machine, shape, shape.m, problem);
  best.tile = matrixVector;
  best.split = 1;
  if (gemv.forced && shape.m <= gemv.maxRows) return chargeMatrixVector(machine, problem, out);
  if (!machine.roundedTactic) return cheapestTile(search, shape.m <= gemv.maxRows ? chargeMatrixVector(machine, problem, out) : Infinity);
  const rows = tableRows(shape.m);
  pose(machine, shape, rows, problem);
  keepWeights(machine, problem);
  cheapestTile(search, rows <= gemv.maxRows ? chargeMatrixVector(machine, problem, out) : Infinity);
  pose(machine, shape, shape.m, problem);
  return best.tile === matrixVector ? chargeMatrixVector(machine, problem, out) : chargeCandidate(machine, problem, best, out);
}

/** Prepares the choice for a machine; what it returns allocates nothing. */
export function searcher(machine: GemmMachine): Searcher {
  const none = { tile: matrixVector, split: 1, step_s: 0, limit_s: Infinity };
  const out = new Float64Array(charge.slots);
  const search: Search = {
    machine,
    problem: emptyProblem(),
    steps: new Float64Array(machine.tiles.length),
    choice: { ...none },
    best: { ...none },
    out,
  };
  const { problem, best } = search;
  return {
    search: (shape) => tactic(search, shape),
    charged: () => {
      if (best.tile === matrixVector) chargeMatrixVector(machine, problem, out);
      else chargeCandidate(machine, problem, best, out);
      return out;
    },
    best,
    problem,
  };
}
