/**
 * Keeps two maps of the code true: the layers in ARCHITECTURE.md and the mechanism-to-file tables in src/README.md.
 * They are made from scripts/layers.json and from the first sentence of the comment every file of src/ opens with.
 * `node scripts/architecture.mjs` rewrites them, `--check` fails when one is stale or a file opens without saying what it is.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @typedef {{ path: string, opening: string }} SourceFile path relative to src, first sentence of its opening comment */
/** @typedef {{ name: string, pure: boolean, holds: string }} Layer */

/** The first sentence of the comment a source text opens with; empty when it opens with something else. */
export function openingSentence(/** @type {string} */ text) {
  const comment = /^(?:#!.*\n)?\s*(?:\/\*\*?([\s\S]*?)\*\/|((?:\/\/.*\n)+))/.exec(text);
  if (comment === null) return '';
  const lines = (comment[1] ?? comment[2] ?? '').split('\n').map((line) => line.replace(/^\s*(?:\*|\/\/)?\s?/, '').trimEnd());
  const first = lines.findIndex((line) => line !== '');
  const end = lines.findIndex((line, index) => index > first && line === '');
  const paragraph = lines
    .slice(Math.max(first, 0), end === -1 ? undefined : end)
    .join(' ')
    .trim();
  const sentence = /^.*?(?<!\b(?:e\.g|i\.e|cf|vs|etc|al|Sec|Fig|Eq)|\.)\.(?=\s|$)/.exec(paragraph)?.[0] ?? paragraph;
  return sentence.replace(/\.$/, '');
}

/** Markdown table of the layers that have files, lowest first. */
export function layerTable(/** @type {readonly Layer[]} */ layers, /** @type {readonly SourceFile[]} */ files) {
  const rows = layers
    .filter((layer) => files.some((file) => file.path.startsWith(`${layer.name}/`)))
    .map((layer) => `| [\`${layer.name}/\`](src/${layer.name}) | ${layer.pure ? 'pure' : ''} | ${layer.holds} |`);
  return ['| folder | | holds |', '|---|---|---|', ...rows].join('\n');
}

/** Markdown tables, one per layer: what a file models and where it stands. */
export function mechanismTables(/** @type {readonly Layer[]} */ layers, /** @type {readonly SourceFile[]} */ files) {
  const sections = [];
  for (const { name } of [...layers, { name: '' }]) {
    const own = files.filter((file) => (name === '' ? !file.path.includes('/') : file.path.startsWith(`${name}/`)));
    if (own.length === 0) continue;
    const rows = own.map(({ path, opening }) => `| ${opening.replaceAll('|', '\\|')} | [\`${path}\`](${path}) |`);
    sections.push([`## ${name === '' ? 'src' : name}`, '', '| what | file |', '|---|---|', ...rows].join('\n'));
  }
  return sections.join('\n\n');
}

/** `text` with what stands between the markers `<!-- name:start -->` and `<!-- name:end -->` replaced; throws without them. */
export function replaceBetween(/** @type {string} */ text, /** @type {string} */ name, /** @type {string} */ body) {
  const [start, end] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`];
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`the page has no ${start} ... ${end}`);
  return `${text.slice(0, from + start.length)}\n${body}\n${text.slice(to)}`;
}

/** @returns {SourceFile[]} */
function sourceFiles() {
  const source = join(root, 'src');
  return readdirSync(source, { recursive: true })
    .map((path) => String(path).split(sep).join('/'))
    .filter((path) => path.endsWith('.ts'))
    .sort((a, b) => (a < b ? -1 : 1))
    .map((path) => ({ path, opening: openingSentence(readFileSync(join(source, path), 'utf8')) }));
}

function main() {
  const check = process.argv.includes('--check');
  const layers = /** @type {Layer[]} */ (JSON.parse(readFileSync(join(root, 'scripts', 'layers.json'), 'utf8')));
  const files = sourceFiles();
  const silent = files.filter((file) => file.opening === '');
  for (const { path } of silent) console.error(`src/${path}: opens without a comment that says what it is`);
  const pages = [
    { page: 'ARCHITECTURE.md', name: 'layers', body: layerTable(layers, files) },
    { page: 'src/README.md', name: 'mechanisms', body: mechanismTables(layers, files) },
  ];
  const stale = pages.filter(({ page, name, body }) => {
    const old = readFileSync(join(root, page), 'utf8');
    const fresh = replaceBetween(old, name, body);
    if (fresh !== old && !check) writeFileSync(join(root, page), fresh);
    return fresh !== old && check;
  });
  for (const { page } of stale) console.error(`${page} is stale: run \`node scripts/architecture.mjs\``);
  return stale.length === 0 && silent.length === 0 ? 0 : 1;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = main();
