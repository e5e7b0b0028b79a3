/**
 * Tiles of loop-order-search: candidate sizes of every loop, and the factors of what a tile of such sizes occupies and computes.
 *   sizes    min(2^i, D) for i = 0 .. ceil(log2 D); the kernel is never tiled, output rows and columns share one size
 *   lanes    pf = floor(highest / max(p, lowest)) along each side of a PE
 *   blocks   weights pad(area ic, rows pf) oc p; activations b o o pad(area ic, columns pf) p; outputs b o o oc w (padding as published)
 *   OS       cycles of a tile = ceil(b o o / (rows pf)) ceil(oc / (columns pf)) area ic
 *   WS       cycles of a tile = b o o ceil(oc / (columns pf)) ceil(area ic / (rows pf))
 * Each is a product of one factor per loop. Beside the factor of a tile stands its sum over the tiles of the loop: as published, times their
 * number. An image instead of its im2col expansion has no padding.
 */
import { kernelArea, lanesPerSide, type LoopOrderLayer, type LoopOrderMachine } from './machine.js';

/** Candidates of one loop, ascending, how many such tiles it takes, and the extent that is charged for them together. */
interface LoopTiles {
  readonly size: Float64Array;
  readonly trips: Float64Array;
  readonly all: Float64Array;
}

/** The factors of a layer on a machine; every array runs over the candidates of its loop. */
export interface TileTables {
  readonly b: LoopTiles;
  readonly o: LoopTiles & {
    readonly inputPixels: Float64Array;
    readonly inputPixelsAll: Float64Array;
    readonly outputPixelsAll: Float64Array;
  };
  readonly ic: LoopTiles & {
    readonly activation: Float64Array;
    readonly activationAll: Float64Array;
    readonly weight: Float64Array;
    readonly weightAll: Float64Array;
    /** Folds of the reduction over the rows of a weight-stationary array. */
    readonly foldsAll: Float64Array;
  };
  readonly oc: LoopTiles & { readonly foldsAll: Float64Array };
  /** Folds of the output rows over the rows of an output-stationary array; index b * candidates of o + o. */
  readonly rowFoldsAll: Float64Array;
  readonly area: number;
  /** Cycles to fill and empty the array once. */
  readonly fold_cycles: number;
}

/** Sum over the tiles of a loop of `work(tile)`. */
type OverTiles = (extent: number, size: number, work: (size: number) => number) => number;

const asFullTiles: OverTiles = (extent, size, work) => Math.ceil(extent / size) * work(size);
const asTheyAre: OverTiles = (extent, size, work) => {
  const whole = Math.floor(extent / size);
  const rest = extent - whole * size;
  return whole * work(size) + (rest === 0 ? 0 : work(rest));
};

/** The tables of a layer. The machine must take its precision. */
export function tileTables(machine: LoopOrderMachine, layer: LoopOrderLayer): TileTables {
  const { rules, rows, columns } = machine;
  const over = rules.edgeTiles === 'full' ? asFullTiles : asTheyAre;
  const [b, o, ic, oc] = [layer.b, layer.o, layer.ic, layer.oc].map((extent) => loopTiles(extent, over)) as FourLoops;
  const lanes = lanesPerSide(machine, layer.p);
  const area = kernelArea(machine, layer);
  const outputColumns = (size: number): number => Math.ceil(size / (columns * lanes));
  return {
    b,
    o: { ...o, ...pixelFactors(machine, layer, { size: o.size, over }) },
    ic: { ...ic, ...reductionFactors(machine, layer, { size: ic.size, over }) },
    oc: { ...oc, foldsAll: oc.size.map((size) => over(layer.oc, size, outputColumns)) },
    rowFoldsAll: rowFolds(layer, { b: b.size, o: o.size, over, lanes: rows * lanes }),
    area,
    fold_cycles: rules.arrayFill === 'none' ? 0 : 2 * rows + columns - 2,
  };
}

type FourLoops = [LoopTiles, LoopTiles, LoopTiles, LoopTiles];

function loopTiles(extent: number, over: OverTiles): LoopTiles {
  const sizes: number[] = [];
  for (let size = 1; size < extent; size *= 2) sizes.push(size);
  sizes.push(extent);
  const size = Float64Array.from(sizes);
  return { size, trips: size.map((each) => Math.ceil(extent / each)), all: size.map((each) => over(extent, each, (inside) => inside)) };
}

interface Sizes {
  readonly size: Float64Array;
  readonly over: OverTiles;
}

/** Pixels of an output tile, and those its input takes: as many when expanded, else what the window covers. */
function pixelFactors(machine: LoopOrderMachine, layer: LoopOrderLayer, { size, over }: Sizes): Omit<TileTables['o'], keyof LoopTiles> {
  const expanded = machine.rules.inputTraffic === 'im2col';
  const kernelWidth = machine.rules.kernel === 'first-side-squared' ? layer.kernelHeight : layer.kernelWidth;
  const height = (side: number): number => (expanded ? side : (side - 1) * layer.strideHeight + layer.kernelHeight);
  const width = (side: number): number => (expanded ? side : (side - 1) * layer.strideWidth + kernelWidth);
  const all = (side: number, of: (side: number) => number): number => over(layer.o, side, of);
  return {
    inputPixels: size.map((side) => height(side) * width(side)),
    inputPixelsAll: size.map((side) => all(side, height) * all(side, width)),
    outputPixelsAll: size.map((side) => all(side, (inside) => inside) ** 2),
  };
}

/** Elements a block has along the reduction, padded to the lanes of the array. */
function reductionFactors(
  machine: LoopOrderMachine,
  layer: LoopOrderLayer,
  { size, over }: Sizes,
): Omit<TileTables['ic'], keyof LoopTiles> {
  const { rules, rows, columns } = machine;
  const lanes = lanesPerSide(machine, layer.p);
  const area = kernelArea(machine, layer);
  const padded = (lanesOfSide: number) => (channels: number) =>
    rules.reductionPadding === 'none' ? area * channels : Math.ceil((area * channels) / lanesOfSide) * lanesOfSide;
  const weight = padded(rows * lanes);
  const activation = rules.inputTraffic === 'im2col' ? padded(columns * lanes) : (channels: number): number => channels;
  const folds = (channels: number): number => Math.ceil((area * channels) / (rows * lanes));
  return {
    weight: size.map(weight),
    weightAll: size.map((channels) => over(layer.ic, channels, weight)),
    activation: size.map(activation),
    activationAll: size.map((channels) => over(layer.ic, channels, activation)),
    foldsAll: size.map((channels) => over(layer.ic, channels, folds)),
  };
}

interface RowSizes {
  readonly b: Float64Array;
  readonly o: Float64Array;
  readonly over: OverTiles;
  readonly lanes: number;
}

function rowFolds(layer: LoopOrderLayer, { b, o, over, lanes }: RowSizes): Float64Array {
  const folds = new Float64Array(b.length * o.length);
  for (let i = 0; i < b.length; i++) {
    for (let j = 0; j < o.length; j++) {
      folds[i * o.length + j] = over(layer.b, b[i]!, (images) =>
        over(layer.o, o[j]!, (height) => over(layer.o, o[j]!, (width) => Math.ceil((images * height * width) / lanes))),
      );
    }
  }
  return folds;
}
