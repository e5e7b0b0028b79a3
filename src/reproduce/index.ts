/** Published results that can be reproduced, by the id of `lowbit reproduce`. The published cells stand in reports/published/<id>.yaml. */
import { abqGpus, abqKernels, reproduceAbq } from './abq.js';
import { antMachines, reproduceAnt } from './ant.js';
import { apex4Gpus, apex4Kernels, apex4Models, reproduceApex4 } from './apex4.js';
import { areaMachines, reproduceArea28nm } from './area-28nm.js';
import { atomGpus, atomKernels, reproduceAtom } from './atom.js';
import { bitmodModels, reproduceBitmod } from './bitmod.js';
import { cometGpus, cometKernels, cometModels, reproduceComet } from './comet.js';
import { fast2bitGpus, fast2bitKernels, fast2bitModels, reproduceFast2bit } from './fast2bit.js';
import { fireqGpus, fireqKernels, fireqModels, reproduceFireq } from './fireq.js';
import { fp6Gpus, fp6Kernels, fp6Models, reproduceFp6 } from './fp6.js';
import { marlinGpus, marlinKernels, reproduceMarlin } from './marlin.js';
import { mixllmGpus, mixllmKernels, mixllmModels, reproduceMixllm } from './mixllm.js';
import { mixpeMachines, reproduceMixpe } from './mixpe.js';
import { mrGptqGpus, mrGptqKernels, reproduceMrGptq } from './mr-gptq.js';
import { oliveGpuGpus, oliveGpuKernels, reproduceOliveGpu } from './olive-gpu.js';
import { oliveMachines, oliveModels, reproduceOlive } from './olive.js';
import { qserveGpus, qserveKernels, qserveModels, reproduceQserveKernels } from './qserve-kernels.js';
import { reproduceZigzag, zigzagMachines } from './zigzag.js';
import type { PublishedTable } from './published-table.js';
import type { Reproduction, ReproductionInputs } from './reproduction.js';

export interface ReproductionEntry {
  readonly title: string;
  readonly source: string;
  /** Accelerators of hw-configs/accelerators it runs on. */
  readonly accelerators: readonly string[];
  /** Models of models/ whose shapes it takes. */
  readonly models: readonly string[];
  /** GPUs of hw-configs/gpus it runs on. */
  readonly gpus?: readonly string[];
  /** Kernels of hw-configs/kernels it names, beside those that are chosen by formats. */
  readonly kernels?: readonly string[];
  /** Whether reports/published/workloads holds the layers it runs. */
  readonly workload?: true;
  /** Whether it can say what its known defects are worth. */
  readonly correctable?: true;
  run(published: PublishedTable, inputs: ReproductionInputs): Reproduction;
}

