/**
 * Speed of COMET's kernel against the share of W4A4 blocks, for scripts/studies/w4a4-share.mjs: Llama-3-8B on two cards under the four schedules. `linear_s` is
 * the linear layers of the blocks (q, k, v, o, gate, up, down: what the kernel computes, lm_head left out), `latency_s` the whole model. Baselines are the
 * same layers with other kernels; those of 16 bits keep a 16-bit cache, the others the INT4 cache of FMPQ's scheme.
 */
import { loadModel, loadScheme } from '../../dist/config/catalogue.js';
import { loadGpu } from '../../dist/config/gpu-catalogue.js';
import { gpuSources } from '../../dist/cli/run/gpu-design.js';
import { gpuSetup } from '../../dist/gpu/gpu-setup.js';
import { simulateGpu } from '../../dist/gpu/simulate.js';
import { workload } from '../../dist/trace/workload/workload.js';

/**
 * @typedef {{ linear_s: number, latency_s: number, energy_J: number | null }} Cost
 * @typedef {Cost & { card: string, workload: string, schedule: string, share: number }} Speed
 * @typedef {Cost & { card: string, workload: string, baseline: string }} BaselineSpeed
 * @typedef {import('../../dist/trace/workload/request.js').WorkloadRequest} WorkloadRequest
 */

export const cards = ['a100-80gb-sxm', 'l40s'];
export const schedules = ['barriered', 'barrier-free', 'remapped', 'decomposed'];
/** Every eighth, as in the measurement of accuracy. */
const shares = Array.from({ length: 9 }, (_, i) => i / 8);
/** @type {Record<string, WorkloadRequest>} */
export const workloads = {
  'decode 16': { phase: 'decode', batch: 16, context: 1024, options: { vectorOps: true } },
  'decode 64': { phase: 'decode', batch: 64, context: 1024, options: { vectorOps: true } },
  'decode 256': { phase: 'decode', batch: 256, context: 1024, options: { vectorOps: true } },
  'prefill 2048': { phase: 'prefill', batch: 1, context: 2048, options: { vectorOps: true } },
};
/** @type {Record<string, { scheme: string, kernel: string, kv?: string }>} */
const baselines = {
  bf16: { scheme: 'fp16', kernel: 'dense' },
  W8A8: { scheme: 'w8a8', kernel: 'w8a8-trtllm' },
  W4A16: { scheme: 'w4a16-g128', kernel: 'w4a16-trtllm' },
};
const MODEL = 'llama-3-8b';
const LINEAR = /(q|k|v|o|gate|up|down)_proj$/;

/** Everything the page says of speed. @returns {{ model: string, speeds: Speed[], baselines: BaselineSpeed[] }} */
export function shareSpeeds() {
  const comet = segmentsOf('fmpq-w4a4kv4');
  const speeds = cards.flatMap((card) =>
    Object.keys(workloads).flatMap((name) =>
      schedules.flatMap((schedule) =>
        shares.map((share) => ({
          ...{ card, workload: name, schedule, share },
          ...costOf(card, [`schedule=${schedule}`, `w4a4Share=${share}`, 'kernel=comet-w4ax'], comet[name]),
        })),
      ),
    ),
  );
  const others = Object.entries(baselines).flatMap(([baseline, { scheme, kernel }]) => {
    const segments = segmentsOf(scheme);
    return cards.flatMap((card) =>
      Object.keys(workloads).map((name) => ({ card, workload: name, baseline, ...costOf(card, [`kernel=${kernel}`], segments[name]) })),
    );
  });
  return { model: MODEL, speeds, baselines: others };
}

/** Layers of every workload under a scheme. */
function segmentsOf(/** @type {string} */ scheme) {
  const [model, chosen] = [loadModel(MODEL).config, loadScheme(scheme).config];
  return Object.fromEntries(Object.entries(workloads).map(([name, request]) => [name, workload(model, chosen, request).segments]));
}

/** @returns {Cost} */
function costOf(
  /** @type {string} */ card,
  /** @type {string[]} */ settings,
  /** @type {readonly import('../../dist/trace/segment.js').Segment[] | undefined} */ segments = [],
) {
  const { totals, layers } = simulateGpu(gpuSetup(loadGpu(card, settings).config, gpuSources()), segments, {});
  const linear_s = layers.filter(({ name }) => LINEAR.test(name)).reduce((sum, { latency_s }) => sum + latency_s, 0);
  return { linear_s, latency_s: totals.latency_s, energy_J: totals.energy_pJ === null ? null : totals.energy_pJ * 1e-12 };
}
