/**
 * The house style as rules: small files and functions, named exports, and layers up to serving/ that are pure
 * (no file, clock, environment or unseeded randomness), so that the same input gives the same bytes on any machine.
 */
import { readFileSync } from 'node:fs';
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const layers = JSON.parse(readFileSync(new URL('./scripts/layers.json', import.meta.url), 'utf8'));
const pureFiles = layers.filter((layer) => layer.pure).map((layer) => `src/${layer.name}/**/*.ts`);
const impureGlobals = ['process', 'performance', 'Date', 'Buffer', 'fetch', 'crypto', 'setTimeout', 'setInterval', 'queueMicrotask'];
const pure = 'this layer is pure: take it as an argument, or move the code to tensors/, config/, sweep/ or cli/';

const namedExportsOnly = { selector: 'ExportDefaultDeclaration', message: 'export by name' };
const dynamicNodeImport = { selector: 'ImportExpression[source.value=/^node:/]', message: pure };

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', 'node_modules/', 'docs/api/', 'reports/', 'test/fixtures/', 'test/golden/', '*.config.*', '*.cjs'] },
  js.configs.recommended,
  {
    files: ['src/**/*.ts', 'test/**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.check.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Flat typed arrays under noUncheckedIndexedAccess: an index the loop bounds has proven may say so with `!`.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['src/**/*.ts', 'test/**/*.ts', 'scripts/**/*.mjs'],
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': ['error', { max: 300 }],
      'max-lines-per-function': ['error', { max: 60 }],
      'max-params': ['error', { max: 4 }],
      complexity: ['error', 15],
      'no-restricted-syntax': ['error', namedExportsOnly],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/cli/**'],
    rules: { 'no-console': 'error' },
  },
  {
    files: [...pureFiles, 'src/lowbit-error.ts'],
    rules: {
      'no-restricted-syntax': ['error', namedExportsOnly, dynamicNodeImport],
      'no-restricted-imports': ['error', { patterns: [{ group: ['node:*'], message: pure }] }],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'use a seeded generator of numeric/' },
        { object: 'globalThis', property: 'process', message: pure },
      ],
      'no-restricted-globals': ['error', ...impureGlobals.map((name) => ({ name, message: pure }))],
    },
  },
  {
    files: ['scripts/**/*.mjs'],
    languageOptions: {
      globals: {
        console: 'readonly',
        process: 'readonly',
        performance: 'readonly',
        URL: 'readonly',
        Buffer: 'readonly',
        setTimeout: 'readonly',
      },
    },
  },
  {
    // A describe block holds a whole suite; its length says nothing.
    files: ['test/**/*.ts'],
    rules: { 'max-lines-per-function': 'off' },
  },
);
