import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sweepDocumentSchema, sweepExplainDocumentSchema } from '../../src/report/documents.js';
import type { SimulateDocument, SweepDocument, SweepExplainDocument } from '../../src/report/documents.js';
import { lowbit, lowbitJson, scratchFolder } from './built-program.js';

const entry = resolve(import.meta.dirname, '../../dist/program/main.js');

const study = `
name: study
description: rows, scheme and bandwidth
hardware: bitmod
model: phi-2
workload: { phase: decode, context: 128 }
axes:
  - { path: hardware.array.rows, name: rows, values: [8, 16, 32, 64] }
  - { path: scheme, values: [bitmod-3b, bitmod-4b] }
  - { path: scheme.weight.group, name: group, values: [64, 128] }
  - { path: hardware.dram.bandwidth_bitsPerCycle, name: bandwidth, values: [128, 256, 512] }
constraints: [ "area_mm2 <= 6 mm^2" ]
objectives:
  - { minimize: latency_s }
  - { minimize: area_mm2 }
columns: [latency_s, latency_cycles, energy_pJ, area_mm2, utilization]
`;

/** A folder with the study in it, changed. */
function folderWith(text: string): string {
  const folder = scratchFolder();
  writeFileSync(join(folder, 'study.yaml'), text);
  return folder;
}

const textOf = (folder: string, name: string): string => readFileSync(join(folder, name), 'utf8');

