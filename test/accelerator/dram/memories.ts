/** The memories that ship, read as the product ships them. */
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { dramStandardSchema, type DramStandard, type DramTiming } from '../../../src/accelerator/dram/dram-standard.js';

const folder = new URL('../../../hw-configs/memories/', import.meta.url);

export const memories: readonly DramStandard[] = readdirSync(folder)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => dramStandardSchema.parse(parse(readFileSync(new URL(file, folder), 'utf8'))));

/** A memory that ships. */
export function memory(name: string): DramStandard {
  const found = memories.find((standard) => standard.name === name);
  if (found === undefined) throw new Error(`no memory ${name}`);
  return found;
}

/** Its timing, which every memory that ships has. */
export function timingOf({ name, timing }: DramStandard): DramTiming {
  if (timing === null) throw new Error(`${name} has no timing`);
  return timing;
}

/** The same memory without refresh. */
export function unrefreshed(standard: DramStandard): DramStandard {
  return { ...standard, timing: { ...timingOf(standard), nRFC: null } };
}
