/**
 * Steps that rewrites leave to run time (src/decoder/rewrites): a rotation or permutation of the input of some matrices that no weight before
 * them could take up. Each is a transform row of m x K elements in front of the matrices of its site, read and written as layers write.
 *   hadamard     K log2(block) additions a token (fast Walsh-Hadamard transform of every `block` channels, a power of two)
 *   permutation  a gather of K elements a token
 *   scale        K products a token
 * Source: QuaRot, arXiv 2404.00456 (section 4, online rotations). Left out: K that the block does not divide; a step
 * that a kernel fuses into the product behind it.
 */
import type { OnlineSetting, OnlineStep } from '../../decoder/rewrites/rewrite.js';
import type { GroupSite } from '../../decoder/decoder-model.js';
import type { LayerTrace, Operand } from '../layer-trace.js';
import type { ModelConfig } from '../model/model-config.js';
import type { SchemeConfig } from '../scheme-config.js';
import { preparedSteps } from '../scheme-operands.js';

/** The first matrix of each site: in front of it the input is changed, once for all matrices that read it. */
const firstOfSite: Readonly<Record<GroupSite, readonly string[]>> = {
  'attention-in': ['q_proj'],
  'attention-out': ['o_proj'],
  'feed-forward-in': ['gate_proj', 'fc1', 'experts.gate_proj', 'experts.fc1'],
  'feed-forward-out': ['down_proj', 'fc2', 'experts.down_proj', 'experts.fc2'],
};
const NOTHING: LayerTrace['weight'] = { format: 'none', payload_bitsPerElement: 0, metadata_bitsPerElement: 0 };

/** The steps that the rewrites of a scheme leave in a model, in the order they are taken; none in one without attention. */
export function onlineSteps({ prepare = [] }: Pick<SchemeConfig, 'prepare'>, model: ModelConfig): OnlineStep[] {
  if (model.family === 'cnn') return [];
  const { heads, feedForward } = model;
  return preparedSteps(prepare).reduce<OnlineStep[]>((before, { rewrite, options }) => {
    const setting: OnlineSetting = { heads, feedForward, before };
    return [...before, ...rewrite.online(options, setting)];
  }, []);
}

/** The rows with those of the steps in front of their matrices, in the format `stored`; the same rows where there are none. */
export function withOnlineSteps(layers: readonly LayerTrace[], steps: readonly OnlineStep[], stored: Operand): LayerTrace[] {
  if (steps.length === 0) return [...layers];
  return layers.flatMap((layer) => [
    ...steps.filter(({ site }) => standsAt(layer, site)).map((step) => stepRow(layer, step, stored)),
    layer,
  ]);
}

function standsAt({ kind, name }: LayerTrace, site: GroupSite): boolean {
  // Names carry a phase in front and, of experts, their tokens behind.
  const matrix = name.slice(name.lastIndexOf('/') + 1).replace(/\[.*$/, '');
  return kind === 'gemm' && firstOfSite[site].includes(matrix);
}

function stepRow(layer: LayerTrace, step: OnlineStep, stored: Operand): LayerTrace {
  const prefix = layer.name.slice(0, layer.name.lastIndexOf('/') + 1);
  const experts = /\[.*$/.exec(layer.name)?.[0] ?? '';
  return {
    name: `${prefix}${step.kind}${step.kind === 'hadamard' ? `-${step.block}` : ''}-${step.site}${experts}`,
    kind: 'transform',
    m: layer.m,
    n: layer.k,
    k: 1,
    gemms: layer.gemms,
    repeat: layer.repeat,
    sharedOperand: 'none',
    ...(step.kind === 'hadamard' ? { operationsPerElement: Math.log2(step.block) } : {}),
    activation: stored,
    weight: NOTHING,
    output: stored,
  };
}
