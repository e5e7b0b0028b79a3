/**
 * Steps that rewrites leave to run time (src/decoder/rewrites): a rotation or permutation of the input of some matrices that no weight before
 * them could take up. Each is a transform row of m x K elements in front of the matrices of its site, read and written as layers write.
 *   hadamard     K log2(block) additions a token (fast Walsh-Hadamard transform of every `block` channels, a power of two)
 *   permutation  a gather of K elements a token
 *   scale        K products a token
 * Source: QuaRot, arXiv 2404.00456 (section 4, online rotations). Left out: K that the block does not divide; a step
 * that a kernel fuses into the product behind it.
 */
import type { OnlineStep } from '../../decoder/rewrites/rewrite.js';
import type { GroupSite } from '../../decoder/decoder-model.js';
import type { LayerTrace } from '../layer-trace.js';
import type { ResolvedScheme } from '../scheme-config.js';

/** The first matrix of each site: in front of it the input is changed, once for all matrices that read it. */
const firstOfSite: Readonly<Record<GroupSite, readonly string[]>> = {
  'attention-in': ['q_proj'],
  'attention-out': ['o_proj'],
  'feed-forward-in': ['gate_proj', 'fc1', 'experts.gate_proj', 'experts.fc1'],
  'feed-forward-out': ['down_proj', 'fc2', 'experts.down_proj', 'experts.fc2'],
};
const NOTHING: LayerTrace['weight'] = { format: 'none', payload_bitsPerElement: 0, metadata_bitsPerElement: 0 };

/** The rows with those of the steps in front of their matrices; the same rows for a scheme that leaves none. */
export function withOnlineSteps(layers: readonly LayerTrace[], { online, output }: ResolvedScheme): LayerTrace[] {
  if (online.length === 0) return [...layers];
  return layers.flatMap((layer) => [
    ...online.filter(({ site }) => standsAt(layer, site)).map((step) => stepRow(layer, step, output)),
    layer,
  ]);
}

function standsAt({ kind, name }: LayerTrace, site: GroupSite): boolean {
  // Names carry a phase in front and, of experts, their tokens behind.
  const matrix = name.slice(name.lastIndexOf('/') + 1).replace(/\[.*$/, '');
  return kind === 'gemm' && firstOfSite[site].includes(matrix);
}

function stepRow(layer: LayerTrace, { site, kind, block }: OnlineStep, stored: LayerTrace['output']): LayerTrace {
  const prefix = layer.name.slice(0, layer.name.lastIndexOf('/') + 1);
  const experts = /\[.*$/.exec(layer.name)?.[0] ?? '';
  return {
    name: `${prefix}${kind}${block === undefined ? '' : `-${block}`}-${site}${experts}`,
    kind: 'transform',
    m: layer.m,
    n: layer.k,
    k: 1,
    gemms: layer.gemms,
    repeat: layer.repeat,
    sharedOperand: 'none',
    ...(kind === 'hadamard' && block !== undefined ? { operationsPerElement: Math.log2(block) } : {}),
    activation: stored,
    weight: NOTHING,
    output: stored,
  };
}
