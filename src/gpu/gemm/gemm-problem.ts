/**
 * What of a GEMM does not depend on the tile: bytes of its operands, and how much of them L2 still holds from the last use.
 * Weights that take turns (`weightCopies` of them) are found in L2 when all copies, the activation and the output fit; activation and output, which are the
 * same buffers each time, when one of each fits. Passes before and after the kernel are charged here too.
 */
import { dramSeconds } from './dram-time.js';
import type { GemmMachine } from './gemm-machine.js';
import type { GemmShape } from './gemm-cost.js';
import { chargePasses, type PassTotal } from './kernel-passes.js';
import { missRate } from './miss-rate.js';

export interface Problem extends PassTotal {
  m: number;
  n: number;
  k: number;
  activation_bits: number;
  weight_bits: number;
  activation_bytes: number;
  weight_bytes: number;
  output_bytes: number;
  /** Bytes that come from DRAM when each operand is read once, and that go there. */
  activationMiss_bytes: number;
  weightMiss_bytes: number;
  dramWrite_bytes: number;
  /** Seconds of these bytes at the bandwidth that tiles reach: no tile is faster. */
  dram_s: number;
}

export function emptyProblem(): Problem {
  return {
    m: 0,
    n: 0,
    k: 0,
    activation_bits: 0,
    weight_bits: 0,
    activation_bytes: 0,
    weight_bytes: 0,
    output_bytes: 0,
    activationMiss_bytes: 0,
    weightMiss_bytes: 0,
    dramWrite_bytes: 0,
    dram_s: 0,
    passes_s: 0,
    passesDram_bytes: 0,
  };
}

function setDramSeconds(machine: GemmMachine, problem: Problem): void {
  problem.dram_s = dramSeconds(machine.dram, problem.activationMiss_bytes + problem.weightMiss_bytes + problem.dramWrite_bytes);
}

/** Fills `problem` in place: `shape` with `m` rows. */
export function pose(machine: GemmMachine, shape: GemmShape, m: number, problem: Problem): void {
  const { n, k } = shape;
  const activation = (m * k * shape.activation_bits) / 8;
  const weight = (n * k * shape.weight_bits) / 8;
  const output = (m * n * shape.output_bits) / 8;
  const others = missRate(weight + activation + output, machine.l2_bytes);
  problem.m = m;
  problem.n = n;
  problem.k = k;
  problem.activation_bits = shape.activation_bits;
  problem.weight_bits = shape.weight_bits;
  problem.activation_bytes = activation;
  problem.weight_bytes = weight;
  problem.output_bytes = output;
  problem.activationMiss_bytes = activation * others;
  problem.weightMiss_bytes = weight * missRate(machine.weightCopies * weight + activation + output, machine.l2_bytes);
  problem.dramWrite_bytes = output * others;
  setDramSeconds(machine, problem);
  if (machine.passes.length > 0) chargePasses(machine.passes, problem, machine.l2_bytes, problem);
}

/** The same GEMM run again and again on the same buffers, as tactics are timed: weights are found in L2 when one of each operand fits. */
export function keepWeights(machine: GemmMachine, problem: Problem): void {
  const { activation_bytes, weight_bytes, output_bytes } = problem;
  problem.weightMiss_bytes = weight_bytes * missRate(weight_bytes + activation_bytes + output_bytes, machine.l2_bytes);
  setDramSeconds(machine, problem);
}