describe('a sweep from the command line', () => {
  const cwd = folderWith(study);
  const first = lowbit(['sweep', 'study.yaml', '--out', 'out'], { cwd });

  it('prints counts, front, sensitivity and constraints, and writes page, front, rows and charts', () => {
    expect([first.code, first.err]).toEqual([0, 'wrote out/index.html, pareto.json, rows.parquet, rows.jsonl, rows.csv\n']);
    expect(first.out).toMatch(/study +48 +0 +48 +36 +0 +\d+/);
    expect(first.out).toMatch(/The front, best latency_s first/);
    expect(first.out).toMatch(/Which axis decides/);
    expect(first.out).toMatch(/area_mm2 <= 6 mm\^2 +12 +12/);
    const files = readdirSync(join(cwd, 'out'));
    for (const name of ['index.html', 'pareto.json', 'front.csv', 'summary.md', 'sweep.json', 'sweep-pareto.svg', 'sweep-coordinates.svg', 'sweep-sensitivity.svg', 'sweep-effects-1.svg', 'sweep-effects-2.svg']) expect(files).toContain(name); // prettier-ignore
  });

  it('prints with --json the document that pareto.json holds, which fits its schema and is read by report', () => {
    const document = lowbitJson<SweepDocument>(['sweep', 'study.yaml', '--seed', '1'], { cwd });
    expect(() => sweepDocumentSchema.parse(document)).not.toThrow();
    expect(document).toEqual(JSON.parse(textOf(cwd, 'out/pareto.json')));
    expect(lowbit(['report', 'out', '--out', 'again', '--title', 'study'], { cwd }).code).toBe(0);
    expect(textOf(cwd, 'again/sweep-pareto.svg')).toBe(textOf(cwd, 'out/sweep-pareto.svg'));
  });

  it('gives the same files for one worker as for two, and for shards that are merged', () => {
    expect(lowbit(['sweep', 'study.yaml', '--out', 'alone', '--jobs', '1', '--no-cache'], { cwd }).code).toBe(0);
    for (const shard of ['2/2', '1/2']) {
      const { code, out } = lowbit(['sweep', 'study.yaml', '--out', 'shards', '--shard', shard], { cwd });
      expect([code, out]).toEqual([0, expect.stringMatching(new RegExp(`^shard ${shard[0] ?? ''} of 2: \\d+ rows`))]);
      expect(existsSync(join(cwd, 'shards/pareto.json'))).toBe(false);
    }
    expect(lowbit(['sweep', 'merge', 'shards'], { cwd }).code).toBe(0);
    for (const name of ['pareto.json', 'rows.parquet', 'rows.jsonl', 'rows.csv', 'front.csv', 'index.html']) {
      for (const folder of ['alone', 'shards']) expect([folder, name, textOf(cwd, `${folder}/${name}`) === textOf(cwd, `out/${name}`)]).toEqual([folder, name, true]); // prettier-ignore
    }
  });

  it('explains a point, with a command that simulates it alone to the same totals', () => {
    const rows = textOf(cwd, 'out/rows.jsonl').trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>); // prettier-ignore
    for (const point of [0, 31]) {
      const document = lowbitJson<SweepExplainDocument>(['sweep', 'explain', 'out', '--point', String(point)], { cwd });
      expect(() => sweepExplainDocumentSchema.parse(document)).not.toThrow();
      const row = rows.find((candidate) => candidate['point'] === point) ?? {};
      expect(document.axes).toEqual({ rows: row['rows'], scheme: row['scheme'], group: row['group'], bandwidth: row['bandwidth'] });
      const { totals } = lowbitJson<SimulateDocument>(document.simulate.slice(1), { cwd });
      const { latency_s, latency_cycles, energy_pJ, area_mm2, utilization } = totals;
      expect(document.columns).toEqual({ latency_s, latency_cycles, energy_pJ, area_mm2, utilization });
    }
  });

  it('says which rows dominate a point and by how much', () => {
    const { front } = JSON.parse(textOf(cwd, 'out/pareto.json')) as SweepDocument;
    const onFront = lowbitJson<SweepExplainDocument>(['sweep', 'explain', 'out', '--point', String(front[0]?.point ?? 0)], { cwd });
    expect([onFront.dominatedBy, onFront.objectives['latency_s']?.place]).toEqual([0, 1]);
    // 32 rows, 4 bits and the narrowest DRAM: a wider one costs no area.
    const other = lowbitJson<SweepExplainDocument>(['sweep', 'explain', 'out', '--point', '30'], { cwd });
    expect(other.dominatedBy).toBeGreaterThan(0);
    expect(other.dominators[0]?.gains['latency_s']).toBeGreaterThan(0);
    const { out } = lowbit(['sweep', 'explain', 'out', '--point', '30'], { cwd });
    expect(out).toMatch(/dominate it, most gain first/);
    expect(out).toMatch(/To simulate it alone:\n {2}lowbit simulate --hw bitmod/);
  });

  it('finds the front of other objectives in its rows', () => {
    const document = lowbitJson<SweepDocument>(['sweep', 'front', 'out', '--objectives', 'energy_pJ,utilization:max'], { cwd });
    expect(document.objectives.map(({ name, direction }) => [name, direction])).toEqual([['energy_pJ', 'minimize'], ['utilization', 'maximize']]); // prettier-ignore
    expect(document.counts.feasible).toBe(36);
    const whole = lowbitJson<SweepDocument>(['sweep', 'front', 'out'], { cwd });
    expect(whole.front).toEqual((JSON.parse(textOf(cwd, 'out/pareto.json')) as SweepDocument).front);
    expect(lowbitJson<SweepDocument>(['sweep', 'front', 'out', '--epsilon', '100'], { cwd }).front.length).toBe(1);
    expect(lowbit(['sweep', 'front', 'out', '--objectives', 'energy_J'], { cwd }).err).toMatch(
      /unknown objective or stored column.*energy_pJ/,
    );
  });

  it('runs a small one without a folder, and leaves none', () => {
    const { code, out, err } = lowbit(['sweep', 'study.yaml', '--set', 'hardware.clock_MHz=500', '--seed', '3'], { cwd });
    expect([code, err]).toEqual([0, 'rows and page were not kept; --out DIR keeps them\n']);
    expect(out).toMatch(/study +48 +0 +48/);
  });

  it('refuses a folder that holds results, or another sweep, and goes on in its own', () => {
    expect(lowbit(['sweep', 'study.yaml', '--out', 'out'], { cwd }).err).toMatch(/already holds results of this sweep.*--resume/);
    const before = textOf(cwd, 'out/pareto.json');
    expect(lowbit(['sweep', 'study.yaml', '--out', 'out', '--resume'], { cwd }).code).toBe(0);
    expect(textOf(cwd, 'out/pareto.json')).toBe(before);
    const other = lowbit(['sweep', 'study.yaml', '--out', 'out', '--resume', '--set', 'workload.context=64'], { cwd });
    expect([other.code, other.out]).toEqual([1, '']);
    expect(other.err).toMatch(/the folder holds another sweep.*context.*out/);
  });

  it('counts failed points on stderr and keeps the others', () => {
    const failing = folderWith(study.replace('values: [64, 128]', 'values: [64, 128, 7]').replace('[128, 256, 512]', '[256]'));
    const { code, out, err } = lowbit(['sweep', 'study.yaml', '--out', 'out'], { cwd: failing });
    expect([code, out.includes('Failed points')]).toEqual([0, err.includes('failed, first point')]);
  });
});

