/**
 * `node scripts/new-accelerator.mjs NAME [--out FOLDER]`: writes NAME.yaml, the description of an accelerator that validates and simulates at once.
 * Every number is a starting point and says so in its source; energies and areas nobody has stated yet are null, which means unknown.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const home = join(root, 'hw-configs', 'accelerators');

/** Text of the description; `schema` is the path of the JSON Schema editors check it with. */
export function skeleton(/** @type {string} */ name, /** @type {string} */ schema) {
  const assumed = 'assumed, to be replaced by paper and section, table or figure';
  return `# yaml-language-server: $schema=${schema}
name: ${name}
kind: pe-array
timing: layer-roofline # a name of \`lowbit list timings\`, such as native
description: what distinguishes this design in one line
source: ${assumed}
technology_nm: 28
clock_MHz: 1000
array: { rows: 32, columns: 32 }
# dataflow: os # operand that stays in the PEs: os, ws or is; needed by all timing models but layer-roofline
# arrayByPhase: { decode: { rows: 64, columns: 16 } } # when the array takes another shape in one phase
pe:
  model: fp16 # a file of src/pe/
  dotSize: 1 # weights multiplied per PE step
  energy_pJ: null # per PE and cycle; null: unknown, and the result says so
  area_um2: null
  layoutFactor: 1
  source: ${assumed}
buffers:
  weight: { size_KiB: 512, banks: 8, ports: 1r1w, source: '${assumed}' }
  activation: { size_KiB: 512, banks: 8, ports: 1r1w, source: '${assumed}' }
  # output: { size_KiB: 128, banks: 8, ports: 1r1w, source: '${assumed}' } # needed by all timing models but layer-roofline
dram:
  bandwidth_bitsPerCycle: 256
  energy_pJPerBit: null
  # capacity_GiB: 16 # without it, whether a model fits is not judged
  source: ${assumed}
# Where scales of groups are multiplied, on native: before-mac, after-group or epilogue:
# dequantization: { placement: after-group, operationsPerCycle: 32, energy_pJPerOperation: null, source: '${assumed}' }
# Formats of --layers rows that name none:
# defaults: { activation: fp16, weight: fp16, output: fp16 }
`;
}

const usage = 'usage: node scripts/new-accelerator.mjs NAME [--out FOLDER]; NAME in lower case, digits and hyphens';

/** What was asked for; null when it cannot be read, which stderr then says. */
function readArguments() {
  try {
    const options = /** @type {const} */ ({
      out: { type: 'string', default: home },
      help: { type: 'boolean', short: 'h', default: false },
    });
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return null;
  }
}

function main() {
  const read = readArguments();
  if (read?.values.help === true) {
    console.log(usage);
    return 0;
  }
  const [name] = read?.positionals ?? [];
  if (read === null || read.positionals.length !== 1 || name === undefined || !/^[a-z][a-z0-9-]*$/.test(name)) {
    console.error(usage);
    return 1;
  }
  const folder = resolve(read.values.out);
  const file = join(folder, `${name}.yaml`);
  const schema = relative(folder, join(root, 'hw-configs', 'schema', 'accelerator.schema.json'))
    .split(sep)
    .join('/');
  mkdirSync(folder, { recursive: true });
  try {
    writeFileSync(file, skeleton(name, schema), { flag: 'wx' });
  } catch (error) {
    console.error(
      `cannot write ${file}: ${error instanceof Error ? error.message : String(error)}; choose another name or remove the file`,
    );
    return 1;
  }
  const shown = relative(process.cwd(), file);
  console.log(`wrote ${shown}; next:
  lowbit validate ${shown}
  lowbit simulate --hw ${shown} --model opt-1.3b --scheme fp16 --phase decode --context 256`);
  return 0;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = main();
