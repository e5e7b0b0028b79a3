/** The commands of lowbit, in the order of the help. A run loads the one it was asked for. */
import type { CommandRecord } from '../command.js';

export const commands: Readonly<Record<string, () => Promise<CommandRecord>>> = Object.freeze({
  list: async () => (await import('./list.js')).list,
  quantize: async () => (await import('./quantize.js')).quantize,
  evaluate: async () => (await import('./evaluate.js')).evaluate,
  simulate: async () => (await import('./simulate.js')).simulate,
  compare: async () => (await import('./compare.js')).compare,
  explain: async () => (await import('./explain.js')).explain,
  diff: async () => (await import('./diff.js')).diff,
  sweep: async () => (await import('./sweep.js')).sweep,
  codesign: async () => (await import('./codesign.js')).codesign,
  reproduce: async () => (await import('./reproduce.js')).reproduce,
  calibrate: async () => (await import('./calibrate.js')).calibrate,
  validate: async () => (await import('./validate.js')).validate,
  schema: async () => (await import('./schema.js')).schema,
  report: async () => (await import('./report.js')).report,
  tour: async () => (await import('./tour.js')).tour,
  completion: async () => (await import('./completion.js')).completion,
});

/** Every command, for help and completion. */
export async function allCommands(): Promise<CommandRecord[]> {
  return Promise.all(Object.values(commands).map((load) => load()));
}
