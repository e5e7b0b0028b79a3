import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { acceleratorSchema } from '../../src/accelerator/accelerator-config.js';
import { timings } from '../../src/accelerator/timing/index.js';
import { loadAccelerator, loadModel, loadScheme } from '../../src/config/catalogue.js';
import { listCatalogue } from '../../src/config/catalogue-list.js';
import { catalogueFile, catalogueNames, isFileName, packagePath, readText } from '../../src/config/files.js';
import { trainedFolder, trainedModels } from '../../src/config/trained-models.js';
import { LowbitError } from '../../src/lowbit-error.js';
import { pes } from '../../src/pe/index.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lowbit-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const errorOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    if (error instanceof LowbitError) return error.message;
    throw error;
  }
  return 'accepted';
};

describe('the catalogue', () => {
  it('holds the four accelerators of the published comparison, and each loads', () => {
    expect(catalogueNames('accelerators')).toEqual(expect.arrayContaining(['ant', 'bitmod', 'fp16', 'olive']));
    for (const name of catalogueNames('accelerators')) {
      const { config, notes } = loadAccelerator(name);
      expect(config.name).toBe(name);
      expect(acceleratorSchema.parse(config)).toEqual(config);
      // Numbers taken from another technology say so; nothing else about a shipped file needs to be said.
      expect(notes.filter((note) => !/^(PEs|vector lanes) are scaled from/.test(note))).toEqual([]);
    }
  });

  it.each([
    { name: 'fp16', prefill: [32, 24], decode: [64, 12], pe: { dotSize: 1, energy_pJ: 0.77, area_um2: 1968.7 } },
    { name: 'ant', prefill: [32, 32], decode: [64, 16], pe: { dotSize: 1, energy_pJ: 0.56, area_um2: 1318.6 } },
    { name: 'olive', prefill: [36, 32], decode: [72, 16], pe: { dotSize: 1, energy_pJ: 0.613, area_um2: 1318.6 } },
    { name: 'bitmod', prefill: [32, 32], decode: [64, 16], pe: { dotSize: 4, energy_pJ: 0.56, area_um2: 1507.7 } },
  ])('gives $name the arrays and PE constants of the comparison', ({ name, prefill, decode, pe }) => {
    const { config } = loadAccelerator(name);
    const buffer = { size_KiB: 512, banks: 8, ports: '1r1w' };
    expect(config).toMatchObject({
      technology_nm: 28,
      clock_MHz: 1000,
      timing: 'layer-roofline',
      array: { rows: prefill[0], columns: prefill[1] },
      arrayByPhase: { decode: { rows: decode[0], columns: decode[1] } },
      pe: { ...pe, layoutFactor: 1.5 },
      buffers: { weight: buffer, activation: buffer },
      dram: { bandwidth_bitsPerCycle: 256, energy_pJPerBit: 18.75 },
    });
  });

  it('names every shipped description as its `name` says, each with a source', () => {
    for (const kind of ['accelerators', 'models', 'schemes'] as const) {
      for (const { name, source, file } of listCatalogue(kind)) {
        expect(source, file).not.toBe('');
        if (kind === 'models' && trainedFolder(name) !== undefined) continue;
        const text = readText(file);
        expect(text, file).toMatch(new RegExp(`^name: ${name.replaceAll('.', '\\.')}$`, 'm'));
      }
    }
  });

  it('checks every shipped model and scheme against its schema', () => {
    for (const name of catalogueNames('models')) expect(loadModel(name).config.name).toBe(name);
    for (const name of catalogueNames('schemes')) expect(loadScheme(name).config.name).toBe(name);
  });

  it('knows the models that ship with weights by name as by folder, and lists them', () => {
    const listed = listCatalogue('models');
    for (const name of trainedModels) {
      const folder = packagePath(`models/${name}`);
      expect(trainedFolder(name)).toBe(folder);
      expect(loadModel(name)).toEqual(loadModel(folder));
      expect(loadModel(name).config.name).toBe(name);
      expect(listed.find((entry) => entry.name === name)).toMatchObject({ kind: 'model', file: `${folder}/config.json` });
    }
    expect(trainedFolder('llama-2-7b')).toBeUndefined();
    expect(errorOf(() => loadModel('tinny'))).toMatch(/did you mean tiny\? /);
  });

  it('points the editor of every accelerator and memory at its schema', () => {
    for (const kind of ['accelerators', 'memories'] as const) {
      const schema = kind === 'accelerators' ? 'accelerator' : 'memory';
      for (const name of catalogueNames(kind)) {
        expect(readText(catalogueFile(kind, name)).split('\n')[0]).toBe(`# yaml-language-server: $schema=../schema/${schema}.schema.json`);
      }
    }
  });

  it('lies beside src as it lies beside dist', () => {
    for (const module of ['src/config/files.ts', 'dist/config/files.js', 'dist/program/main.js']) {
      expect(packagePath('models', pathToFileURL(join(root, module)).href)).toBe(join(root, 'models'));
      expect(packagePath('models/x.yaml', pathToFileURL(join('/a b/lowbit', module)).href)).toBe('/a b/lowbit/models/x.yaml');
    }
    expect(catalogueFile('schemes', 'w8a8')).toBe(join(root, 'models/schemes/w8a8.yaml'));
  });

  it('answers an unknown name with the names there are and the nearest', () => {
    expect(errorOf(() => loadAccelerator('bitmo'))).toBe(
      `unknown accelerator: bitmo; did you mean bitmod? \`lowbit list accelerators\` shows all ${catalogueNames('accelerators').length}`,
    );
    expect(errorOf(() => loadModel('llama-3-8'))).toMatch(/^unknown model: llama-3-8; .*did you mean llama-3-8b/);
    expect(errorOf(() => loadScheme('bitmod4b'))).toMatch(/^unknown scheme: bitmod4b; .*did you mean bitmod-4b/);
  });
});

