/** The cycles, shares, buffer accesses and DRAM time of one layer on systolic-folds as formulas with their numbers; every `numbers` evaluates to `value`. */
import type { LayerTrace } from '../../../trace/layer-trace.js';
import type { Term } from '../../../trace/term.js';
import { foldShares } from './counts.js';
import { foldedLayer, outsideElements, portRates, trafficOf, type FoldedLayer, type FoldHardware } from './layer.js';

const source = 'systolic-folds, SCALE-Sim (ISPASS 2020) and SCALE-Sim v3';

/** Which dimensions lie on rows, on columns and in time. */
const mappings = {
  os: { rows: 'm', columns: 'n', steps: 'k', fill: 'R + C - 2', drain: '0' },
  ws: { rows: 'k', columns: 'n', steps: 'm', fill: 'R', drain: 'R + C - 2' },
  is: { rows: 'k', columns: 'm', steps: 'n', fill: 'R', drain: 'R + C - 2' },
} as const;

/** Terms from the shape of a layer to its cycles, for one instance of it. */
export function foldTerms(hardware: FoldHardware, layer: LayerTrace): Term[] {
  const folded = foldedLayer(hardware, layer);
  return [...cycleTerms(folded), ...stallTerms(hardware, folded), ...shareTerms(folded), ...accessTerms(folded), ...dramTerms(folded)];
}

/** A term whose `text` is its formula and the same with numbers. */
function term(name: string, text: readonly [formula: string, numbers: string], value: number, unit: string): Term {
  return { name, formula: text[0], numbers: text[1], value, unit, source };
}

function cycleTerms({ folds, products, convention }: FoldedLayer): Term[] {
  const { rows, columns } = folds.array;
  const mapping = mappings[folds.dataflow];
  const skew = `${rows} + ${columns} - 2`;
  const [fill, drain] = folds.dataflow === 'os' ? [skew, '0'] : [`${rows}`, skew];
  const { unreportedCycles } = convention;
  const [less, lessNumber] = unreportedCycles === 0 ? ['', ''] : [' - products (the last cycle is not counted)', ` - ${products}`];
  const lanes = [
    `ceil(${mapping.rows} / R) * ceil(${mapping.columns} / C)`,
    `ceil(${folds.spatialRows} / ${rows}) * ceil(${folds.spatialColumns} / ${columns})`,
  ] as const;
  const perFold = [`${mapping.steps} + (${mapping.fill}) + (${mapping.drain})`, `${folds.steps} + (${fill}) + (${drain})`] as const;
  const compute = [`folds * ${mapping.steps} * products${less}`, `${folds.folds} * ${folds.steps} * ${products}${lessNumber}`] as const;
  const share = (of: string, numbers: string): [string, string] => [
    `folds * (${of}) * products`,
    `${folds.folds} * (${numbers}) * ${products}`,
  ];
  return [
    term('folds', lanes, folds.folds, 'folds per product'),
    term('cycles per fold', perFold, folds.cyclesPerFold, 'cycles'),
    term('compute', compute, (folds.compute_cycles - unreportedCycles) * products, 'cycles'),
    term('fill', share(mapping.fill, fill), folds.fill_cycles * products, 'cycles'),
    term('drain', share(mapping.drain, drain), folds.drain_cycles * products, 'cycles'),
  ];
}

function stallTerms(hardware: FoldHardware, layer: FoldedLayer): Term[] {
  const { stallFree_cycles, dram_cycles, dramStall_cycles } = layer;
  const stall = ['max(0, dram - folds * cycles per fold * products)', `max(0, ${dram_cycles} - ${stallFree_cycles})`] as const;
  const array = arrayCycles(layer);
  return [
    term('dram', dramText(hardware, layer), dram_cycles, 'cycles'),
    term('dramStall', stall, dramStall_cycles, 'cycles'),
    term('layer cycles', ['compute + fill + drain + dramStall', `${array} + ${dramStall_cycles}`], array + dramStall_cycles, 'cycles'),
  ];
}

/** compute + fill + drain, as reported. */
function arrayCycles({ stallFree_cycles, convention, products }: FoldedLayer): number {
  return stallFree_cycles - convention.unreportedCycles * products;
}