describe('the guide to sweeps', () => {
  it('shows a sweep file and what it gives', () => {
    const guide = readFileSync(resolve(import.meta.dirname, '../../docs/sweeps.md'), 'utf8');
    const [file = ''] = /(?<=```yaml\n).*?(?=```)/s.exec(guide) ?? [];
    const texts = [...guide.matchAll(/```text\n(.*?)```/gs)].map(([, text = '']) => text.trim());
    const cwd = folderWith(file);
    const { code, out } = lowbit(['sweep', 'study.yaml', '--out', 'out'], { cwd });
    expect([code, out.includes(texts[0] ?? '-')]).toEqual([0, true]);
    const explained = lowbit(['sweep', 'explain', 'out', '--point', '300'], { cwd }).out;
    for (const part of (texts[1] ?? '').split('\n...\n')) expect(explained).toContain(part);
  });
});

describe('a sweep that is interrupted', () => {
  it('ends with 130, keeps what is finished, and goes on to the same bytes', async () => {
    const large = study.replace('values: [8, 16, 32, 64]', 'range: { from: 1, to: 120, step: 1 }').replace('values: [128, 256, 512]', 'range: { from: 64, to: 1024, step: 8 }'); // prettier-ignore
    const cwd = folderWith(large);
    mkdirSync(join(cwd, 'tmp'));
    const child = spawn(process.execPath, [entry, 'sweep', 'study.yaml', '--out', 'cut', '--jobs', '1'], { cwd, env: { ...process.env, TMPDIR: join(cwd, 'tmp') } }); // prettier-ignore
    let err = '';
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const ended = new Promise<number | null>((done) => child.on('exit', done));
    while (child.exitCode === null && !hasPart(join(cwd, 'cut/parts'))) await new Promise((done) => setTimeout(done, 5));
    child.kill('SIGINT');
    expect([await ended, err]).toEqual([130, expect.stringMatching(/stopping; what is finished is kept/)]);
    expect(err).toMatch(/to go on: lowbit sweep study\.yaml --out cut --resume/);
    expect((JSON.parse(textOf(cwd, 'cut/pareto.json')) as SweepDocument).complete).toBe(false);
    expect(lowbit(['sweep', 'study.yaml', '--out', 'cut', '--resume'], { cwd }).code).toBe(0);
    expect(lowbit(['sweep', 'study.yaml', '--out', 'whole'], { cwd }).code).toBe(0);
    for (const name of ['pareto.json', 'rows.parquet']) expect([name, textOf(cwd, `cut/${name}`) === textOf(cwd, `whole/${name}`)]).toEqual([name, true]); // prettier-ignore
  }, 120_000);

  it('ends at once by a second signal, cleans up after itself, and goes on all the same', async () => {
    const large = study.replace('values: [8, 16, 32, 64]', 'range: { from: 1, to: 120, step: 1 }').replace('values: [128, 256, 512]', 'range: { from: 64, to: 1024, step: 8 }'); // prettier-ignore
    const cwd = folderWith(large);
    const child = spawn(process.execPath, [entry, 'sweep', 'study.yaml', '--out', 'cut', '--jobs', '4'], {
      cwd,
      stdio: 'ignore',
    });
    const ended = new Promise<NodeJS.Signals | null>((done) => child.on('exit', (_code, signal) => done(signal)));
    // The lock is there before the third and fourth worker have loaded.
    while (child.exitCode === null && !existsSync(join(cwd, 'cut/.lock'))) await new Promise((done) => setTimeout(done, 5));
    // Both at once: a second one after the answer to the first may find the sweep at its end. Two of one kind that wait together are one.
    child.kill('SIGINT');
    child.kill('SIGTERM');
    expect(await ended).toBe('SIGTERM');
    expect(readdirSync(join(cwd, 'cut')).filter((name) => name.startsWith('.'))).toEqual([]);
    expect(lowbit(['sweep', 'study.yaml', '--out', 'cut', '--resume', '--quiet'], { cwd }).code).toBe(0);
  }, 120_000);

  const hasPart = (folder: string): boolean => existsSync(folder) && readdirSync(folder).some((name) => name.startsWith('part-'));
});

