/**
 * What kernels without products take, by kind: one set for all cards, fitted to Vidur's A100, H100 and A40 together (scripts/gpu/fit-elementwise.mjs; errors on a
 * card left out: docs/gpu/attention.md), rounded. Softmax as an addition with half of the DRAM bandwidth (LLMCompass' rows on an A100); changes of format
 * are in no table and taken as additions.
 */
export const vectorKinds = ['add', 'gate', 'norm', 'softmax', 'transform'] as const;
export type VectorKind = (typeof vectorKinds)[number];

export interface VectorParameters {
  readonly launch_us: number;
  /** A thread block along 1024 elements of a row. */
  readonly step_clocks: number;
  /** Rows that an SM has under way. */
  readonly rowsPerSm: number;
  readonly l2Efficiency: number;
  /** Share of L2 that what the layer before wrote is found in. */
  readonly l2Usable: number;
  readonly dramEfficiency: number;
  readonly overlapLoss: number;
  /** Lane operations per element: counted, not fitted. */
  readonly operations: number;
}

const add: VectorParameters = {
  launch_us: 1.9,
  step_clocks: 0,
  rowsPerSm: 1,
  dramEfficiency: 0.86,
  l2Efficiency: 0.4,
  l2Usable: 0.8,
  overlapLoss: 0.2,
  operations: 1,
};

export const vectorParameters: Readonly<Record<VectorKind, VectorParameters>> = {
  add,
  gate: {
    launch_us: 1.2,
    step_clocks: 930,
    rowsPerSm: 1.04,
    dramEfficiency: 0.79,
    l2Efficiency: 0.32,
    l2Usable: 0.13,
    overlapLoss: 0.06,
    operations: 4,
  },
  norm: {
    launch_us: 2,
    step_clocks: 890,
    rowsPerSm: 1.15,
    dramEfficiency: 0.59,
    l2Efficiency: 0.19,
    l2Usable: 0.3,
    overlapLoss: 0.5,
    operations: 4,
  },
  softmax: { ...add, dramEfficiency: 0.5, l2Efficiency: 0.2, operations: 5 },
  transform: { ...add, operations: 3 },
};