function dramText({ options, dram_bitsPerCycle }: FoldHardware, layer: FoldedLayer): readonly [string, string] {
  const { bits } = layer;
  const outside = outsideElements(layer.half);
  const traffic = trafficOf(layer);
  const ports = portRates(options);
  if (options.bandwidth === 'unlimited') return ['0 (the bandwidth is unlimited)', '0'];
  if (ports === undefined) {
    return [
      'ceil((activation elements * bits + weight elements * bits + output elements * bits) / DRAM bits per cycle)',
      `ceil((${traffic.activation} * ${bits.activation} + ${traffic.weight} * ${bits.weight} + ${traffic.output} * ${bits.output}) / ${dram_bitsPerCycle})`,
    ];
  }
  const port = (operand: keyof typeof ports): string => `ceil(max(0, ${traffic[operand]} - ${outside[operand]}) / ${ports[operand]})`;
  return [
    'longest port: ceil((elements - those before and after the layer) / elements per cycle); half a buffer before, an output buffer after',
    `max(${port('activation')}, ${port('weight')}, ${port('output')})`,
  ];
}

function shareTerms(layer: FoldedLayer): Term[] {
  const { folds, product, convention } = layer;
  const { rows, columns } = folds.array;
  const shares = foldShares(folds, convention);
  const total = arrayCycles(layer) + layer.dramStall_cycles;
  const held = `${folds.spatialRows} * ${folds.spatialColumns}`;
  const offered = `(${folds.folds} * ${rows} * ${columns}`;
  const macs = product.m * product.n * product.k * layer.products;
  const slots = total * rows * columns * product.dotSize;
  const mapping = mappings[folds.dataflow];
  const lanes = `${mapping.rows} * ${mapping.columns}`;
  const fold_cycles = convention.foldCycles(folds);
  return [
    term('mapping share', [`100 * ${lanes} / (folds * R * C)`, `100 * ${held} / ${offered})`], 100 * shares.mapping, '% of the PEs'),
    term(
      'compute share',
      [
        `100 * ${lanes} * ${mapping.steps} / (folds * R * C * cycles per fold)`,
        `100 * ${held} * ${folds.steps} / ${offered} * ${fold_cycles})`,
      ],
      100 * shares.compute,
      '% of the PEs, stalls left out',
    ),
    ...(slots === 0
      ? []
      : [
          term(
            'overall share',
            ['100 * macs / (layer cycles * R * C * dotSize)', `100 * ${macs} / ${slots}`],
            (100 * macs) / slots,
            '% of the PEs',
          ),
        ]),
  ];
}

function accessTerms({ folds, product, products, sram, convention }: FoldedLayer): Term[] {
  const { m, n, k } = product;
  const { dataflow, rowFolds, columnFolds } = folds;
  const uses = {
    activation: dataflow === 'is' ? ['1', 1] : ['column folds', columnFolds],
    weight: dataflow === 'os' ? ['row folds', rowFolds] : dataflow === 'ws' ? ['1', 1] : ['column folds', columnFolds],
    output: dataflow === 'os' ? ['1', 1] : ['row folds', rowFolds],
  } as const;
  const stray = convention.strayOutputWrites(folds);
  const strayText = stray === 0 ? ['', ''] : [' + folds * (R + C)', ` + ${stray}`];
  const elements = (name: string, text: readonly [string, string], value: number): Term => term(name, text, value, 'elements');
  return [
    elements(
      'activation buffer reads',
      [`m * k * ${uses.activation[0]} * products`, `${m} * ${k} * ${uses.activation[1]} * ${products}`],
      sram.activationReads * products,
    ),
    elements(
      'weight buffer reads',
      [`n * k * ${uses.weight[0]} * products`, `${n} * ${k} * ${uses.weight[1]} * ${products}`],
      sram.weightReads * products,
    ),
    elements(
      'output buffer writes',
      [`(m * n * ${uses.output[0]}${strayText[0]}) * products`, `(${m} * ${n} * ${uses.output[1]}${strayText[1]}) * ${products}`],
      sram.outputWrites * products,
    ),
    elements(
      'partial sums read back',
      convention.readsPartialSums
        ? [`m * n * (${uses.output[0]} - 1) * products`, `${m} * ${n} * (${uses.output[1]} - 1) * ${products}`]
        : ['0 (not counted)', '0'],
      sram.outputReads * products,
    ),
  ];
}

function dramTerms(layer: FoldedLayer): Term[] {
  const { product, products, dram, weightCopies, distinctActivations } = layer;
  const traffic = trafficOf(layer);
  const outputs = dram.outputWrites + dram.outputReads;
  const elements = (name: string, text: readonly [string, string], value: number): Term => term(name, text, value, 'elements');
  return [
    elements(
      'activation elements',
      ['different elements * passes * products', `${distinctActivations} * ${dram.activationPasses} * ${products}`],
      traffic.activation,
    ),
    elements(
      'weight elements',
      [
        'n * k * passes * copies (1 when the products share weights that stay in the buffer)',
        `${product.n} * ${product.k} * ${dram.weightPasses} * ${weightCopies}`,
      ],
      traffic.weight,
    ),
    elements('output elements', ['(results and partial sums out and back) * products', `${outputs} * ${products}`], traffic.output),
  ];
}
