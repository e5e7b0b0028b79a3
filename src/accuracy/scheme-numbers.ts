/**
 * What a scheme computes with: rewrites, quantizers of weights and activations, and the cache, as the functions of this folder take them.
 * Left out, and said: averages over models (`bitsByModel`), outliers and factors that an entry states without a quantizer that makes them, formats of
 * outputs and of queries. A share of outliers stated beside a quantizer that finds them is for simulations: here they are found.
 */
import type { CachePlan } from '../decoder/execution-plan.js';
import { LowbitError } from '../lowbit-error.js';
import { quantizerNamed } from '../quantizers/index.js';
import { kvQuantizerNamed } from '../quantizers/kv/index.js';
import { parseOptions } from '../quantizers/quantize-options.js';
import { optionsOfEntry, type OperandEntry, type OutlierEntry, type WeightEntry } from '../trace/scheme-entries.js';
import type { SchemeConfig } from '../trace/scheme-config.js';
import type { RowBlock } from '../trace/row-blocks.js';
import { rowsFromText } from '../trace/row-ranges.js';
import { allEntries, productEntries, type ProductEntry } from '../trace/scheme-layers.js';
import { preparedSteps } from '../trace/scheme-operands.js';
import { formatChoice } from './format-choice.js';
import { rowCache } from './row-cache.js';
import type { ProductChoice, QuantizerChoice, RewriteChoice } from './scheme-choice.js';

export interface SchemeNumbers {
  readonly rewrites: readonly RewriteChoice[];
  /** Absent: weights stay as they are in the file. */
  readonly weight?: QuantizerChoice;
  readonly activation?: QuantizerChoice;
  /** Where the scheme has entries of single products: what one takes, by its name. */
  readonly weightAt?: (name: string) => ProductChoice | undefined;
  readonly activationAt?: (name: string) => QuantizerChoice | undefined;
  readonly cache?: CachePlan;
}

/** Throws LowbitError for a format that no quantizer computes, and for parts of an operand that only state bits. */
export function schemeNumbers(scheme: SchemeConfig): SchemeNumbers {
  for (const { weight, activation } of allEntries(scheme)) {
    refuseStated(weight, 'weight', scheme.name);
    refuseStated(activation, 'activation', scheme.name);
  }
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

function refuseStated(entry: OutlierEntry & Pick<WeightEntry, 'lowRank'>, role: 'weight' | 'activation', scheme: string): void {
  const stated = entry.outliers !== undefined && !findsOutliers(entry);
  if (!stated && entry.lowRank === undefined) return;
  throw new LowbitError(`the scheme states bits of its ${role}s that no quantizer makes`, {
    value: `${role}.${stated ? 'outliers' : 'lowRank'}`,
    place: `scheme ${scheme}`,
    remedy: `take a quantizer that stores them (${role === 'weight' ? 'gobo, spqr, lqer' : 'fmpq, atom'})`,
  });
}

/** Whether the quantizer of an entry stores outliers of its own finding: apart, or in blocks of 8 bits. */
function findsOutliers(entry: OutlierEntry): boolean {
  if (entry.quantizer === undefined) return false;
  const quantizer = quantizerNamed(entry.quantizer);
  const { outlier } = quantizer.storedBits({ rows: 1, cols: 1 }, parseOptions(quantizer, optionsOfEntry(entry)));
  return quantizer.quantizeBlocks !== undefined || Number.isNaN(outlier);
}

/** The choice of an entry is made once: whoever compares them finds the same object for products that are alike. */
function choicesAt(scheme: SchemeConfig): Required<Pick<SchemeNumbers, 'weightAt' | 'activationAt'>> {
  const known = new Map<OperandEntry, QuantizerChoice | undefined>();
  for (const { weight, activation } of allEntries(scheme)) {
    known.set(weight, choiceOf(weight, 'weight'));
    known.set(activation, choiceOf(activation, 'activation'));
  }
  const entryOf = productEntries(scheme);
  const mixed = new Map<ProductEntry, ProductChoice>();
  const weightAt = (name: string): ProductChoice | undefined => {
    const entry = entryOf(name);
    const rest = known.get(entry.weight);
    if (entry.rowBlocks === undefined) return rest;
    const choice = mixed.get(entry) ?? rowChoices(rest, entry.rowBlocks, (weight) => known.get(weight));
    mixed.set(entry, choice);
    return choice;
  };
  return { weightAt, activationAt: (name) => known.get(entryOf(name).activation) };
}

/** Throws LowbitError where some rows stay floats, and for quantizers that do not store rows by themselves. */
function rowChoices(
  rest: QuantizerChoice | undefined,
  blocks: readonly RowBlock[],
  choiceOfEntry: (weight: WeightEntry) => QuantizerChoice | undefined,
): ProductChoice {
  const stored = (choice: QuantizerChoice | undefined, place: string): QuantizerChoice => {
    const quantizer = choice === undefined ? undefined : quantizerNamed(choice.quantizer);
    const shared = choice === undefined ? 'floats' : quantizer?.rowsShare?.(parseOptions(quantizer, choice.options));
    if (choice !== undefined && shared === undefined) return choice;
    throw new LowbitError(choice === undefined ? 'rows beside others that stay floats' : `rows of a quantizer that share ${shared!}`, {
      value: choice?.quantizer,
      place,
      remedy: 'take a quantizer with a scale per channel or group for all rows, e.g. rtn or float',
    });
  };
  const place = blocks[0]?.place ?? '';
  return {
    ...stored(rest, place),
    rowBlocks: blocks.map((block) => ({
      ...stored(choiceOfEntry(block.weight), block.place),
      rows: rowsFromText(block.rows) ?? new Int32Array(),
    })),
  };
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
