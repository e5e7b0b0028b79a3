/** Data of the package that is not configuration: read from files beside the code. */
import { fileURLToPath } from 'node:url';
import { parseSramTable, type SramTable } from '../energy/sram.js';
import { readText } from './files.js';

let sramTable: SramTable | undefined;

/** SRAM energies, leakage and areas of hw-configs/energy/sram_cacti7.csv; read once. */
export function loadSramTable(): SramTable {
  const file = packagePath('hw-configs/energy/sram_cacti7.csv');
  sramTable ??= parseSramTable(readText(file), file);
  return sramTable;
}

/** A path inside the package: this module lies two levels below its root, in src/ as in dist/. */
export function packagePath(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
