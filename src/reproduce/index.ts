/** Published results that can be reproduced, by the id of `lowbit reproduce`. The published cells stand in reports/published/<id>.yaml. */
import type { AcceleratorConfig } from '../accelerator/accelerator-config.js';
import type { SramTable } from '../energy/sram.js';
import { reproduceBitmod } from './bitmod.js';
import type { PublishedTable } from './published-table.js';
import type { Reproduction } from './reproduction.js';

export interface ReproductionEntry {
  readonly title: string;
  readonly source: string;
  /** Accelerators of hw-configs/accelerators it runs on. */
  readonly accelerators: readonly string[];
  run(published: PublishedTable, hardware: Readonly<Record<string, AcceleratorConfig>>, sramTable: SramTable): Reproduction;
}

export const reproductions: Readonly<Record<string, ReproductionEntry>> = Object.freeze({
  bitmod: {
    title: 'BitMoD figures 7 and 8: cycles and energy of six LLMs on FP16, ANT, OliVe and BitMoD accelerators',
    source: 'BitMoD (HPCA 2025), section V',
    accelerators: ['fp16', 'ant', 'olive', 'bitmod'],
    run: reproduceBitmod,
  },
});