describe('user files', () => {
  const write = (name: string, text: string): string => {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  };
  const bitmod = readText(catalogueFile('accelerators', 'bitmod'));

  it('are told from names by a slash or an extension', () => {
    for (const file of ['./x', 'a/b', 'x.yaml', 'x.yml', 'X.YAML', 'config.json', 'scale.cfg', '-', '..\\x'])
      expect(isFileName(file), file).toBe(true);
    for (const name of ['bitmod', 'llama-3.1-8b', 'opt-1.3b', 'w8a8']) expect(isFileName(name), name).toBe(false);
  });

  it('load as those of the catalogue do, as YAML and as JSON', () => {
    const { config } = loadAccelerator('bitmod');
    expect(loadAccelerator(write('mine.yaml', bitmod)).config).toEqual(config);
    expect(loadAccelerator(write('mine.json', JSON.stringify(config))).config).toEqual(config);
  });

  it('that do not exist are answered with the nearest file of the folder', () => {
    write('near/design.yaml', bitmod);
    const missing = join(folder, 'near/desing.yaml');
    expect(errorOf(() => loadAccelerator(missing))).toBe(`no such file: ${missing}; did you mean ${join(folder, 'near/design.yaml')}?`);
    expect(errorOf(() => loadAccelerator(join(folder, 'nowhere/elsewhere.yaml')))).toBe(
      `no such file: ${join(folder, 'nowhere/elsewhere.yaml')}; \`lowbit list accelerators\` names what ships`,
    );
    expect(errorOf(() => loadAccelerator(`${missing}/deeper.yaml`))).toContain('no such file');
  });

  it('that do not exist are answered with shipped names that are near, and with no file of another extension', () => {
    for (const file of ['other/study.json', 'other/notes.md', 'other/bitmud.yml']) write(file, bitmod);
    expect(errorOf(() => loadAccelerator(join(folder, 'other/study.yaml')))).toMatch(
      /study\.yaml; `lowbit list accelerators` names what ships$/,
    );
    expect(errorOf(() => loadAccelerator(join(folder, 'other/bitmid.yaml')))).toMatch(
      /bitmid\.yaml; did you mean \S*other\/bitmud\.yml or bitmod\?$/,
    );
  });

  it('that are folders, loops or no text are refused as such', () => {
    expect(errorOf(() => loadAccelerator(`${folder}/`))).toBe(`a folder, not a file: ${folder}/`);
    writeFileSync(join(folder, 'binary.yaml'), Uint8Array.of(0x6e, 0xff, 0xfe, 0x00));
    expect(errorOf(() => loadScheme(join(folder, 'binary.yaml')))).toContain('not a text file');
    symlinkSync('loop.yaml', join(folder, 'loop.yaml'));
    expect(errorOf(() => loadScheme(join(folder, 'loop.yaml')))).toContain('cannot read file');
  });

  it('report unknown mechanisms and formats with the wrong keys, all at once', () => {
    const text = bitmod
      .replace('model: bitmod', 'model: bitmodd')
      .replace('layer-roofline', 'layer-rofline')
      .replace('bitmod-fp4-g128', 'bitmod-fp4g128')
      .replace('rows: 32', 'rows: 0');
    const file = write('wrong.yaml', text);
    const lines = errorOf(() => loadAccelerator(file)).split('\n');
    expect(lines[0]).toBe(`4 problems in ${file}`);
    expect(lines[1]).toBe(
      `  unknown timing model: layer-rofline (${file}:4:9); expected one of: ${Object.keys(timings).join(', ')}; did you mean layer-roofline?`,
    );
    expect(lines[2]).toContain(`array.rows must be a whole number of at least 1 and at most 1048576: 0 (${file}:9:16)`);
    expect(lines[3]).toContain(
      `unknown PE model: bitmodd (${file}:12:10); expected one of: ${Object.keys(pes).join(', ')}; did you mean bitmod?`,
    );
    expect(lines[4]).toMatch(/unknown operand format: "bitmod-fp4g128" .*:27:\d+\); expected one of: .*bitmod-fp4-g128/);
  });
});

