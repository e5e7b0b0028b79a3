/** How a decoder runs under a scheme: activations and cache through their quantizers, products from code words when asked for. */
import type { DecoderModel } from '../decoder/decoder-model.js';
import type { ExecutionPlan } from '../decoder/execution-plan.js';
import { namedGroups } from '../decoder/product-names.js';
import { LowbitError } from '../lowbit-error.js';
import { activationQuantizer } from './activation-quantizer.js';
import { codeExactPlan } from './code-exact.js';
import type { QuantizerChoice } from './scheme-choice.js';
import type { SchemeNumbers } from './scheme-numbers.js';

/** What of a scheme a run needs. */
interface Running {
  readonly activation: SchemeNumbers['activation'] | undefined;
  readonly activationAt: SchemeNumbers['activationAt'] | undefined;
  readonly cache: SchemeNumbers['cache'] | undefined;
}

/** `scheme`: named in errors. Throws LowbitError for code words where activations are floats, or not all of one kind. */
export function schemePlan(
  model: Pick<DecoderModel, 'layers'>,
  { cache, ...activations }: Running,
  { codeExact, scheme }: { readonly codeExact: boolean; readonly scheme: string },
): ExecutionPlan {
  const byGroup = choicesByGroup(model, activations);
  const cached = cache === undefined ? {} : { cache };
  const different = new Map([...byGroup.values()].map((choice) => [JSON.stringify(choice), choice]));
  if (codeExact) return { ...codeExactPlan(integerActivation([...different.values()], scheme)), ...cached };
  const quantizers = new Map(
    [...different].map(([text, choice]) => [text, choice === undefined ? undefined : activationQuantizer(choice)] as const),
  );
  if ([...quantizers.values()].every((quantizer) => quantizer === undefined)) return cached;
  const byName = new Map([...byGroup].map(([name, choice]) => [name, quantizers.get(JSON.stringify(choice))] as const));
  return { activation: (input, group) => byName.get(group.name)?.(input, group) ?? input.data, ...cached };
}

function choicesByGroup(
  model: Pick<DecoderModel, 'layers'>,
  { activation, activationAt }: Omit<Running, 'cache'>,
): ReadonlyMap<string, QuantizerChoice | undefined> {
  const choiceOf = activationAt ?? (() => activation);
  return new Map(namedGroups(model).map(({ group, names }) => [group.name, choiceOf(names[0] ?? '')] as const));
}

function integerActivation(choices: readonly (QuantizerChoice | undefined)[], scheme: string): QuantizerChoice {
  const [choice, other] = choices;
  if (choice !== undefined && choices.length === 1) return choice;
  throw new LowbitError(`a product of code words needs activations that are quantized${other === undefined ? '' : ', all of them alike'}`, {
    value: scheme,
    remedy: 'take a scheme with integer weights and activations, such as w8a8, or leave --code-exact out',
  });
}
