/** Data of the package that is not configuration: read from files beside the code. */
import { parseSramTable, type SramTable } from '../energy/sram.js';
import { packagePath, readText } from './files.js';

export { packagePath } from './files.js';

let sramTable: SramTable | undefined;

/** SRAM energies, leakage and areas of hw-configs/energy/sram_cacti7.csv; read once. */
export function loadSramTable(): SramTable {
  const file = packagePath('hw-configs/energy/sram_cacti7.csv');
  sramTable ??= parseSramTable(readText(file), file);
  return sramTable;
}
