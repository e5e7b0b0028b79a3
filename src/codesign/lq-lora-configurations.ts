/**
 * The storage configurations LQ-LoRA's integer program chooses from: NF codes of b bits in blocks of B0, first-level scales of b0 bits in blocks of B1,
 * second-level scales of b1 bits,
 *   bits per weight = b + b0 / B0 + b1 / (B0 B1),      b, b0 in {2, 3, 4, 8},  b1 in {bf16, fp16, fp32},  B0 in {16, 32, 64},  B1 in {16, 64, 256}:
 * 4 x 4 x 3 x 3 x 3 = 432. bf16 and fp16 cost the same, so that there are at most 288 prices. Source: LQ-LoRA, ICLR 2024, and its released code.
 * Left out: one FP32 offset of the scales per tensor (32 / (N K) bits), as in the published formula.
 */

export interface LqLoraConfiguration {
  readonly name: string;
  /** Bits of a code word. */
  readonly bits: number;
  /** Weights per first-level scale. */
  readonly block: number;
  readonly scaleBits: number;
  /** First-level scales per second-level scale. */
  readonly scaleBlock: number;
  readonly scaleType: 'bf16' | 'fp16' | 'fp32';
}

const codeWidths = [2, 3, 4, 8];
const scaleTypes = ['bf16', 'fp16', 'fp32'] as const;
const blocks = [16, 32, 64];
const scaleBlocks = [16, 64, 256];

/** All 432, in the order of the released code. */
export function lqLoraConfigurations(): LqLoraConfiguration[] {
  return codeWidths.flatMap((bits) =>
    codeWidths.flatMap((scaleBits) =>
      scaleTypes.flatMap((scaleType) =>
        blocks.flatMap((block) =>
          scaleBlocks.map((scaleBlock) => ({
            name: `nf${bits}-g${block}-s${scaleBits}-${scaleType}-g${scaleBlock}`,
            bits,
            block,
            scaleBits,
            scaleBlock,
            scaleType,
          })),
        ),
      ),
    ),
  );
}

/** Stored bits per weight of a matrix whose blocks are whole. */
export function lqLoraBits({ bits, block, scaleBits, scaleBlock, scaleType }: LqLoraConfiguration): number {
  return bits + scaleBits / block + (scaleType === 'fp32' ? 32 : 16) / (block * scaleBlock);
}
