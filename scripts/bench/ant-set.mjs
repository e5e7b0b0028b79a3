/** ANT's comparison for the benchmark: eight networks on six machines, every layer searched anew in each run, from the parsed files to the table. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What one run does, its files read. */
export async function antSet() {
  const { loadAccelerator } = await import('../../dist/config/catalogue.js');
  const { loadSramTable } = await import('../../dist/config/package-data.js');
  const { reproductions } = await import('../../dist/reproduce/index.js');
  const { publishedTableSchema } = await import('../../dist/reproduce/published-table.js');
  const entry = reproductions['ant'];
  if (entry === undefined) throw new Error('ant is no published table');
  const file = (/** @type {string} */ path) => /** @type {unknown} */ (parse(readFileSync(join(root, 'reports/published', path), 'utf8')));
  const published = publishedTableSchema.parse(file('ant.yaml'));
  const hardware = Object.fromEntries(entry.accelerators.map((name) => [name, loadAccelerator(name).config]));
  const inputs = { hardware, models: {}, sramTable: loadSramTable(), workload: file('workloads/ant.yaml') };
  return () => entry.run(published, inputs).cells.length;
}
