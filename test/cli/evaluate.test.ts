/** Does `lowbit evaluate` keep what it made, go on with it, and give the same whatever the number of threads? */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { EvaluateDocument } from '../../src/report/evaluate-document.js';
import { entry, lowbit, scratchFolder } from './built-program.js';

const folder = scratchFolder();
afterAll(() => rmSync(folder, { recursive: true }));

const words = ['evaluate', '--model', 'tiny', '--scheme', 'w3a16-g128', '--scheme', 'w4a16-g128', '--windows', '1', '--json', '--quiet'];
const out = join(folder, 'accuracy');
const kept = (): string[] => readdirSync(join(out, 'evaluations')).sort();

function documentsOf(text: string): EvaluateDocument[] {
  return (JSON.parse(text) as { documents: EvaluateDocument[] }).documents;
}

const withoutTimes = (text: string): object[] => documentsOf(text).map(({ time_s: _time, ...document }) => document);

describe('evaluations in threads', () => {
  const first = lowbit([...words, '--out', out, '--jobs', '2']);

  it('come in the order of the schemes, each in a file of its own', () => {
    expect(first.code).toBe(0);
    expect(documentsOf(first.out).map(({ scheme }) => scheme)).toEqual(['w3a16-g128', 'w4a16-g128']);
    expect(kept()).toEqual([expect.stringMatching(/^tiny_w3a16-g128_[0-9a-f]{12}\.json$/), expect.stringMatching(/^tiny_w4a16-g128_/)]);
    expect(existsSync(join(out, 'index.html'))).toBe(true);
  });

  it('are gone on with after some were lost, and damaged ones are made again', () => {
    const [one = '', two = ''] = kept();
    const whole = readFileSync(join(out, 'evaluations', two), 'utf8');
    writeFileSync(join(out, 'evaluations', two), whole.slice(0, 100));
    const [lost] = documentsOf(first.out);
    const marked = { ...lost, time_s: { quantize: 77, score: 88 } };
    writeFileSync(join(out, 'evaluations', one), JSON.stringify(marked));
    const again = lowbit([...words.filter((word) => word !== '--quiet'), '--out', out, '--jobs', '1', '--resume']);
    expect(again.err).toMatch(/1 of 2 evaluations were there already/);
    expect(withoutTimes(again.out)).toEqual(withoutTimes(first.out));
    expect(documentsOf(again.out)[0]?.time_s).toEqual({ quantize: 77, score: 88 });
    expect(JSON.parse(readFileSync(join(out, 'evaluations', two), 'utf8'))).toMatchObject({ scheme: 'w4a16-g128' });
  });

  it('say on Ctrl-C what is kept, and how to go on', async () => {
    const cut = join(folder, 'cut');
    const schemes = ['w3a16-g128', 'w4a16-g128', 'gptq-w3', 'gptq-w4'].flatMap((scheme) => ['--scheme', scheme]);
    const child = spawn(process.execPath, [
      entry,
      'evaluate',
      '--model',
      'tiny',
      ...schemes,
      '--windows',
      '1',
      '--jobs',
      '1',
      '--out',
      cut,
    ]);
    let err = '';
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const ended = new Promise<NodeJS.Signals | null>((done) => child.on('exit', (_code, signal) => done(signal)));
    const made = (): number => (existsSync(join(cut, 'evaluations')) ? readdirSync(join(cut, 'evaluations')).length : 0);
    while (child.exitCode === null && made() === 0) await new Promise((done) => setTimeout(done, 5));
    child.kill('SIGINT');
    expect(await ended).toBe('SIGINT');
    expect(err).toContain(`stopped; what is finished is kept in ${cut}: the same command with --resume goes on`);
  }, 60_000);

  it('refuse --resume without a folder', () => {
    const { code, err } = lowbit([...words, '--resume']);
    expect([code, err]).toEqual([1, expect.stringMatching(/--resume needs --out; name the folder/)]);
  });
});
