/** Times of repeated runs, for the benchmark. */
import { Bench } from 'tinybench';

/** Runs a function for about that long; seconds per run. */
export async function timed(/** @type {() => unknown} */ work, /** @type {number} */ milliseconds) {
  const bench = new Bench({ time: milliseconds, iterations: 3, warmupTime: milliseconds / 4, warmupIterations: 1 });
  bench.add('work', () => void work());
  const [task] = await bench.run();
  if (task?.result.state !== 'completed') throw new Error(`the measured code failed: ${JSON.stringify(task?.result)}`);
  const { p50, min, max } = task.result.latency;
  return { median: p50 / 1000, min: min / 1000, max: max / 1000 };
}

/** Runs work, which may be asynchronous, so often; seconds per run. */
export async function repeated(/** @type {number} */ runs, /** @type {() => unknown} */ work) {
  const times = [];
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    await work();
    times.push((performance.now() - start) / 1000);
  }
  const [min = 0, ...more] = times.sort((a, b) => a - b);
  return { min, median: times[Math.floor(runs / 2)] ?? min, max: more.at(-1) ?? min };
}
