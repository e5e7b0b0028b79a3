/** Do the steps that traces are told of (`online`) stand in the model a rewrite makes, and no others? */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupSites, type DecoderLayer, type DecoderModel, type GroupSite, type InputStep } from '../../../src/decoder/decoder-model.js';
import { rewrites } from '../../../src/decoder/rewrites/index.js';
import type { OnlineStep, RewriteContext } from '../../../src/decoder/rewrites/rewrite.js';
import { observeSmall, smallModel, smallShapes } from './small-models.js';

type Entry = readonly [name: string, options: Readonly<Record<string, unknown>>];

/** Lists of rewrites as schemes prepare models. */
const lists: readonly (readonly Entry[])[] = [
  [['smoothquant', {}]],
  [['awq', {}]],
  [['hadamard', {}]],
  [['hadamard', { online: false }]],
  [['block-hadamard', { block: 4 }]],
  [['outlier-permutation', {}]],
  [['outlier-permutation', { foldHeads: true }]],
  [
    ['hadamard', {}],
    ['outlier-permutation', { foldHeads: true }],
  ],
  [
    ['hadamard', { online: false }],
    ['outlier-permutation', { foldHeads: true }],
  ],
  [
    ['hadamard', {}],
    ['block-hadamard', { block: 2 }],
  ],
];

const context: RewriteContext = { observe: (model) => observeSmall(model), quantizeWeight: ({ data }) => data };

function rewritten(model: DecoderModel, entries: readonly Entry[]): DecoderModel {
  return entries.reduce((changed, [name, options]) => {
    const rewrite = rewrites[name]!;
    return rewrite.apply(changed, context, rewrite.options.parse(options));
  }, model);
}

function online(entries: readonly Entry[], shape: { readonly heads: number; readonly feedForward: number }): OnlineStep[] {
  return entries.reduce<OnlineStep[]>((before, [name, options]) => {
    const rewrite = rewrites[name]!;
    return [...before, ...rewrite.online(rewrite.options.parse(options), { ...shape, before })];
  }, []);
}

/** Kinds and blocks of the steps in front of a site. A gather that only serves the transform behind it is part of that transform. */
function stepsAt({ attention, feedForward }: DecoderLayer, site: GroupSite): string[] {
  const [expert] = feedForward.experts;
  const group = [attention.input, attention.output, expert!.input, expert!.output].find((one) => one.site === site)!;
  const { steps } = group;
  return steps.filter((step, i) => !(step.kind === 'permutation' && site === 'attention-out' && isAcrossHeads(steps[i + 1]))).map(named);
}

const isAcrossHeads = (next: InputStep | undefined): boolean => next?.kind === 'hadamard';
const named = (step: InputStep | OnlineStep): string => (step.kind === 'hadamard' ? `hadamard-${step.block}` : step.kind);

describe.each(
  lists.map((entries) => [entries.map(([name, options]) => `${name} ${JSON.stringify(options)}`).join(', '), entries] as const),
)('the steps %s leaves', (_, entries) => {
  it('are those in front of the products of the model it makes, in that order', () => {
    fc.assert(
      fc.property(smallShapes, (shape) => {
        const steps = online(entries, shape);
        const [layer] = rewritten(smallModel(shape), entries).layers;
        for (const site of groupSites) expect(steps.filter((step) => step.site === site).map(named)).toEqual(stepsAt(layer!, site));
      }),
      { numRuns: 12 },
    );
  });
});
