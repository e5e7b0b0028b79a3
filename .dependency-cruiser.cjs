/**
 * The layering of src/ as rules: a folder imports only from folders above it in scripts/layers.json.
 * accelerator and gpu never import each other; each third-party package is used in the one place meant for it.
 */
const layers = require('./scripts/layers.json').map((layer) => layer.name);
const anyOf = (names) => `(${names.join('|')})`;

const layerRules = layers.slice(0, -1).map((layer, index) => ({
  name: `layer-${layer}`,
  comment: `${layer}/ imports only from ${layers.slice(0, index).join(', ') || 'nothing'}`,
  severity: 'error',
  from: { path: `^src/${layer}/` },
  to: { path: `^src/${anyOf(layers.slice(index + 1))}/` },
}));

/** Third-party packages and the only folders that may use them. */
const homes = [
  ['yaml', ['config']],
  ['vega', ['report']],
  ['vega-lite', ['report']],
  ['vega-embed', ['report']],
  ['@resvg/resvg-js', ['report']],
  ['yargs', ['cli']],
  ['picocolors', ['cli']],
  ['onnx-proto', ['tensors']],
  ['mathjs', ['sweep', 'codesign']],
  ['piscina', ['workers']],
  ['@huggingface/tokenizers', ['accuracy']],
  ['hyparquet', ['sweep']],
  ['hyparquet-writer', ['sweep']],
];
const packageRules = homes.map(([name, folders]) => ({
  name: `only-${folders.join('-')}-uses-${name.replace(/[@/]/g, '')}`,
  severity: 'error',
  from: { path: '^src/', pathNot: `^src/${anyOf(folders)}/` },
  to: { path: `^node_modules/(@types/)?${name}/` },
}));

const pureFiles = require('./scripts/layers.json')
  .filter((layer) => layer.pure)
  .map((layer) => layer.name);

module.exports = {
  forbidden: [
    ...layerRules,
    ...packageRules,
    {
      name: 'accelerator-and-gpu-are-strangers',
      severity: 'error',
      from: { path: '^src/gpu/' },
      to: { path: '^src/accelerator/' },
    },
    { name: 'no-cycles', severity: 'error', from: { path: '^src/' }, to: { circular: true } },
    {
      name: 'known-folders-only',
      comment: 'every folder under src/ is a layer of scripts/layers.json; the only loose files are index.ts and lowbit-error.ts',
      severity: 'error',
      from: {},
      to: { path: '^src/', pathNot: [`^src/${anyOf(layers)}/`, '^src/(index|lowbit-error)\\.ts$'] },
    },
    {
      name: 'unknown-folder',
      severity: 'error',
      from: { path: '^src/', pathNot: [`^src/${anyOf(layers)}/`, '^src/(index|lowbit-error)\\.ts$'] },
      to: {},
    },
    { name: 'src-stands-alone', severity: 'error', from: { path: '^src/' }, to: { path: '^(test|scripts)/' } },
    {
      name: 'index-is-for-users',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/index\\.ts$' },
      to: { path: '^src/index\\.ts$' },
    },
    { name: 'index-leaves-out-the-command-line', severity: 'error', from: { path: '^src/index\\.ts$' }, to: { path: '^src/cli/' } },
    { name: 'errors-stand-alone', severity: 'error', from: { path: '^src/lowbit-error\\.ts$' }, to: { path: '.' } },
    {
      name: 'pure-layers-touch-no-node',
      severity: 'error',
      from: { path: `^src/${anyOf(pureFiles)}/` },
      to: { dependencyTypes: ['core'] },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    { name: 'no-dev-dependency-in-src', severity: 'error', from: { path: '^src/' }, to: { dependencyTypes: ['npm-dev'] } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
