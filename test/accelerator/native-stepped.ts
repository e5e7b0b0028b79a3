/**
 * The pipeline of docs/timing/native.md the long way: every fold of every step in order, nothing in closed form, nothing jumped over.
 * One core.
 */
import type { Mapping, NativeProblem } from '../../src/accelerator/timing/native/problem.js';

interface Fold {
  readonly T: number;
  readonly ru: number;
  readonly cu: number;
}

interface Step {
  readonly folds: readonly Fold[];
  readonly load: number;
  readonly loadsWeights: boolean;
  /** Steps whose end a load waits for: the last ones that used its places; -1: none. */
  readonly waitsFor: readonly number[];
  /** First of its panel; last of its output tile, of its panel. */
  readonly first: boolean;
  readonly last: boolean;
  readonly closes: boolean;
  readonly tm: number;
  readonly tn: number;
  readonly tk: number;
}

function pieces(length: number, size: number): number[] {
  return Array.from({ length: Math.ceil(length / size) }, (_, i) => Math.min(size, length - i * size));
}

function foldsOf({ dataflow, rows, columns, dotSize, step }: NativeProblem, tm: number, tn: number, tk: number): Fold[] {
  const words = Math.ceil(tk / dotSize);
  const stalls = step.group === 0 ? 0 : Math.ceil(tk / step.group) * step.groupStall_cycles;
  const [r, c, T] =
    dataflow === 'os'
      ? [tm, tn, words * step.cycles + stalls]
      : dataflow === 'ws'
        ? [words, tn, tm * step.cycles]
        : [words, tm, tn * step.cycles];
  return pieces(c, columns).flatMap((cu) => pieces(r, rows).map((ru) => ({ T, ru, cu })));
}

function stepsOf(problem: NativeProblem, { tm, tn, tk, order }: Mapping): Step[] {
  const { m, n, k, gemms, dram_bits, dram_bitsPerCycle, held_bits, half_bits } = problem;
  const steps: Step[] = [];
  const room = gemms === 1 ? 2 : 1;
  /** Steps that loaded last, and the last steps of products. */
  const loads = { weight: 0, activation: 0 };
  const productEnds: number[] = [];
  const staysWeight = n * k * held_bits.weight <= room * half_bits.weight;
  const staysActivation = m * k * held_bits.activation <= room * half_bits.activation;
  for (let g = 0; g < gemms; g++) {
    const seen = new Set<string>();
    let weightTile = '';
    let activationTile = '';
    const [mTiles, nTiles, kTiles] = [pieces(m, tm), pieces(n, tn), pieces(k, tk)];
    const tile = (i: number, j: number, l: number): void => {
      const [sm, sn, sk] = [mTiles[i]!, nTiles[j]!, kTiles[l]!];
      const loadsWeights = staysWeight ? !seen.has(`w ${j},${l}`) : weightTile !== `${j},${l}`;
      const loadsActivations = staysActivation ? !seen.has(`a ${i},${l}`) : activationTile !== `${i},${l}`;
      seen.add(`w ${j},${l}`).add(`a ${i},${l}`);
      [weightTile, activationTile] = [`${j},${l}`, `${i},${l}`];
      const bits = (loadsWeights ? sn * sk * dram_bits.weight : 0) + (loadsActivations ? sm * sk * dram_bits.activation : 0);
      const last = l === kTiles.length - 1;
      const [inPanel, panelTiles] = order === 'nkm' ? [i, mTiles.length] : order === 'mkn' ? [j, nTiles.length] : [0, 1];
      const waitsFor = [productEnds[g - 2] ?? -1];
      if (loadsWeights && !staysWeight) {
        waitsFor.push(loads.weight - 1);
        loads.weight = steps.length;
      }
      if (loadsActivations && !staysActivation) {
        waitsFor.push(loads.activation - 1);
        loads.activation = steps.length;
      }
      steps.push({
        waitsFor,
        folds: foldsOf(problem, sm, sn, sk),
        load: Math.ceil(bits / dram_bitsPerCycle),
        loadsWeights,
        first: l === 0 && inPanel === 0,
        last,
        closes: last && inPanel === panelTiles - 1,
        tm: sm,
        tn: sn,
        tk: sk,
      });
    };
    const M = mTiles.map((_, i) => i);
    const N = nTiles.map((_, j) => j);
    const K = kTiles.map((_, l) => l);
    if (order === 'mn') M.forEach((i) => N.forEach((j) => K.forEach((l) => tile(i, j, l))));
    if (order === 'nm') N.forEach((j) => M.forEach((i) => K.forEach((l) => tile(i, j, l))));
    if (order === 'nkm') N.forEach((j) => K.forEach((l) => M.forEach((i) => tile(i, j, l))));
    if (order === 'mkn') M.forEach((i) => K.forEach((l) => N.forEach((j) => tile(i, j, l))));
    productEnds.push(steps.length - 1);
  }
  return steps;
}

