import { spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { seededRandom } from '../../../src/numeric/random.js';
import type { SweepPlan } from '../../../src/sweep/plan/sweep-plan.js';
import { temporaryFolder } from '../../tensors/temporary-folder.js';
import { tinyPlan } from '../store/tiny-plan.js';
import { filesIn, freshFolder, runTiny } from './tiny-run.js';

// Processes start slowly on a machine that is busy.
vi.setConfig({ testTimeout: 120_000 });

const root = temporaryFolder();
const driver = fileURLToPath(new URL('run-tiny.mjs', import.meta.url));

interface Ended {
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
}

/** Runs a sweep in a process of its own; `kill` says how, and how many parts have to be there first (and how long after that). */
function runProcess(plan: SweepPlan, out: string, kill?: { signal: NodeJS.Signals; parts: number; later_ms: number }): Promise<Ended> {
  const planFile = join(root, 'plan.json');
  writeFileSync(planFile, JSON.stringify(plan));
  const options = JSON.stringify({ out, jobs: 2, resume: true });
  const child = spawn(process.execPath, [driver, planFile, options], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, LOWBIT_TEST_FAULT: JSON.stringify({ delay_ms: 8 }) },
  });
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  const timer = setInterval(() => {
    if (kill === undefined || partFiles(out) < kill.parts) return;
    clearInterval(timer);
    setTimeout(() => child.kill(kill.signal), kill.later_ms);
  }, 2);
  return new Promise((resolve) => {
    child.on('close', (_code, signal) => {
      clearInterval(timer);
      resolve({ signal, stdout });
    });
  });
}

function partFiles(dir: string): number {
  try {
    return readdirSync(join(dir, 'parts')).length;
  } catch {
    return 0;
  }
}

describe('a sweep that is killed', () => {
  it.each([
    { of: 'grid', plan: tinyPlan(), seed: 1 },
    { of: 'search', plan: tinyPlan({ strategy: { name: 'nsga2', evaluations: 60, settings: { population: 20 } } }), seed: 2 },
  ])('again and again at any moment ends, resumed, in the bytes of a run that was not ($of)', async ({ plan, seed }) => {
    const whole = freshFolder(root);
    const { result } = await runTiny(plan, whole);
    const out = freshFolder(root);
    const random = seededRandom(seed);
    let killed = 0;
    for (const parts of [1, 6, 14]) {
      const { signal } = await runProcess(plan, out, { signal: 'SIGKILL', parts, later_ms: random.integer(12) });
      if (signal === 'SIGKILL') killed++;
    }
    expect(killed).toBeGreaterThan(0);
    const { stdout } = await runProcess(plan, out);
    expect(JSON.parse(stdout)).toEqual({ ending: 'complete', result });
    expect(filesIn(out)).toEqual(filesIn(whole));
  });

  it('by an interrupt ends by itself with a valid result', async () => {
    const { signal, stdout } = await runProcess(tinyPlan(), freshFolder(root), { signal: 'SIGINT', parts: 3, later_ms: 0 });
    expect(signal).toBeNull();
    expect(JSON.parse(stdout)).toMatchObject({ ending: 'interrupted', result: { complete: false } });
  });
});
