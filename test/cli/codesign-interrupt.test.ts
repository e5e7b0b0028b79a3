/** Is a study that Ctrl-C ends, or that runs twice in one folder at the same time, left whole, and does it end with the bytes of one run? */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { entry, lowbit, scratchFolder } from './built-program.js';

const folder = scratchFolder();
afterAll(() => rmSync(folder, { recursive: true }));

const file = join(folder, 'study.yaml');
writeFileSync(
  file,
  `name: small
model: tiny
scheme: bitmod-4b
items: block
error: weight
windows: 1
options:
  - { name: three, weight: { quantizer: rtn, bits: 3 } }
  - { name: four, weight: { quantizer: rtn, bits: 4 } }
  - { name: five, weight: { quantizer: rtn, bits: 5 } }
  - { name: six, weight: { quantizer: rtn, bits: 6 } }
hardware: [olive]
workload: { phase: decode, context: 64 }
budgets:
  - { resource: bits, values: [4.7] }
methods: [uniform]
verify: 1
compare: false
`,
);
const words = (out: string): string[] => ['codesign', file, '--out', join(folder, out), '--jobs', '1', '--json'];
const filesIn = (out: string): string[] => readdirSync(join(folder, out), { recursive: true }).map(String).sort();
const measured = (out: string): string[] => (existsSync(join(folder, out, 'measured')) ? readdirSync(join(folder, out, 'measured')) : []);

function started(out: string): { readonly child: ChildProcess; readonly text: () => string; readonly ended: Promise<unknown> } {
  const child = spawn(process.execPath, [entry, ...words(out)], { stdio: ['ignore', 'ignore', 'pipe'] });
  let text = '';
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { child, text: () => text, ended: new Promise((done) => child.on('close', (code, signal) => done(signal ?? code))) };
}

describe('a study', () => {
  const whole = lowbit(words('whole')).out;
  const written = filesIn('whole');

  it('that is interrupted says what is kept, leaves nothing half-written and no result, and ends as the signal does', async () => {
    const { child, text, ended } = started('cut');
    while (child.exitCode === null && !measured('cut').some((name) => name.endsWith('.json')))
      await new Promise((done) => setTimeout(done, 5));
    child.kill('SIGINT');
    expect(await ended).toBe('SIGINT');
    expect(text()).toMatch(/stopped; \d measurements? (is|are) kept in \S*measured: the same command goes on from there/);
    expect(readdirSync(join(folder, 'cut'))).toEqual(['measured']);
    for (const name of measured('cut')) expect(written).toContain(join('measured', name));
  }, 120_000);

  it('goes on from there, also twice at the same time, to the bytes of one run', async () => {
    // As a copy that was cut short would be.
    writeFileSync(join(folder, 'cut/measured', measured('cut')[0]!), '{ "bits": [');
    const runs = [started('cut'), started('cut')];
    expect(await Promise.all(runs.map(({ ended }) => ended))).toEqual([0, 0]);
    expect(readFileSync(join(folder, 'cut/codesign.json'), 'utf8')).toBe(whole);
    expect(filesIn('cut')).toEqual(written);
    for (const name of written.filter((one) => /\.\w+$/.test(one)))
      expect(readFileSync(join(folder, 'cut', name), 'utf8')).toBe(readFileSync(join(folder, 'whole', name), 'utf8'));
  }, 120_000);
});
