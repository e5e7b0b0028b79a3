/**
 * Seconds that the bytes of a GEMM take in DRAM. A longer stream reaches more of the bandwidth: more requests are in flight for a larger part of the time,
 * and the SMs that end late weigh less.
 *   efficiency = min(1, dramEfficiency (bytes / 256 MiB)^dramGrowth)      seconds = bytes / (bandwidth efficiency)
 * Read off measured tables (docs/gpu/gemm.md): weights of 32, 128 and 512 MiB stream at 0.60, 0.73 and 0.81 of the bandwidth on an A100, launch included.
 * A fixed time at the start (bytes / bandwidth + ramp) went to 0.4 us and gained nothing: launch and first loads are such a time already. Growth 0 is one
 * rate for all, which is what cards with GDDR6 come to.
 * Left out: which blocks the requests come from; passes before and after the kernel, which have a bandwidth of their own.
 */
import { portableExp, portableLn } from '../../numeric/logarithm.js';

/** Bytes at which a stream has the efficiency that the parameters state. */
export const STREAM_BYTES = 2 ** 28;

/** A stream in DRAM: seconds per byte at STREAM_BYTES and at the bandwidth of the data sheet. */
export interface DramStream {
  readonly sPerByte: number;
  readonly peak_sPerByte: number;
  readonly growth: number;
}

export function dramSeconds({ sPerByte, peak_sPerByte, growth }: DramStream, bytes: number): number {
  if (!(bytes > 0)) return 0;
  const perByte = growth === 0 ? sPerByte : sPerByte * portableExp(-growth * portableLn(bytes / STREAM_BYTES));
  return bytes * (perByte > peak_sPerByte ? perByte : peak_sPerByte);
}
