/**
 * What an operand of a layer is to a PE: the element formats its code words can have, or only their width where the name says no more.
 * A format that stands for several (one type per tensor or per group) is taken only if the PE takes each of them.
 */
import { formats } from '../../../formats/index.js';
import type { ElementFormat } from '../../../formats/element-format.js';
import { specialValueFormats } from '../../../formats/special-value.js';
import { LowbitError } from '../../../lowbit-error.js';
import type { ProcessingElement } from '../../../pe/processing-element.js';
import type { LayerTrace, Operand } from '../../../trace/layer-trace.js';

/** Element formats behind names that do not spell them; the group suffix is cut before. */
const spelled: Readonly<Record<string, readonly string[]>> = Object.freeze({
  fp8: ['e4m3'],
  'fp8-e4m3': ['e4m3'],
  'fp8-e5m2': ['e5m2'],
  'fp6-e3m2': ['e3m2'],
  'fp6-e2m3': ['e2m3'],
  mxfp3: ['e2m0'],
  mxfp4: ['e2m1'],
  mxfp6: ['e2m3'],
  'mxfp6-e2m3': ['e2m3'],
  'mxfp6-e3m2': ['e3m2'],
  mxfp8: ['e4m3'],
  'mxfp8-e4m3': ['e4m3'],
  'mxfp8-e5m2': ['e5m2'],
  nvfp4: ['e2m1'],
  'nf4-dq': ['nf4'],
  olive4: ['int4'],
  uolive4: ['uint4'],
  olive8: ['int8'],
});

/** What names were found to stand for: a sweep asks for the same few for every layer. */
const known = new Map<string, readonly ElementFormat[]>();

/** Element formats of an operand format; none: the name says no more than the width. */
function elementsOf(name: string): readonly ElementFormat[] {
  let elements = known.get(name);
  if (elements === undefined) known.set(name, (elements = elementsNamed(name)));
  return elements;
}

function elementsNamed(name: string): readonly ElementFormat[] {
  const base = name.replace(/-fp(16|32)scale$/, '').replace(/-(g\d+|channel)$/, '');
  const [, bitmodType] = /^bitmod-(fp3|fp4|int\d)$/.exec(base) ?? [];
  if (bitmodType === 'fp3') return specialValueFormats(3);
  if (bitmodType === 'fp4') return specialValueFormats(4);
  if (bitmodType !== undefined) return named([bitmodType]);
  const [, integerBits] = /^(?:ant|mxint)(\d)$/.exec(base) ?? [];
  if (integerBits !== undefined) return named([`int${integerBits}`]);
  const [, asymmetric] = /^(?:int(?=\d-asym$)|spqr)(\d)(?:-asym)?$/.exec(base) ?? [];
  if (asymmetric !== undefined) return named([`uint${asymmetric}`]);
  const [, normalFloat] = /^(nf\d)-g\d+-s\d-(?:bf16|fp16|fp32)$/.exec(base) ?? [];
  if (normalFloat !== undefined) return named([normalFloat]);
  // An index into centroids: what multiplies the levels of NF4 multiplies those of any table.
  const [, indexBits] = /^gobo(\d)$/.exec(base) ?? [];
  if (indexBits !== undefined) return named([`nf${Math.min(4, Number(indexBits))}`]);
  return named(Object.hasOwn(spelled, base) ? spelled[base]! : [base]);
}

function named(names: readonly string[]): ElementFormat[] {
  return names.flatMap((name) => (Object.hasOwn(formats, name) ? [formats[name]!] : []));
}

/** Throws LowbitError when the PE cannot multiply the operands of the layer. */
export function requireOperands(pe: ProcessingElement, layer: LayerTrace, weight: Operand): void {
  const weights = elementsOf(weight.format);
  const activations = elementsOf(layer.activation.format);
  const roleOf = layer.kind.startsWith('attention') ? 'weight (the KV tensor)' : 'weight';
  if (weights.length === 0 || activations.length === 0) {
    requireWidth(pe, layer, { role: roleOf, operand: weight, widest_bits: pe.widestWeight_bits });
    requireWidth(pe, layer, { role: 'activation', operand: layer.activation, widest_bits: pe.widestActivation_bits });
    return;
  }
  // Scaled weights can be dequantized to the format of the activations, if the PE multiplies that by itself.
  const scaled = weight === layer.weight && weight.group !== undefined;
  const dequantizable = scaled && activations.every((a) => pe.refuses(a, a) === null);
  for (const w of weights)
    for (const a of activations) {
      const reason = pe.refuses(w, a);
      if (reason === null) continue;
      const blamed = weightIsToBlame(pe, w)
        ? { role: roleOf, format: weight.format }
        : { role: 'activation', format: layer.activation.format };
      throw new LowbitError(`the ${pe.name} PE cannot multiply this ${blamed.role}`, {
        value: blamed.format,
        place: `layer ${layer.name}`,
        remedy: `${reason}; choose a scheme with other formats${dequantizable ? ',' : ' or'} another pe.model${dequantizable ? ', or dequantization.placement: before-mac' : ''}`,
      });
    }
}

/** Whether the PE takes no activation at all beside this weight. */
function weightIsToBlame(pe: ProcessingElement, weight: ElementFormat): boolean {
  return Object.values(formats).every((activation) => pe.refuses(weight, activation) !== null);
}

function requireWidth(
  pe: ProcessingElement,
  layer: LayerTrace,
  { role, operand, widest_bits }: { readonly role: string; readonly operand: Operand; readonly widest_bits: number },
): void {
  if (operand.payload_bitsPerElement <= widest_bits) return;
  throw new LowbitError(`the ${pe.name} PE cannot multiply this ${role}`, {
    value: `${operand.format}, ${operand.payload_bitsPerElement} bits`,
    place: `layer ${layer.name}`,
    remedy: `it takes at most ${widest_bits} bits; choose a scheme with a narrower format, or another pe.model`,
  });
}
