import { describe, expect, it } from 'vitest';
import { planOf, readSweep } from '../../../src/sweep/plan/read-sweep.js';
import { planWith, problemOf } from './sweep-text.js';

const rows = '  - { path: hardware.array.rows, values: [16, 32] }\n';

describe('a mistake in a sweep file', () => {
  const axis = (text: string): string => `axes:\n  - ${text}\n`;
  it.each<[string, string, string | RegExp]>([
    [
      'unknown path',
      axis('{ path: hardware.array.rowz, values: [1] }'),
      /^unknown path: hardware\.array\.rowz \(s\.yaml:6:13\); expected one of: .*did you mean hardware\.array\.rows\?$/,
    ],
    [
      'path without its head',
      axis('{ path: array.rows, values: [1] }'),
      /^unknown path: array\.rows \(s\.yaml:6:13\).*did you mean hardware\.array\.rows/,
    ],
    ['path in another unit', axis('{ path: hardware.clock_GHz, values: [1] }'), /\(s\.yaml:6:13\).*write clock_MHz: 1000$/],
    [
      'block as path',
      axis('{ path: workload, values: [1] }'),
      /^this path is a block: workload \(s\.yaml:6:13\); expected one of: workload\.phase/,
    ],
    [
      'refused value',
      axis('{ path: hardware.array.rows, values: [16, 0] }'),
      'hardware.array.rows must be a whole number of at least 1 and at most 1048576: 0 (s.yaml:6:47)',
    ],
    [
      'refused block',
      axis('{ path: hardware.array, values: [{ rows: 4, columms: 4 }] }'),
      /^unknown key in hardware\.array: columms \(s\.yaml:6:58\)/,
    ],
    [
      'refused computed value',
      axis('{ path: hardware.array.rows, range: { from: 1, to: 2, step: 0.5 } }'),
      /must be a whole number.*: 1\.5 \(s\.yaml:6:41\)$/,
    ],
    [
      'unknown name among values',
      axis('{ path: scheme, values: [fp16, bitmod-4c] }'),
      /^unknown scheme: bitmod-4c \(s\.yaml:6:36\); .*did you mean bitmod-4b/,
    ],
    ['unknown format among values', axis('{ path: scheme.activation.format, values: [fp16, int8x] }'), /int8x \(s\.yaml:6:54\)/],
    [
      'no values',
      axis('{ path: hardware.array.rows }'),
      'axis without values: hardware.array.rows (s.yaml:6:5); give one of values, range, logRange',
    ],
    ['empty values', axis('{ path: hardware.array.rows, values: [] }'), 'axes.0.values must not be empty (s.yaml:6:42)'],
    [
      'values given twice',
      axis('{ path: hardware.array.rows, values: [1], range: { from: 1, to: 2, step: 1 } }'),
      /^axis with values given twice: .*\(s\.yaml:6:47\)/,
    ],
    [
      'repeated value',
      axis('{ path: hardware.array.rows, values: [16, 32, 16] }'),
      'repeated value: 16 (s.yaml:6:51); hardware.array.rows takes it already: remove one',
    ],
    [
      'range without pace',
      axis('{ path: hardware.array.rows, range: { from: 1, to: 2 } }'),
      'a range takes step or count (s.yaml:6:41); give one of the two',
    ],
    [
      'range backwards',
      axis('{ path: hardware.array.rows, logRange: { from: 4, to: 2, factor: 2 } }'),
      /^a range that ends before it begins: from 4 to 2 \(s\.yaml:6:44\)/,
    ],
    [
      'range of too many values',
      axis('{ path: hardware.pe.energy_pJ, range: { from: 0, to: 1, step: 1e-9 } }'),
      /^too many values for one axis/,
    ],
    ['axis without path', axis('{ values: [1] }'), /^axis without a path \(s\.yaml:6:5\)/],
    [
      'zip of unequal length',
      'axes:\n  - zip:\n      - { path: hardware.array.rows, values: [1, 2] }\n      - { path: hardware.array.columns, values: [1, 2, 3] }\n',
      /^axes of a zip must be of equal length: 3 values, the first has 2 \(s\.yaml:8:9\)/,
    ],
    [
      'zip that repeats itself',
      'axes:\n  - zip:\n      - { path: hardware.array.rows, values: [1, 1] }\n      - { path: hardware.array.columns, values: [2, 2] }\n',
      /^repeated combination in a zip: values 1 and 2 of hardware\.array\.rows, hardware\.array\.columns \(s\.yaml:6:5\)/,
    ],
    [
      'keys beside a zip',
      'axes:\n  - zip: [{ path: hardware.array.rows, values: [1] }]\n    values: [1]\n',
      /^values beside zip \(s\.yaml:7:5\)/,
    ],
    [
      'condition on a later axis',
      `axes:\n  - { path: hardware.array.columns, values: [1, 2], when: { rows: 16 } }\n${rows}`,
      /^condition on an axis that does not stand before this one: rows \(s\.yaml:6:61\); move/,
    ],
    [
      'condition on no axis',
      `axes:\n${rows}  - { path: hardware.array.columns, values: [1], when: { rowz: 16 } }\n`,
      /^unknown axis in a condition: rowz \(s\.yaml:7:58\); expected one of: rows, hardware\.array\.rows; did you mean rows\?$/,
    ],
    [
      'condition on a value the axis does not take',
      `axes:\n${rows}  - { path: hardware.array.columns, values: [1], when: { rows: [16, 64] } }\n`,
      'condition on a value that rows does not take: 64 (s.yaml:7:69); expected one of: 16, 32',
    ],
    [
      'axis twice',
      `axes:\n${rows}  - { path: hardware.array.rows, name: again, values: [4] }\n`,
      /^two axes for one path: hardware\.array\.rows \(s\.yaml:7:13\)/,
    ],
    [
      'axis over a part of another',
      `axes:\n${rows}  - { path: hardware.array, values: [{ rows: 1, columns: 1 }] }\n`,
      /^axis that overwrites hardware\.array\.rows or is overwritten by it: hardware\.array \(s\.yaml:7:13\)/,
    ],
    [
      'name of a result column',
      axis('{ path: hardware.array.rows, name: area_mm2, values: [1] }'),
      'name of an axis is a result column: area_mm2 (s.yaml:6:40); give it another name: NAME',
    ],
    [
      'name twice',
      'axes: [{ path: hardware.array.rows, name: a, values: [1] }, { path: hardware.array.columns, name: a, values: [4] }]\n',
      /^name of an axis is that of an earlier axis: a \(s\.yaml:5:99\)/,
    ],
    [
      'too many points',
      `axes:\n${['hardware.array.rows', 'hardware.array.columns', 'hardware.cores', 'workload.context'].map((path) => `  - { path: ${path}, range: { from: 1, to: 10000, step: 1 } }\n`).join('')}`,
      /^too many points: 1\.00e\+16 \(s\.yaml:5:1\)/,
    ],
    [
      'setting of an axis',
      `set: { hardware.array.rows: 4 }\naxes:\n${rows}`,
      'setting of what an axis moves: hardware.array.rows (s.yaml:5:8); remove it, or the axis rows',
    ],
    [
      'unknown setting',
      'set: { hardware.clok_MHz: 4 }\n',
      /^unknown path: hardware\.clok_MHz \(s\.yaml:5:8\).*did you mean hardware\.clock_MHz/,
    ],
    [
      'unknown column in a constraint',
      'constraints:\n  - area_mm2 < 3 mm^2 and latncy_s < 1 s\n',
      /^unknown column or unit: latncy_s \(s\.yaml:6:27\).*did you mean latency_s/,
    ],
    [
      'wrong units in a quoted constraint',
      "constraints: ['TOPS > 1 and latency_s < 2 mm']\n",
      /^constraint cannot be evaluated: .* \(s\.yaml:5:29\); units do not match: s < mm/,
    ],
    ['constraint that is a number', 'constraints: [area_mm2 + 1 mm^2]\n', /^a constraint must be true or false: .*\(s\.yaml:5:15\)/],
    [
      'objective that is true or false',
      'objectives: [{ minimize: area_mm2 < 3 mm^2 }]\n',
      /^an objective must be a number: .*\(s\.yaml:5:26\)/,
    ],
    [
      'sum of two units',
      'objectives: [{ minimize: latency_s + energy_J, name: x }]\n',
      /^objective cannot be evaluated: .*\(s\.yaml:5:26\); units do not match: s \+ J/,
    ],
    ['objective without direction', 'objectives: [{ name: x }]\n', /^objective without an expression \(s\.yaml:5:14\)/],
    ['objective in two directions', 'objectives: [{ minimize: TOPS, maximize: TOPS }]\n', /^objective in two directions \(s\.yaml:5:14\)/],
    [
      'objective under the name of another column',
      'objectives: [{ minimize: latency_s * 2, name: area_mm2 }]\n',
      /^objective with the name of a result column that it is not: area_mm2 \(s\.yaml:5:47\)/,
    ],
    [
      'objective with the name of an axis',
      `axes:\n${rows}objectives: [{ minimize: latency_s * 2, name: rows }]\n`,
      /^name of an objective is that of an axis or of another objective: rows \(s\.yaml:7:47\)/,
    ],
    ['expression over nothing', 'constraints: [1 < 2]\n', /^constraint uses no column and no axis: 1 < 2 \(s\.yaml:5:15\)/],
    [
      'axis of words in an expression',
      'axes:\n  - { path: scheme, values: [fp16, bitmod-4b] }\nconstraints: [scheme > 1]\n',
      /^axis in an expression whose values are not all numbers: scheme \(s\.yaml:7:15\)/,
    ],
    [
      'conditional axis in an objective',
      `axes:\n${rows}  - { path: hardware.array.columns, values: [1, 2], when: { rows: 16 } }\nobjectives: [{ minimize: latency_s * columns, name: x }]\n`,
      /^axis in an expression that a condition keeps out of some points: columns \(s\.yaml:8:38\)/,
    ],
    [
      'too many constraints',
      `constraints: [${Array.from({ length: 32 }, (_, i) => `TOPS > ${i}`).join(', ')}]\n`,
      /^too many constraints: 32 \(s\.yaml:5:1\); at most 31/,
    ],
    [
      'too many objectives',
      `objectives: [${Array.from({ length: 6 }, (_, i) => `{ minimize: TOPS * ${i + 2}, name: n${i} }`).join(', ')}]\n`,
      'too many objectives: 6 (s.yaml:5:1); at most 5',
    ],
    [
      'unknown column to store',
      'columns: [latency_s, aera_mm2]\n',
      /^unknown result column: aera_mm2 \(s\.yaml:5:22\).*did you mean area_mm2/,
    ],
    [
      'expression that a flow mapping cuts at a comma',
      'objectives: [{ minimize: max(rows, 3) }]\n',
      /^unknown key in objectives\.0: 3\) \(s\.yaml:5:36\); .*text with a comma needs quotes/,
    ],
    [
      'expression that a flow sequence cuts at a comma',
      'constraints: [max(latency_s, 1 ms) < 3 ms]\n',
      /constraint cannot be read: max\(latency_s .*; a text with a comma needs quotes between \[ \] or \{ \}/,
    ],
    [
      'repeated constraint',
      'constraints: [TOPS > 1, TOPS > 2, TOPS > 1]\n',
      /^repeated constraint: TOPS > 1 \(s\.yaml:5:35\); remove one$/,
    ],
    [
      'condition of the first axis',
      'axes: [{ path: hardware.cores, values: [1, 2], when: { scheme: fp16 } }]\n',
      /^condition of the first axis: scheme \(s\.yaml:5:56\); /,
    ],
    [
      'budget axis without budget',
      axis('{ path: iso.value, values: [1, 2] }'),
      /^axis over a budget without iso: iso\.value \(s\.yaml:5:1\)/,
    ],
    ['tokens without generate', 'workload: { phase: decode, tokens: 3 }\n', /^tokens go with phase generate only: decode \(s\.yaml:5:1\)/],
    ['generate without tokens', 'workload: { phase: generate }\n', /^generate needs the number of tokens \(s\.yaml:5:1\)/],
    ['unknown key', 'objective: [1]\n', /^unknown key: objective \(s\.yaml:5:1\); .*did you mean objectives\?$/],
  ])('%s: what, value, place and remedy', (_, lines, message) => {
    const problem = problemOf(() => planWith(lines));
    if (typeof message === 'string') expect(problem).toBe(message);
    else expect(problem).toMatch(message);
  });

  it('is told together with all others', () => {
    const problem = problemOf(() => planWith('constraints: [a_b > 1, TOPS]\ncolumns: [x]\nstrategy: y\n'));
    expect(problem).toMatch(
      /^4 problems in s\.yaml\n {2}unknown column.*5:15.*\n {2}a constraint must.*5:24.*\n {2}unknown result column.*6:11.*\n {2}unknown strategy.*7:11/,
    );
  });

  it('in a design that is missing says how to give one', () => {
    expect(problemOf(() => planOf('name: x\nmodel: opt-1.3b\nscheme: fp16\n', 's.yaml'))).toMatch(
      /^missing key: hardware \(s\.yaml:1:1\); add hardware: a name or file/,
    );
    expect(problemOf(() => planOf('name: x\nhardware: bitmodd\nmodel: opt-1.3b\nscheme: fp16\n', 's.yaml'))).toMatch(
      /^unknown accelerator or GPU: bitmodd \(s\.yaml:2:11\)/,
    );
  });

  it('in a setting of the command line is shown as it was written', () => {
    expect(problemOf(() => planWith('', { set: ['hardware.rows=3'] }))).toMatch(/^unknown path: hardware\.rows \(--set hardware\.rows=3\)/);
    expect(problemOf(() => planWith('', { set: ['hardware.array.rows=0'] }))).toMatch(
      /must be a whole number.*: 0 \(--set hardware\.array\.rows=0\)$/,
    );
    expect(problemOf(() => planWith(`axes:\n${rows}`, { set: ['hardware.array.rows=4'] }))).toMatch(
      /^setting of what an axis moves: .*\(--set/,
    );
    expect(problemOf(() => planWith('', { set: ['nothing'] }))).toMatch(/^malformed setting: nothing/);
  });

  it('is a name that no sweep has', async () => {
    await expect(readSweep('bitmod-aray-datatype-group')).rejects.toThrow(/^unknown sweep: .*did you mean bitmod-array-datatype-group/);
  });
});
