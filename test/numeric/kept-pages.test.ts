/** Do results of kernels take pages that dropped ones left, where the C library can keep them? */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const RUNS = 100;
const PAGES = 1024;
const quantizers = join(import.meta.dirname, '../../dist/quantizers/index.js');
const script = `
const { quantize } = await import(${JSON.stringify(quantizers)});
const tensor = { rows: 1024, cols: 4096, data: new Float32Array(1024 * 4096).fill(0.5) };
const run = () => quantize('rtn', tensor, { bits: 4, group: 128 });
for (let i = 0; i < ${RUNS}; i++) run();
const before = process.resourceUsage().minorPageFault;
for (let i = 0; i < ${RUNS}; i++) run();
console.log(process.resourceUsage().minorPageFault - before);
`;

/** Fresh pages a result, in a process of its own. */
function pagesPerResult(env: Record<string, string>): number {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  expect(status, stderr).toBe(0);
  return Number(stdout) / RUNS;
}

const { header } = process.report.getReport() as { readonly header: { readonly glibcVersionRuntime?: string } };

describe.skipIf(header.glibcVersionRuntime === undefined)('results of 4 MiB that are dropped at once', () => {
  it('leave their pages to the next', () => {
    expect(pagesPerResult({})).toBeLessThan(PAGES / 4);
  });

  it('take fresh ones where the threshold of the allocator may not move', () => {
    expect(pagesPerResult({ MALLOC_MMAP_THRESHOLD_: String(128 * 1024) })).toBeGreaterThan(0.9 * PAGES);
  });
});
