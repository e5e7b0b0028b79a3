import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { skeleton } from '../../scripts/new-accelerator.mjs';
import { acceleratorSchema } from '../../src/accelerator/accelerator-config.js';
import { timings } from '../../src/accelerator/timing/index.js';
import { acceleratorFileSchema } from '../../src/config/accelerator-file.js';
import { parseConfig } from '../../src/config/parse-config.js';
import { pes } from '../../src/pe/index.js';

describe('the skeleton of a new accelerator', () => {
  const config = parseConfig(skeleton('my-design', '../schema/accelerator.schema.json'), 'my-design.yaml', acceleratorSchema);

  it('is a valid description under its own name', () => {
    expect(config.name).toBe('my-design');
  });

  it('names a PE model and a timing model that exist', () => {
    expect(Object.keys(pes)).toContain(config.pe.model);
    expect(Object.keys(timings)).toContain(config.timing);
  });

  it('states no energy and no area that nobody measured', () => {
    expect([config.pe.energy_pJ, config.pe.area_um2, config.dram.energy_pJPerBit]).toEqual([null, null, null]);
  });

  it('becomes a machine on each other timing model by uncommenting what that needs', () => {
    const uncommented = skeleton('my-design', '../schema/accelerator.schema.json').replace(
      /^( *)# (dataflow|output|dequantization):/gm,
      '$1$2:',
    );
    for (const timing of Object.keys(timings)) {
      const file =
        timing === 'layer-roofline' ? skeleton('my-design', '') : uncommented.replace('timing: layer-roofline', `timing: ${timing}`);
      const text = timing === 'native' ? file : file.replace(/^dequantization:.*$/m, '');
      expect(parseConfig(text, 'my-design.yaml', acceleratorFileSchema).timing).toBe(timing);
    }
  });

  it('says of every block that its numbers are assumed', () => {
    const sources = [config.source, config.pe.source, config.buffers.weight.source, config.buffers.activation.source, config.dram.source];
    expect(sources.filter((source) => !source?.startsWith('assumed'))).toEqual([]);
  });
});

describe('node scripts/new-accelerator.mjs', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), 'lowbit-new-'));
  const file = join(folder, 'my-design.yaml');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const run = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  const create = (name: string): ReturnType<typeof run> => run('scripts/new-accelerator.mjs', name, '--out', folder);
  const lowbit = (...args: string[]): ReturnType<typeof run> => run('dist/program/main.js', ...args);

  it('writes a file that the built program validates and simulates at once, with energy unknown instead of zero', () => {
    expect(create('my-design').status).toBe(0);
    expect(lowbit('validate', file).status).toBe(0);
    const simulated = lowbit('simulate', '--hw', file, ...'--model opt-1.3b --scheme fp16 --phase decode --json --quiet'.split(' '));
    expect(simulated.stderr).toBe('');
    const { totals } = JSON.parse(simulated.stdout) as {
      totals: { latency_cycles: number; energyParts_pJ: Record<string, number | null> };
    };
    expect(totals.latency_cycles).toBeGreaterThan(0);
    expect([totals.energyParts_pJ['pe'], totals.energyParts_pJ['dram']]).toEqual([null, null]);
  });

  it('says how it is used when asked, when an option is unknown or lacks its value, and when there is no name', () => {
    const help = run('scripts/new-accelerator.mjs', '--help');
    expect([help.status, help.stdout, help.stderr]).toEqual([0, expect.stringMatching(/^usage: .*NAME \[--out FOLDER\].*\n$/), '']);
    for (const words of [['my-design', '--outt', folder], ['my-design', '--out'], []]) {
      const { status, stdout, stderr } = run('scripts/new-accelerator.mjs', ...words);
      expect([words, status, stdout]).toEqual([words, 1, '']);
      expect(stderr).toMatch(/^usage: node scripts\/new-accelerator\.mjs/m);
      expect(stderr).not.toMatch(/^ +at /m);
    }
  });

  it('never overwrites a file, and refuses a name that is no file name', () => {
    create('twice');
    const again = create('twice');
    expect([again.status, again.stderr]).toEqual([1, expect.stringContaining('choose another name')]);
    expect(create('../up').status).toBe(1);
  });
});
