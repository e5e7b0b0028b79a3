import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lowbit, lowbitJson, scratchFolder } from './built-program.js';

const root = resolve(import.meta.dirname, '../..');
const simulate = ['simulate', '--hw', 'bitmod', '--model', 'phi-2', '--scheme', 'bitmod-4b'];

describe('the command line', () => {
  it.each<[string[], RegExp]>([
    [[], /no command given/],
    [['simulat'], /unknown command: simulat.*did you mean simulate/],
    [['simulate'], /no hardware given; add --hw/],
    [['simulate', '--hw', 'bitmodd', '--model', 'phi-2', '--scheme', 'fp16'], /unknown accelerator or GPU: bitmodd.*did you mean bitmod/],
    [['simulate', '--hw', 'bitmod', '--model', 'phi-3', '--scheme', 'fp16'], /unknown model: phi-3.*did you mean phi-2/],
    [['simulate', '--hw', 'bitmod', '--model', 'phi-2'], /no scheme given/],
    [['simulate', '--hw', 'bitmod'], /no workload given/],
    [[...simulate, '--layers', 'x.csv'], /more than one workload given/],
    [[...simulate, '--contxt', '5'], /contxt.*did you mean --context/],
    [[...simulate, '--context', '0'], /--context takes a positive integer up to 2147483648: 0/],
    [[...simulate, '--context', '1.5'], /--context takes a positive integer .*: 1\.5/],
    [[...simulate, '--batch', '1e12'], /--batch takes a positive integer up to 2147483648: 1e12/],
    [['completion', 'bsh'], /unknown shell: bsh.*did you mean bash/],
    [[...simulate, '--batch', '2', '--batch', '3'], /--batch given 2 times/],
    [[...simulate, '--phase', 'prefil'], /unknown phase: prefil.*did you mean prefill/],
    [[...simulate, '--phase', 'generate'], /tokens/],
    [[...simulate, '--set', 'array.rowz=4'], /array\.rowz.*rows/],
    [[...simulate, '--set', 'array.rows=0'], /array\.rows.*0/],
    [[...simulate, '--set', 'array.rows'], /array\.rows/],
    [[...simulate, '--quantizer', 'rtn'], /--quantizer does not go with --model/],
    [[...simulate, '--require', 'latncy_s < 1 s'], /latncy_s/],
    [['reproduce', 'bitmodd'], /unknown published table: bitmodd.*did you mean bitmod/],
    [['list', 'model'], /unknown kind: model.*did you mean models/],
    [['explain', 'x'.repeat(300)], /the name is too long/],
    [['explain', 'no-such-result.json'], /no such file.*no-such-result\.json/],
  ])('answers the mistake in %j with what, value, place and remedy on stderr, exit code 1 and nothing on stdout', (words, message) => {
    const { code, out, err } = lowbit(words);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(message);
  });

  it('says file, line and column of every problem of a configuration', () => {
    const file = join(scratchFolder(), 'mine.yaml');
    writeFileSync(
      file,
      'name: mine\nkind: pe-array\ntiming: layer-roofline\nsource: mine\ntechnology_nm: 28\nclock_GHz: 1\narray: { rows: 0, rowz: 2 }\n',
    );
    const { code, err } = lowbit(['simulate', '--hw', file, '--model', 'phi-2', '--scheme', 'fp16']);
    expect(code).toBe(1);
    expect(err).toMatch(/mine\.yaml:6:1/);
    expect(err).toMatch(/clock_MHz/);
    expect(err).toMatch(/mine\.yaml:7:/);
    expect(lowbit(['validate', file]).code).toBe(1);
  });

  it('validates everything that ships: every data file of every kind, by its kind', () => {
    const { files, invalid } = lowbitJson<{ files: { file: string; kind: string }[]; invalid: number }>(['validate']);
    expect(invalid).toBe(0);
    const folders = {
      accelerator: 'hw-configs/accelerators',
      memory: 'hw-configs/memories',
      model: 'models',
      scheme: 'models/schemes',
      published: 'reports/published',
    };
    for (const [kind, folder] of Object.entries(folders)) {
      const there = readdirSync(resolve(root, folder)).filter((file) => file.endsWith('.yaml'));
      expect(there.length).toBeGreaterThan(0);
      expect(
        files
          .filter((file) => file.kind === kind)
          .map(({ file }) => basename(file))
          .sort(),
      ).toEqual(there.sort());
    }
  });

  it('validates a file as the command that takes it reads it', () => {
    const folder = scratchFolder();
    const verdict = (name: string, text: string): { kind: string; problem: string | null } => {
      const file = join(folder, name);
      writeFileSync(file, text);
      const { out } = lowbit(['validate', file, '--json']);
      return (JSON.parse(out) as { files: { kind: string; problem: string | null }[] }).files[0]!;
    };
    const unknownOption =
      'name: s\nsource: mine\nweight: { quantizer: bitmod, bits: 4, grup: 64 }\nactivation: { format: fp16 }\nkv: { format: fp16 }\n';
    expect(verdict('s.yaml', unknownOption)).toMatchObject({ kind: 'scheme', problem: expect.stringMatching(/grup/) as string });
    const twice = '{"kind": "lowbit-trace", "schemaVersion": 1, "layers": [{"m": 1, "m": 64}]}';
    expect(verdict('t.json', twice)).toMatchObject({
      kind: 'trace',
      problem: expect.stringMatching(/duplicate key: m .*t\.json:1:66/) as string,
    });
    expect(lowbit(['simulate', '--hw', 'bitmod', '--trace', join(folder, 't.json')]).err).toMatch(/duplicate key: m/);
    expect(verdict('m.yaml', 'name: m\nenergy_pJPerBit: -1\n').problem).toMatch(/energy_pJPerBit.*-1/);
    expect(verdict('p.yaml', 'id: p\ntables: []\n').kind).toBe('published');
    expect(verdict('x.yaml', 'colour: red\n')).toMatchObject({
      kind: 'unknown',
      problem: expect.stringMatching(/cannot tell what kind/) as string,
    });
    const memory = readFileSync(resolve(root, 'hw-configs/memories/hbm2.yaml'), 'utf8');
    expect(lowbit(['validate', '-'], { input: memory }).out).toMatch(/ok \(memory\)/);
  });

  it('says of a file that is given to the wrong option what it is and which option takes it', () => {
    const data = (file: string): string => resolve(root, file);
    const [hardware, model, scheme] = ['hw-configs/accelerators/bitmod.yaml', 'models/phi-2.yaml', 'models/schemes/fp16.yaml'].map(data);
    const cases: readonly [string[], RegExp][] = [
      [['--hw', model!, '--model', 'phi-2', '--scheme', 'fp16'], /this is a model, not an accelerator: \S*phi-2\.yaml; give it to --model/],
      [['--hw', data('hw-configs/memories/hbm2.yaml')], /this is a memory, not an accelerator.*dram\.preset/],
      [['--hw', 'bitmod', '--model', hardware!, '--scheme', 'fp16'], /this is an accelerator, not a model.*give it to --hw/],
      [['--hw', 'bitmod', '--model', 'net.onnx', '--scheme', 'fp16'], /this is a file of tensors, not a model.*--weights/],
      [['--hw', 'bitmod', '--model', 'phi-2', '--scheme', model!], /this is a model, not a quantization scheme.*--model/],
      [['--hw', 'bitmod', '--trace', model!], /this is a model, not a layer trace.*--model/],
      [['--hw', 'bitmod', '--layers', scheme!], /this is a quantization scheme, not a table of layers.*--scheme/],
      [['--hw', 'bitmod', '--weights', model!, '--quantizer', 'rtn'], /this is a model, not a file of tensors.*--model/],
    ];
    for (const [words, message] of cases) {
      const { code, out, err } = lowbit(['simulate', ...words]);
      expect([words, code, out]).toEqual([words, 1, '']);
      expect(err).toMatch(message);
    }
    expect(lowbit(['simulate', '--hw', 'bitmod', '--model', 'no-such.yaml', '--scheme', 'fp16']).err).toMatch(
      /no such file: no-such\.yaml/,
    );
  });

  it('lists what there is with name, kind, source and description', () => {
    const rows = lowbitJson<{ name: string; kind: string; source: string; description: string }[]>(['list']);
    for (const kind of ['models', 'schemes', 'accelerators', 'memories', 'formats', 'quantizers', 'published', 'timings']) {
      const own = rows.filter((row) => row.kind === kind);
      expect(own.length, kind).toBeGreaterThan(0);
      for (const row of own) expect([row.name, row.source.length > 2], kind).toEqual([row.name, true]);
    }
    const quantizers = lowbitJson<{ options: { name: string; allowed: string; default?: unknown }[] }[]>(['list', 'quantizers']);
    expect(quantizers[0]?.options[0]).toMatchObject({ name: 'bits', allowed: 'integer at least 2, at most 8', default: 4 });
    expect(lowbit(['list', 'quantizers']).out).toMatch(/bits=4 granularity=group/);
    const models = rows.filter(({ kind }) => kind === 'models').map(({ name }) => name);
    expect(models).toEqual(
      expect.arrayContaining(['opt-1.3b', 'phi-2', 'yi-6b', 'llama-2-7b', 'llama-2-13b', 'llama-3-8b', 'mixtral-8x7b', 'vgg16']),
    );
    expect(models.length).toBeGreaterThanOrEqual(30);
  });

  it('compares designs each with its own scheme, the first being the baseline', () => {
    const words = ['compare', '--hw', 'fp16,ant,olive,bitmod', '--model', 'llama-2-7b', '--scheme', 'fp16,ant-4b,olive-4b,bitmod-4b'];
    const { rows } = lowbitJson<{ rows: { hardware: string; speedup: number; energyEfficiency: number }[] }>(words);
    expect(rows.map(({ hardware }) => hardware)).toEqual(['fp16', 'ant', 'olive', 'bitmod']);
    expect(rows[0]).toMatchObject({ speedup: 1, energyEfficiency: 1 });
    for (const row of rows.slice(1)) expect(row.speedup).toBeGreaterThan(1);
    expect(lowbit([...words.slice(0, -1), 'fp16,ant-4b']).err).toMatch(/--scheme has 2 entries for 4 designs/);
  });

  it('says of compared designs whose DRAM energy differs what it is for each, and nothing where it is the same', () => {
    const compare = (hw: string, scheme: string, ...more: string[]): ReturnType<typeof lowbit> =>
      lowbit(['compare', '--hw', hw, '--scheme', scheme, '--model', 'phi-2', '--phase', 'decode', '--json', ...more]);
    const differing =
      /^DRAM energy differs, so ratios of energy compare memories as well as designs;.* fp16, fp16-native: 18\.75 pJ per bit \(.*\); int8-systolic: 3\.9 pJ per bit \(.*\)$/m;
    const { code, err, out } = compare('fp16,fp16-native,int8-systolic', 'fp16,fp16,w8a8');
    expect([code, err]).toEqual([0, expect.stringMatching(differing)]);
    for (const { notes } of (JSON.parse(out) as { results: { notes: string[] }[] }).results) expect(notes.join('\n')).toMatch(differing);
    for (const same of [compare('fp16,fp16-native', 'fp16'), compare('fp16,int8-systolic', 'fp16,w8a8', '--set', 'dram.energy_pJPerBit=5')])
      expect([same.code, same.err]).toEqual([0, expect.not.stringMatching(/DRAM energy differs/)]);
  });

  it('prints the completion script of the shell it is asked for, and help about it', () => {
    const bash = lowbit(['completion', 'bash']);
    expect([bash.code, bash.err]).toEqual([0, '']);
    expect(bash.out).toMatch(/^complete .* lowbit$/m);
    const zsh = lowbit(['completion', 'zsh']);
    expect([zsh.code, zsh.err]).toEqual([0, '']);
    expect(zsh.out).toMatch(/^#compdef lowbit$/m);
    expect(lowbit(['completion', '--help']).out).toMatch(/^lowbit completion \[shell\]/);
    const words = lowbit(['--get-yargs-completions', 'lowbit', 'sim'])
      .out.split('\n')
      .map((word) => word.split(':')[0]);
    expect(words).toEqual(expect.arrayContaining(['simulate', 'completion']));
    expect(new Set(words).size).toBe(words.length);
    expect(lowbit(['--get-yargs-completions', 'lowbit', 'simulate', '--']).out).toMatch(/--context/);
  });

  it('shows examples as lines that can be copied, whatever the width', () => {
    const { out } = lowbit(['simulate', '--help']);
    expect(out).toMatch(/one token of Llama-3-8B:\n +lowbit simulate --hw bitmod .*( \\\n +--[^\n]*)*\n/);
  });

  it('survives a reader that closes early', () => {
    const entry = resolve(import.meta.dirname, '../../dist/program/main.js');
    const { status, stderr } = spawnSync('sh', ['-c', `"${process.execPath}" "${entry}" list --json | head -c 10`], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });

  it('writes a report folder whole', () => {
    const folder = scratchFolder();
    const out = join(folder, 'report');
    expect(lowbit([...simulate, '--out', out]).err).toMatch(/wrote .*index\.html/);
    const documents = lowbitJson<{ page: string }>(['report', join(out, 'results.json'), '--out', join(folder, 'again')]);
    expect(documents.page).toBe(join(folder, 'again', 'index.html'));
    mkdirSync(join(folder, 'empty'));
    expect(lowbit(['report', join(folder, 'empty')]).err).toMatch(/no documents to report on/);
  });

  it('refuses a folder that cannot be made before it computes anything, names the level that failed, and leaves none behind', () => {
    const folder = scratchFolder();
    writeFileSync(join(folder, 'file'), '');
    const cases: readonly [string, RegExp][] = [
      [join(folder, 'file', 'deep', 'report'), /a file is in the way of the folder: \S*file;/],
      ['/proc/lowbit/report', /cannot make the folder \/proc\/lowbit:/],
      ['/proc', /cannot write \/proc:/],
    ];
    for (const [out, message] of process.platform === 'linux' ? cases : cases.slice(0, 1)) {
      for (const words of [simulate, ['compare', ...simulate.slice(1)], ['reproduce', 'bitmod'], ['tour']]) {
        const { code, out: printed, err } = lowbit([...words, '--out', out]);
        expect([words, code, printed]).toEqual([words, 1, '']);
        expect(err).toMatch(message);
      }
    }
    expect(lowbit([...simulate, '--out', join(folder, 'new', 'report'), '--context', 'x']).code).toBe(1);
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it('judges a constraint that cannot hold for any value before it computes anything', () => {
    const { code, out, err } = lowbit([...simulate, '--require', 'latency_s < 2 mm']);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/cannot be evaluated.*units/);
  });

  it('prints a JSON Schema for every input and output it names', () => {
    const names = lowbit(['schema']).out.trim().split('\n');
    expect(names).toEqual(expect.arrayContaining(['accelerator', 'model', 'scheme', 'trace', 'simulate']));
    for (const name of names.slice(0, 3)) expect(JSON.parse(lowbit(['schema', name]).out)).toHaveProperty('$schema');
    expect(lowbit(['schema', 'modle']).err).toMatch(/did you mean model/);
  });
});
