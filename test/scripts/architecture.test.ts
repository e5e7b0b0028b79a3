import { describe, expect, it } from 'vitest';
import { layerTable, mechanismTables, openingSentence, replaceBetween } from '../../scripts/architecture.mjs';

const layers = [
  { name: 'low', pure: true, holds: 'the lowest' },
  { name: 'high', pure: false, holds: 'the highest' },
];

describe('openingSentence', () => {
  it('takes the first sentence over line ends, without its period', () => {
    expect(openingSentence('/**\n * What it models,\n * and how. What it leaves out.\n */\nexport const a = 1;\n')).toBe(
      'What it models, and how',
    );
  });

  it('does not stop at the dots of a range', () => {
    expect(openingSentence('/** Zero and 2^0 .. 2^6 for 3 bits; a shift. More. */')).toBe('Zero and 2^0 .. 2^6 for 3 bits; a shift');
  });

  it('does not stop at an abbreviation or inside a number', () => {
    expect(openingSentence('/** Types, e.g. int4, take 0.5 bytes. More. */')).toBe('Types, e.g. int4, take 0.5 bytes');
  });

  it('reads line comments and looks past the line that names the interpreter', () => {
    expect(openingSentence('#!/usr/bin/env node\n// Entry.\nimport a;\n')).toBe('Entry');
  });

  it('is empty when the file opens with something else', () => {
    expect(openingSentence("import a from 'a';\n/** Late. */\n")).toBe('');
  });

  it('takes the paragraph when it has no period', () => {
    expect(openingSentence('/**\n * formula: a = b\n *\n * More.\n */')).toBe('formula: a = b');
  });
});

describe('the maps of the code', () => {
  const files = [
    { path: 'low/a.ts', opening: 'A | B' },
    { path: 'loose.ts', opening: 'Loose' },
  ];

  it('list only layers that have files', () => {
    expect(layerTable(layers, files)).toContain('`low/`');
    expect(layerTable(layers, files)).not.toContain('high');
  });

  it('keep a bar inside its cell, and hold loose files last', () => {
    const tables = mechanismTables(layers, files);
    expect(tables).toContain('| A \\| B | [`low/a.ts`](low/a.ts) |');
    expect(tables.indexOf('## src')).toBeGreaterThan(tables.indexOf('## low'));
  });

  it('replace what stands between the markers and nothing else', () => {
    const text = 'before\n<!-- x:start -->\nold\n<!-- x:end -->\nafter\n';
    expect(replaceBetween(text, 'x', 'new')).toBe('before\n<!-- x:start -->\nnew\n<!-- x:end -->\nafter\n');
    expect(replaceBetween(replaceBetween(text, 'x', 'new'), 'x', 'new')).toBe(replaceBetween(text, 'x', 'new'));
    expect(() => replaceBetween(text, 'y', 'new')).toThrow('y:start');
  });
});
