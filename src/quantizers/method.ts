/** What every published method with options says of itself: quantizers of tensors, of caches, and rewrites of a decoder. */
import type { z } from 'zod';

/** Options arrive validated by `options` (defaults filled in). */
export interface Method<Options extends object = object> {
  readonly name: string;
  readonly description: string;
  readonly source: string;
  /** Changes whenever a result of this method can change. */
  readonly modelVersion: number;
  readonly options: z.ZodType<Options>;
}
