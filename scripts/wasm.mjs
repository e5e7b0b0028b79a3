/**
 * node scripts/wasm.mjs [--check]: assembles src/numeric/wasm/NAME.wat into NAME-module.ts, the same module as base64, so that the package needs neither
 * an assembler nor a file to read. --check only says which are out of date. Exit code 1 when one is.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import assembler from 'wabt';

const folder = fileURLToPath(new URL('../src/numeric/wasm/', import.meta.url));
const wabt = await assembler();

function assemble(/** @type {string} */ file) {
  const parsed = wabt.parseWat(file, readFileSync(join(folder, file), 'utf8'), { simd: true });
  try {
    parsed.validate();
    return Buffer.from(parsed.toBinary({}).buffer).toString('base64');
  } finally {
    parsed.destroy();
  }
}

function moduleText(/** @type {string} */ file) {
  const name = basename(file, '.wat').replace(/-([a-z])/g, (_, letter) => String(letter).toUpperCase());
  return `/** ${file} assembled, base64. Made by \`node scripts/wasm.mjs\`. */\nexport const ${name}Module =\n  '${assemble(file)}';\n`;
}

const check = process.argv.includes('--check');
for (const file of readdirSync(folder).filter((name) => name.endsWith('.wat'))) {
  const target = join(folder, file.replace(/\.wat$/, '-module.ts'));
  const text = moduleText(file);
  if (!check) writeFileSync(target, text);
  else if (readFileSync(target, 'utf8') !== text) {
    console.error(`out of date: ${target}; run node scripts/wasm.mjs`);
    process.exitCode = 1;
  }
}
