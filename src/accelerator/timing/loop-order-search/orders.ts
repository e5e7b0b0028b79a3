/**
 * Loop orders of loop-order-search, and what an order moves: blocks are promoted outwards as long as they fit.
 * Per stream (activation: all loops but oc; weight: ic, oc; output: all but ic), from the innermost loop outwards with block = tile:
 *   a loop the stream depends on multiplies its block while the product fits half the buffer; the first that does not ends the promotion
 *   a loop it does not depend on is free while promoted; behind the end of the promotion it makes the whole stream move again
 * Identical dependency patterns collapse. Output rows and columns have the same dependencies and trip counts: of the 120 orders the 60 with rows
 * outside remain, in lexicographic order of (b, ow, oh, ic, oc) from the outermost loop. A loop of one trip moves nothing; it only counts as the first
 * that promotes an output block, so orders that differ in the place of such loops alone are walked once, as the first of them.
 */
const names = ['B', 'OW', 'OH', 'IC', 'OC'] as const;
const IC = 3;
const OC = 4;
const LOOPS = names.length;

/** The orders, outermost loop first, as indices 0..4 of (B, OW, OH, IC, OC). */
const orders: readonly (readonly number[])[] = permutations([0, 1, 2, 3, 4]).filter((order) => order.indexOf(1) < order.indexOf(2));

/** The same flat, innermost loop first. */
const innermostFirst = Uint8Array.from(orders.flatMap((order) => [...order].reverse()));

/** Orders to walk for a set of loops of one trip (bit i: loop i), each the first of those that move the same; filled when first asked for. */
const differentOrders: (Uint8Array | undefined)[] = [];

/** The orders that differ at these trip counts, ascending. */
export function ordersAt(trips: Float64Array): Uint8Array {
  let once = 0;
  for (let loop = 0; loop < LOOPS; loop++) if (trips[loop] === 1) once |= 1 << loop;
  return (differentOrders[once] ??= firstOfEach(once));
}

function firstOfEach(once: number): Uint8Array {
  const seen = new Set<string>();
  const firsts: number[] = [];
  orders.forEach((order, at) => {
    const key = patternOf([...order].reverse(), once);
    if (!seen.has(key)) firsts.push(at);
    seen.add(key);
  });
  return Uint8Array.from(firsts);
}

/** What an order, innermost loop first, does: its loops of several trips, and whether an output loop of one trip comes before those of several. */
function patternOf(order: readonly number[], once: number): string {
  const isOnce = (loop: number): boolean => (once & (1 << loop)) !== 0;
  const firstOutputLoop = order.find((loop) => loop !== IC)!;
  return order
    .filter((loop) => !isOnce(loop) || loop === firstOutputLoop)
    .map((loop) => (isOnce(loop) ? 'once' : loop))
    .join(' ');
}

/** An order as text, outermost loop first: `B>OW>OH>IC>OC`. */
export function orderText(order: number): string {
  return orders[order]!.map((loop) => names[loop]!).join('>');
}

function permutations(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) => permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));
}

/** A tile to be walked, and where the walk leaves its result: one record, reused for every order. */
export interface OrderWalk {
  readonly weightHalf_bits: number;
  readonly activationHalf_bits: number;
  readonly outputHalf_bits: number;
  /** Of the last output block once a loop has promoted it: 0, for its drain is lost (as published), or 1. */
  readonly promotedOutputLeft: number;
  weightTile_bits: number;
  activationTile_bits: number;
  outputTile_bits: number;
  /** Trip counts of B, OW, OH, IC, OC. */
  readonly trips: Float64Array;
  /** Blocks as promoted. */
  weightBlock_bits: number;
  activationBlock_bits: number;
  outputBlock_bits: number;
  /** Times each stream moves. */
  weightPasses: number;
  activationPasses: number;
  outputPasses: number;
}

/** Walks one order from the innermost loop outwards. */
export function walkOrder(walk: OrderWalk, order: number): void {
  const { trips, weightHalf_bits, activationHalf_bits, outputHalf_bits } = walk;
  let weight = walk.weightTile_bits;
  let activation = walk.activationTile_bits;
  let output = walk.outputTile_bits;
  let weightPromoted = true;
  let activationPromoted = true;
  let outputPromoted = true;
  let outputLeft = 1;
  walk.weightPasses = 1;
  walk.activationPasses = 1;
  walk.outputPasses = 1;
  for (let i = order * LOOPS, end = i + LOOPS; i < end; i++) {
    const loop = innermostFirst[i]!;
    const count = trips[loop]!;
    if (loop === OC) {
      if (!activationPromoted) walk.activationPasses *= count;
    } else if (activationPromoted) {
      if (activation * count > activationHalf_bits) activationPromoted = false;
      else activation *= count;
    }
    if (loop < IC) {
      if (!weightPromoted) walk.weightPasses *= count;
    } else if (weightPromoted) {
      if (weight * count > weightHalf_bits) weightPromoted = false;
      else weight *= count;
    }
    if (loop === IC) {
      if (!outputPromoted) walk.outputPasses *= count;
    } else if (outputPromoted) {
      if (output * count > outputHalf_bits) outputPromoted = false;
      else {
        output *= count;
        outputLeft = walk.promotedOutputLeft;
      }
    }
  }
  walk.weightBlock_bits = weight;
  walk.activationBlock_bits = activation;
  walk.outputBlock_bits = output * outputLeft;
}
