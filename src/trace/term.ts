/** One term of an explanation: a formula, the same with numbers, and what it gives. Timing and energy models emit them, reports print them. */
import { z } from 'zod';

export const termSchema = z.strictObject({
  name: z.string(),
  formula: z.string(),
  numbers: z.string(),
  value: z.number(),
  unit: z.string(),
  source: z.string(),
});
export type Term = z.infer<typeof termSchema>;
