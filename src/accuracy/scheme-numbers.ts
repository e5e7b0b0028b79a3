/**
 * What a scheme computes with: rewrites, quantizers of weights and activations, and the cache, as the functions of this folder take them.
 * Left out, and said: averages over models (`bitsByModel`), outliers and factors that an entry states without a quantizer that makes them, formats of
 * outputs and of queries.
 */
import type { CachePlan } from '../decoder/execution-plan.js';
import { LowbitError } from '../lowbit-error.js';
import { kvQuantizerNamed } from '../quantizers/kv/index.js';
import { parseOptions } from '../quantizers/quantize-options.js';
import { optionsOfEntry, type OperandEntry, type WeightEntry } from '../trace/scheme-entries.js';
import type { SchemeConfig } from '../trace/scheme-config.js';
import { allEntries, productEntries } from '../trace/scheme-layers.js';
import { preparedSteps } from '../trace/scheme-operands.js';
import { formatChoice } from './format-choice.js';
import { rowCache } from './row-cache.js';
import type { QuantizerChoice, RewriteChoice } from './scheme-choice.js';

export interface SchemeNumbers {
  readonly rewrites: readonly RewriteChoice[];
  /** Absent: weights stay as they are in the file. */
  readonly weight?: QuantizerChoice;
  readonly activation?: QuantizerChoice;
  /** Where the scheme has entries of single products: what one takes, by its name. */
  readonly weightAt?: (name: string) => QuantizerChoice | undefined;
  readonly activationAt?: (name: string) => QuantizerChoice | undefined;
  readonly cache?: CachePlan;
}

/** Throws LowbitError for a format that no quantizer computes, and for parts of a weight that only state bits. */
export function schemeNumbers(scheme: SchemeConfig): SchemeNumbers {
  for (const { weight } of allEntries(scheme)) refuseStated(weight, scheme.name);
  const [weight, activation] = [choiceOf(scheme.weight, 'weight'), choiceOf(scheme.activation, 'activation')];
  const cache = cacheOf(scheme.kv);
  return {
    rewrites: preparedSteps(scheme.prepare ?? []),
    ...(weight === undefined ? {} : { weight }),
    ...(activation === undefined ? {} : { activation }),
    ...(cache === undefined ? {} : { cache }),
    ...(scheme.layers === undefined ? {} : choicesAt(scheme)),
  };
}

function refuseStated({ outliers, lowRank }: WeightEntry, scheme: string): void {
  if (outliers === undefined && lowRank === undefined) return;
  throw new LowbitError('the scheme states bits of its weights that no quantizer makes', {
    value: outliers === undefined ? 'weight.lowRank' : 'weight.outliers',
    place: `scheme ${scheme}`,
    remedy: 'take a quantizer that stores them (gobo, spqr, lqer)',
  });
}

/** The choice of an entry is made once: whoever compares them finds the same object for products that are alike. */
function choicesAt(scheme: SchemeConfig): Required<Pick<SchemeNumbers, 'weightAt' | 'activationAt'>> {
  const known = new Map<OperandEntry, QuantizerChoice | undefined>();
  for (const { weight, activation } of allEntries(scheme)) {
    known.set(weight, choiceOf(weight, 'weight'));
    known.set(activation, choiceOf(activation, 'activation'));
  }
  const entryOf = productEntries(scheme);
  return { weightAt: (name) => known.get(entryOf(name).weight), activationAt: (name) => known.get(entryOf(name).activation) };
}

function choiceOf(entry: OperandEntry, name: string): QuantizerChoice | undefined {
  const { quantizer, format } = entry;
  if (quantizer !== undefined) return { quantizer, options: optionsOfEntry(entry) };
  return formatChoice(format ?? '', name);
}

function cacheOf(entry: OperandEntry): CachePlan | undefined {
  if (entry.quantizer !== undefined) {
    const quantizer = kvQuantizerNamed(entry.quantizer);
    return { quantizer, options: parseOptions(quantizer, optionsOfEntry(entry)) };
  }
  const choice = formatChoice(entry.format ?? '', 'kv');
  return choice === undefined ? undefined : rowCache(choice, entry.format ?? '');
}