describe('settings of an accelerator', () => {
  it('of the array hold in every phase, with a note', () => {
    const { config, notes } = loadAccelerator('bitmod', ['array.rows=16']);
    expect(config.array).toEqual({ rows: 16, columns: 32 });
    expect(config.arrayByPhase).toBeUndefined();
    expect(notes).toEqual(['--set array holds in every phase: arrayByPhase.decode of hw-configs/accelerators/bitmod.yaml is not used']);
  });

  it('of one phase stay beside those of the array', () => {
    const { config, notes } = loadAccelerator('bitmod', ['array.rows=16', 'arrayByPhase.decode.rows=8']);
    expect(config.arrayByPhase).toEqual({ decode: { rows: 8, columns: 16 } });
    expect(notes).toEqual([]);
  });

  it('leave the phases alone when the array is not touched', () => {
    expect(loadAccelerator('bitmod', ['clock_MHz=500']).config.arrayByPhase).toEqual({ decode: { rows: 64, columns: 16 } });
  });
});

describe('memory presets', () => {
  it('give energy and source of the DRAM, in a file and as a setting', () => {
    const { config, notes } = loadAccelerator('bitmod', ['dram.preset=hbm2', 'dram.bandwidth_bitsPerCycle=2048']);
    expect(config.dram).toMatchObject({
      bandwidth_bitsPerCycle: 2048,
      energy_pJPerBit: 3.9,
      source: expect.stringContaining('MICRO 2017') as string,
    });
    expect(notes).toHaveLength(1);
    const file = join(folder, 'preset.json');
    writeFileSync(file, JSON.stringify({ ...loadAccelerator('bitmod').config, dram: { preset: 'ddr4', bandwidth_bitsPerCycle: 256 } }));
    expect(loadAccelerator(file).config.dram).toEqual({
      bandwidth_bitsPerCycle: 256,
      energy_pJPerBit: 20.3,
      latency_ns: 30,
      source: expect.stringContaining('ISCA 2021') as string,
    });
  });

  it('keep unknown energies unknown, and give way to a value of the user', () => {
    expect(loadAccelerator('bitmod', ['dram.preset=hbm3']).config.dram).toMatchObject({
      energy_pJPerBit: null,
      source: expect.stringContaining('unknown') as string,
    });
    expect(loadAccelerator('bitmod', ['dram.preset=hbm3', 'dram.energy_pJPerBit=5']).config.dram).toMatchObject({
      energy_pJPerBit: 5,
      source: 'energy_pJPerBit given beside preset hbm3',
    });
  });

  it('load, each with a source, and are listed for an unknown name', () => {
    for (const name of catalogueNames('memories')) expect(loadAccelerator('fp16', [`dram.preset=${name}`]).config.dram.source).not.toBe('');
    expect(errorOf(() => loadAccelerator('fp16', ['dram.preset=hbm9']))).toMatch(
      /^unknown memory: hbm9 \(--set dram\.preset=hbm9\); expected one of: ddr4, .*hbm2/,
    );
  });

  it('are not needed: without one, energy and source must be there', () => {
    const { dram: _dram, ...rest } = loadAccelerator('bitmod').config;
    const file = join(folder, 'bare.json');
    writeFileSync(file, JSON.stringify({ ...rest, dram: { bandwidth_bitsPerCycle: 256 } }));
    expect(errorOf(() => loadAccelerator(file))).toMatch(/missing key: dram\.energy_pJPerBit[^]*missing key: dram\.source/);
  });
});
