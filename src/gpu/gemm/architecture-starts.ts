/**
 * Where parameters of an architecture start, and what a card without measurements uses: fits to 16-bit GEMMs of one card each (aiconfigurator, apex),
 * rounded to two digits. What they err on a card they have not seen (n, k >= 256, mean absolute): H100's on an H200 5.9 %, on a B200 11 %;
 * A100's on an A40 8.5 %; L40S's on an RTX PRO 6000 15 %; across architectures more (A100's on a V100 22 %). docs/gpu/gemm.md
 */
import type { Architecture } from '../device/gpu-device.js';

const volta = {
  launch_us: 1.3,
  tensorEfficiency: 0.95,
  areaExponent: 0.11,
  blockFill_us: 8.5,
  epilogue_us: 0.27,
  stepLatency_ns: 22.0,
  dramEfficiency: 0.97,
  l2Efficiency: 0.54,
  overlapLoss: 0.039,
  splitFixed_us: 3.5,
  splitTraffic: 0.89,
  gemvEfficiency: 0.71,
  gemvRate: 0.019,
  gemvBlock_us: 3.9,
  gemvStep_us: 0.47,
  weightCopies: 5.0,
  l2Usable: 1.1,
};

const ampere = {
  launch_us: 1.4,
  tensorEfficiency: 0.99,
  areaExponent: 0.2,
  blockFill_us: 2.6,
  epilogue_us: 2.3,
  stepLatency_ns: 24.0,
  dramEfficiency: 0.78,
  l2Efficiency: 0.76,
  overlapLoss: 0.15,
  splitFixed_us: 1.3,
  splitTraffic: 1.3,
  gemvEfficiency: 0.87,
  gemvRate: 0.075,
  gemvBlock_us: 1.7,
  gemvStep_us: 0.4,
  weightCopies: 37.0,
  l2Usable: 1.2,
};

const ada = {
  launch_us: 0.83,
  tensorEfficiency: 1.0,
  areaExponent: 0.06,
  blockFill_us: 1.6,
  epilogue_us: 3.4,
  stepLatency_ns: 3.9,
  dramEfficiency: 0.76,
  l2Efficiency: 0.93,
  overlapLoss: 0.25,
  splitFixed_us: 2.6,
  splitTraffic: 0.057,
  gemvEfficiency: 0.93,
  gemvRate: 0.016,
  gemvBlock_us: 1.1,
  gemvStep_us: 0.22,
  weightCopies: 6.9,
  l2Usable: 1.0,
};

const hopper = {
  launch_us: 2.4,
  tensorEfficiency: 1.1,
  areaExponent: 0.2,
  blockFill_us: 0.19,
  epilogue_us: 1.6,
  stepLatency_ns: 12.0,
  dramEfficiency: 0.79,
  l2Efficiency: 1.6,
  overlapLoss: 0.012,
  splitFixed_us: 2.9,
  splitTraffic: 0.094,
  gemvEfficiency: 0.73,
  gemvRate: 0.016,
  gemvBlock_us: 2.8,
  gemvStep_us: 1.3,
  weightCopies: 10.0,
  l2Usable: 0.22,
};

/** Starting values by architecture; those that were not measured take the nearest one. */
export const architectureStarts: Readonly<Record<Architecture, Readonly<Record<string, number>>>> = {
  volta,
  turing: volta,
  ampere,
  ada,
  hopper,
  // Hopper's clock of the data sheet is below the one it runs at; Blackwell cards stay below their rates: 0.80 (B200), 0.97 (RTX PRO 6000).
  blackwell: { ...hopper, tensorEfficiency: 0.95 },
};