describe('mistakes around a sweep', () => {
  const cwd = folderWith(study);
  const changed = (from: string, to: string): string => {
    const folder = folderWith(study.replace(from, to));
    return join(folder, 'study.yaml');
  };

  const finished = (): string => {
    lowbit(['sweep', 'study.yaml', '--out', 'finished'], { cwd });
    return 'finished';
  };

  it.each<[string, () => string[], RegExp]>([
    ['an axis path that does not exist', () => [changed('hardware.array.rows', 'hardware.array.rowz')], /hardware\.array\.rowz.*study\.yaml:8:\d+.*hardware\.array\.rows/s], // prettier-ignore
    ['a constraint over an unknown column', () => [changed('area_mm2 <=', 'area_mm <=')], /area_mm\b.*study\.yaml:12:\d+.*area_mm2/s],
    ['a constraint with wrong units', () => [changed('6 mm^2', '6 ms')], /study\.yaml:12:\d+/],
    ['a constraint whose unit is missing', () => [changed('6 mm^2', '6')], /study\.yaml:12:\d+/],
    ['an objective that cannot be read', () => [changed('minimize: latency_s', 'minimize: latency_s *')], /study\.yaml:14:\d+/],
    ['an infeasible space', () => [changed('6 mm^2', '1 mm^2')], /no point is feasible: area_mm2 <= 1 mm\^2 rules out 48 points \(48 alone\); loosen area_mm2 <= 1 mm\^2 \(the nearest is point \d+, \d+\.\d % off\)/], // prettier-ignore
    ['a constraint that is unknown everywhere', () => [changed('area_mm2 <= 6 mm^2', 'power_W < 1 W'), '--set', 'hardware.dram.energy_pJPerBit=null'], /no point is feasible: power_W < 1 W is unknown for 48 points \(at point 0 dram: bitmod has no energy per DRAM bit.*\); where power_W < 1 W is unknown, state the missing numbers under set .*lowbit simulate --hw bitmod/], // prettier-ignore
    ['an objective that is unknown everywhere', () => [changed('minimize: latency_s', 'minimize: energy_J'), '--set', 'hardware.dram.energy_pJPerBit=null'], /no feasible point has a value for every objective: energy_J is unknown for 36 points \(at point 0 dram: /], // prettier-ignore
    ['no such file', () => ['studdy.yaml'], /no such file: studdy\.yaml/],
    ['no such name', () => ['bitmod-arrays'], /unknown sweep: bitmod-arrays/],
    ['a folder instead of a file', () => [cwd], /this is a folder, not a sweep file/],
    ['a word of sweep misspelt', () => ['exlain', 'out'], /did you mean sweep explain/],
    ['a word of sweep alone', () => ['merge'], /sweep merge needs the folder of the shards/],
    [
      'an option of another word',
      () => ['study.yaml', '--point', '3'],
      /--point does not go with a sweep file; it belongs to sweep explain/,
    ],
    ['a shard without a folder', () => ['study.yaml', '--shard', '1/2'], /--shard needs --out/],
    ['a shard that is none', () => ['study.yaml', '--out', 'x', '--shard', '3/2'], /--shard takes i\/n with i from 1 to n: 3\/2/],
    ['a seed that is none', () => ['study.yaml', '--seed', 'x'], /--seed takes a whole number/],
    ['a word for rows that is none', () => ['study.yaml', '--rows', 'csv'], /--rows takes a word: csv.*always, never/],
    ['a setting with an unknown path', () => ['study.yaml', '--set', 'hardware.array.rowz=3'], /hardware\.array\.rowz.*rows/],
    ['a folder without a sweep', () => ['explain', cwd, '--point', '1'], /no sweep in this folder/],
    ['a submission without an engine', () => ['submit', 'study.yaml', '--shards', '2', '--out', 'x'], /no engine given/],
    ['a submission to an engine that is none', () => ['submit', 'study.yaml', '--shards', '2', '--out', 'x', '--engine', 'pbs'], /unknown engine: pbs.*slurm/], // prettier-ignore
    [
      'an objective asked for twice',
      () => ['front', finished(), '--objectives', 'latency_s,latency_s'],
      /gives the same objective twice: latency_s/,
    ],
    ['a memory of workers that is none', () => ['study.yaml', '--worker-memory', '-5'], /for example --worker-memory 2048/],
    ['the status of nothing', () => ['status', cwd], /no sweep in this folder/],
  ])('%s is answered with place and remedy, exit code 1', (_, words, message) => {
    const { code, err } = lowbit(['sweep', ...words()], { cwd });
    expect([code, err]).toEqual([1, expect.stringMatching(message)]);
  });

  it('the front of one shard says what is missing', () => {
    const folder = folderWith(study);
    expect(lowbit(['sweep', 'study.yaml', '--out', 'out', '--shard', '2/2'], { cwd: folder }).code).toBe(0);
    const { complete, notes } = lowbitJson<SweepDocument>(['sweep', 'front', 'out'], { cwd: folder });
    expect(complete).toBe(false);
    expect(notes.join()).toMatch(/0 of 1 parts of the sweep are there.*cut into 2 shards/);
  });

  it('shards that do not match are not merged', () => {
    const folder = folderWith(study);
    const run = (shard: string, more: string[] = []) => lowbit(['sweep', 'study.yaml', '--out', 'out', '--shard', shard, ...more], { cwd: folder }); // prettier-ignore
    const fine = ({ code, err }: { code: number | null; err: string }): void => expect([code, err]).toEqual([0, expect.not.stringContaining('lowbit:')]); // prettier-ignore
    fine(run('1/3'));
    expect(lowbit(['report', 'out', '--out', 'page'], { cwd: folder }).err).toMatch(/not merged.*sweep merge out/);
    expect(lowbit(['sweep', 'merge', 'out'], { cwd: folder }).err).toMatch(/shard.*2.*3/);
    expect(run('1/2').err).toMatch(/cut into 3 shards, this run is cut into 2 shards/);
    expect(run('2/3', ['--set', 'workload.context=64']).err).toMatch(/holds another sweep/);
    fine(run('2/3'));
    fine(run('3/3'));
    fine(lowbit(['sweep', 'merge', 'out', '--json'], { cwd: folder }));
  });

  it('a folder with the page of another command is left as it is, and the other way round', () => {
    const folder = folderWith(study);
    const simulate = (out: string) =>
      lowbit(['simulate', '--hw', 'bitmod', '--model', 'phi-2', '--scheme', 'bitmod-4b', '--phase', 'decode', '--context', '64', '--out', out], { cwd: folder }); // prettier-ignore
    expect(simulate('page').code).toBe(0);
    const files = readdirSync(join(folder, 'page'));
    expect(lowbit(['sweep', 'study.yaml', '--out', 'page'], { cwd: folder }).err).toMatch(
      /holds results of another command.*results\.json/,
    );
    expect(readdirSync(join(folder, 'page'))).toEqual(files);
    expect(lowbit(['sweep', 'study.yaml', '--out', 'out'], { cwd: folder }).code).toBe(0);
    expect(simulate('out').err).toMatch(/holds a sweep.*--out/);
    expect(lowbit(['report', 'page', '--out', 'out'], { cwd: folder }).err).toMatch(/holds a sweep/);
    expect(lowbit(['sweep', 'front', 'out', '--json'], { cwd: folder }).out).toContain('"complete": true');
  });

  it('a folder that cannot be written is noticed before anything is simulated', () => {
    const { code, out, err } = lowbit(['sweep', 'study.yaml', '--out', '/proc/lowbit-sweep'], { cwd });
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/cannot make the folder .*\/proc\/lowbit-sweep/);
  });
});
