/** Data of the package that is not configuration: read from files beside the code. */
import { parseSramTable, type SramTable } from '../energy/sram.js';
import { packagePath, readText } from './files.js';

export { packagePath } from './files.js';

const sramFile = packagePath('hw-configs/energy/sram_cacti7.csv');
let sramText: string | undefined;
let sramTable: SramTable | undefined;

/** The text of hw-configs/energy/sram_cacti7.csv; read once. */
export function sramTableText(): string {
  return (sramText ??= readText(sramFile));
}

/** SRAM energies, leakage and areas of that file; parsed once. */
export function loadSramTable(): SramTable {
  return (sramTable ??= parseSramTable(sramTableText(), sramFile));
}
