/**
 * Whole `lowbit sweep` commands for the benchmark: points a second from the start of the process to its end, seconds until the first part of the
 * rows is on the disk, and the peak of memory. The cache across sweeps is off: everything is computed.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clearInterval, setInterval } from 'node:timers';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = join(root, 'dist', 'program', 'main.js');

/** @type {Record<string, { points: number, runs: number, rate: number, firstRow_s?: number, peak_MB?: number, named?: boolean }>} */
export const sweeps = {
  'rate-layer-roofline': { points: 1_000_000, runs: 3, rate: 200_000, firstRow_s: 1 },
  'rate-native': { points: 36_864, runs: 3, rate: 3_000, firstRow_s: 1 },
  // Fifty seconds and 450 MB on the disk: only when it is asked for.
  'rate-ten-million': { points: 10_000_000, runs: 1, rate: 200_000, peak_MB: 1000, named: true },
};

/** One run of a sweep. Throws when the command fails. */
export async function sweepOnce(/** @type {string} */ name) {
  const out = mkdtempSync(join(tmpdir(), 'lowbit-rate-'));
  try {
    const report =
      "process.on('exit', () => { const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage(); process.stderr.write('used ' + maxRSS + ' ' + (userCPUTime + systemCPUTime) + '\\n'); })";
    const words = ['sweep', join(root, 'test/fixtures/sweeps', `${name}.yaml`), '--out', join(out, 'sweep'), '--no-cache', '--quiet'];
    const start = performance.now();
    const child = spawn(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(report)}`, program, ...words], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let text = '';
    child.stderr.on('data', (part) => (text += String(part)));
    let firstRow_s = Infinity;
    const parts = join(out, 'sweep', 'parts');
    const watch = setInterval(() => {
      if (firstRow_s !== Infinity || !existsSync(parts)) return;
      if (readdirSync(parts).some((file) => file.endsWith('.parquet'))) firstRow_s = (performance.now() - start) / 1000;
    }, 5);
    const code = await new Promise((resolve) => child.on('close', resolve));
    clearInterval(watch);
    const seconds = (performance.now() - start) / 1000;
    if (code !== 0) throw new Error(`lowbit ${words.join(' ')} failed: ${text}`);
    const [, memory_KB = 0, cpu_us = 0] = /used (\d+) (\d+)/.exec(text) ?? [];
    return { seconds, firstRow_s, memory_MB: Number(memory_KB) / 1024, cpu_s: Number(cpu_us) / 1e6 };
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}
