/** A GPU in one line, for lists. */
import type { GpuConfig } from './gpu-schema.js';

/** Peaks that lists show, those a card has. */
const shownTypes = ['bf16', 'fp16', 'int8', 'fp8', 'int4', 'fp4'] as const;

export function gpuSummary({ description, sms, clock_MHz, tensor, l2, dram, power }: GpuConfig): string {
  const peaks = shownTypes.flatMap((type) => {
    const rate = tensor[type];
    if (rate === undefined || (type === 'fp16' && tensor.bf16?.macPerClockPerSm === rate.macPerClockPerSm)) return [];
    return [`${type} ${((2 * rate.macPerClockPerSm * sms * clock_MHz) / 1e6).toFixed(0)}`];
  });
  const memory = `${(dram.usable_bytes / 1e9).toFixed(1)} GB usable at ${dram.bandwidth_GBps} GB/s`;
  return `${description}: ${sms} SMs at ${clock_MHz} MHz; ${peaks.join(', ')} TOPS; L2 ${l2.size_MiB} MiB; ${memory}; ${power.board_W} W`;
}