/** Cycle in which the last store of a mapping ends. */
export function steppedTotal(problem: NativeProblem, mapping: Mapping): number {
  const { dataflow, rows, foldOverlap, loadsInPlace, dequantization, dram_bits, dram_bitsPerCycle } = problem;
  const steps = stepsOf(problem, mapping);
  const stationary = dataflow !== 'os';
  const rate = dequantization?.operationsPerCycle ?? 1;
  const streamEnd: number[] = [];
  const ready: number[] = [];
  /** Ends of the stores that free half of the output buffer, and of the last one. */
  const freed: number[] = [];
  let storedLast = 0;
  let dramFree = 0;
  let weightsReady = 0;
  let epilogueEnd = 0;
  let done = 0;
  let panels = 0;
  let before: { start: number; fold: Fold } | undefined;
  const store = (i: number): void => {
    const step = steps[i];
    if (step?.last !== true) return;
    const length = Math.ceil((step.tm * step.tn * dram_bits.output) / dram_bitsPerCycle);
    const end = (length === 0 ? ready[i]! : Math.max(dramFree, ready[i]!)) + length;
    if (length > 0) dramFree = end;
    storedLast = end;
    if (step.closes) freed.push(end);
  };
  steps.forEach((step, i) => {
    let there = Math.max(...step.waitsFor.map((last) => streamEnd[last] ?? 0));
    if (step.load > 0) there = dramFree = Math.max(dramFree, there) + step.load;
    store(i - 2);
    let dequantized = there;
    if (step.loadsWeights && dequantization?.placement === 'before-mac')
      dequantized = weightsReady = Math.max(there, weightsReady) + Math.ceil((step.tn * step.tk) / rate);
    const begin = step.first ? Math.max(freed[panels - 2] ?? 0, dequantized) : dequantized;
    if (step.first) panels++;
    let turn = 0;
    step.folds.forEach((fold, f) => {
      let start = f === 0 ? Math.max(begin, streamEnd[i - 1] ?? 0) : before!.start + before!.fold.T;
      const loadFrom = Math.max(f === 0 ? dequantized : 0, before === undefined ? 0 : foldOverlap ? before.start : done);
      if (stationary) start = Math.max(start, loadsInPlace ? 0 : loadFrom + fold.ru);
      if (!foldOverlap) start = Math.max(start, done);
      if (f === 0) turn = start;
      if (!stationary && before !== undefined && foldOverlap)
        start = Math.max(start, before.start + before.fold.T + before.fold.ru - fold.T);
      done = Math.max(done, start + fold.T + (stationary ? rows : fold.ru) + fold.cu - 2);
      before = { start, fold };
    });
    const { start, fold } = before!;
    let end = start + fold.T;
    if (dequantization?.placement === 'after-group')
      end = Math.max(end, turn + Math.ceil((step.tm * step.tn * Math.ceil(step.tk / dequantization.group)) / rate));
    streamEnd[i] = end;
    done = Math.max(done, end + (stationary ? rows : fold.ru) + fold.cu - 2);
    if (step.last) {
      epilogueEnd = Math.max(done, epilogueEnd) + (dequantization?.placement === 'epilogue' ? Math.ceil((step.tm * step.tn) / rate) : 0);
      ready[i] = epilogueEnd;
    }
  });
  store(steps.length - 2);
  store(steps.length - 1);
  return Math.max(done, storedLast);
}