export const reproductions: Readonly<Record<string, ReproductionEntry>> = Object.freeze({
  abq: {
    title: 'ABQ-LLM: bit-plane kernels over CUTLASS W8A8 at one row, by bits',
    source: 'ABQ-LLM (arXiv 2408.08554), figure of its repository',
    accelerators: [],
    models: [],
    gpus: abqGpus,
    kernels: abqKernels,
    run: reproduceAbq,
  },
  ant: {
    title: 'ANT: time and energy of eight networks on ANT, Bit Fusion, OLAccel, BiScaled and AdaptivFloat accelerators',
    source: 'ANT (MICRO 2022) and its released simulator',
    accelerators: antMachines,
    models: [],
    workload: true,
    correctable: true,
    run: reproduceAnt,
  },
  apex4: {
    title: 'APEX4: W4A4 with groups of 128 over FP16 where products bind, on A100 and RTX 3090',
    source: 'APEX4 (arXiv 2606.08761), abstract',
    accelerators: [],
    models: apex4Models,
    gpus: apex4Gpus,
    kernels: apex4Kernels,
    run: reproduceApex4,
  },
  'area-28nm': {
    title: 'Core area of OliVe, ANT and Bit Fusion at 28 nm, from the areas of their elements',
    source: 'SPARK (HPCA 2024), its table of core areas at 28 nm',
    accelerators: areaMachines,
    models: [],
    run: reproduceArea28nm,
  },
  atom: {
    title: 'Atom: latency of W4A4, W8A8 and W4A16 kernels at 4096 x 4096 on RTX 4090',
    source: 'Atom (MLSys 2024), figures of its repository',
    accelerators: [],
    models: [],
    gpus: atomGpus,
    kernels: atomKernels,
    run: reproduceAtom,
  },
  bitmod: {
    title: 'BitMoD figures 7 and 8: cycles and energy of six LLMs on FP16, ANT, OliVe and BitMoD accelerators',
    source: 'BitMoD (HPCA 2025), section V',
    accelerators: ['fp16', 'ant', 'olive', 'bitmod'],
    models: bitmodModels,
    run: reproduceBitmod,
  },
  comet: {
    title: 'COMET: W4Ax kernel over cuBLAS, W4A16 and W8A8, its schedules and mechanisms, on A100',
    source: 'COMET (ASPLOS 2025), section 6',
    accelerators: [],
    models: cometModels,
    gpus: cometGpus,
    kernels: cometKernels,
    run: reproduceComet,
  },
  fast2bit: {
    title: '2-bit weights on GPUs: synchronous and asynchronous dequantization, sparse outliers of SpQR',
    source: 'arXiv 2311.16442, abstracts',
    accelerators: [],
    models: fast2bitModels,
    gpus: fast2bitGpus,
    kernels: fast2bitKernels,
    run: reproduceFast2bit,
  },
  fireq: {
    title: 'FireQ: INT4-FP8 products over QServe on H100',
    source: 'FireQ (arXiv 2505.20839), abstract',
    accelerators: [],
    models: fireqModels,
    gpus: fireqGpus,
    kernels: fireqKernels,
    run: reproduceFireq,
  },
  fp6: {
    title: 'FP6-LLM: W6A16 over cuBLAS at 8 to 32 rows on A100-40GB',
    source: 'FP6-LLM (arXiv 2401.14112), through a note',
    accelerators: [],
    models: fp6Models,
    gpus: fp6Gpus,
    kernels: fp6Kernels,
    run: reproduceFp6,
  },
  marlin: {
    title: 'MARLIN: W4A16 kernels over FP16 on A10 by rows, and whole blocks on four cards',
    source: 'MARLIN (arXiv 2408.11743), figures of its repository',
    accelerators: [],
    models: [],
    gpus: marlinGpus,
    kernels: marlinKernels,
    run: reproduceMarlin,
  },
  mixllm: {
    title: 'MixLLM: 4- and 8-bit output features on A100, over FP16 (nothing published to compare with)',
    source: 'MixLLM (arXiv 2412.14590)',
    accelerators: [],
    models: mixllmModels,
    gpus: mixllmGpus,
    kernels: mixllmKernels,
    run: reproduceMixllm,
  },
  mixpe: {
    title: 'MixPE: time and energy of ViT-B, ViT-Huge, OPT-6.7B and Llama-2-13B on six contenders, relative to FP16',
    source: 'MixPE (arXiv 2411.16158), results stored with its released simulator',
    accelerators: mixpeMachines,
    models: [],
    workload: true,
    run: reproduceMixpe,
  },
  'mr-gptq': {
    title: 'MR-GPTQ: MXFP4 and NVFP4 kernels of QuTLASS by rows on RTX 5090 and B200',
    source: 'MR-GPTQ (arXiv 2509.23202), figures of QuTLASS',
    accelerators: [],
    models: [],
    gpus: mrGptqGpus,
    kernels: mrGptqKernels,
    run: reproduceMrGptq,
  },
  olive: {
    title: 'OliVe, systolic array: speed and energy over AdaptivFloat, OLAccel and ANT accelerators, mean of five models',
    source: 'OliVe (ISCA 2023), systolic array; published means from a digest of the paper',
    accelerators: oliveMachines,
    models: oliveModels,
    workload: true,
    run: reproduceOlive,
  },
  'olive-gpu': {
    title: 'OliVe, tensor cores: speed and energy over GOBO, 8-bit tensor cores and ANT on RTX 2080 Ti',
    source: 'OliVe (ISCA 2023), part on GPUs; means but that over GOBO from a digest of the paper',
    accelerators: [],
    models: oliveModels,
    gpus: oliveGpuGpus,
    kernels: oliveGpuKernels,
    run: reproduceOliveGpu,
  },
  'qserve-kernels': {
    title: 'QServe and LiquidGEMM: rooflines, dequantization, W4A8 kernels on Hopper, KV4 attention',
    source: 'QServe (MLSys 2025), LiquidGEMM (arXiv 2509.01229)',
    accelerators: [],
    models: qserveModels,
    gpus: qserveGpus,
    kernels: qserveKernels,
    run: reproduceQserveKernels,
  },
  zigzag: {
    title: 'ZigZag: latency and energy of GEMMs on its tpu_like machine',
    source: 'zigzag-dse 3.8.5, run with its shipped description',
    accelerators: zigzagMachines,
    models: [],
    run: reproduceZigzag,
  },
});
