/**
 * Formats of layer operands as traces, schemes and CSV rows name them: an element with its scales, and what both cost in memory.
 * Formula: payload = bits of a code word; metadata = bits of scale, zero point and selector of a group / elements of the group.
 * Source: the bit accounting of docs/formats/operand-formats.md. Left out: parts that need the tensor's shape (16/K per channel,
 * 32/(N K) per tensor), which quantized tensors report exactly, and short last groups.
 */
import { LowbitError, nearestNames } from '../lowbit-error.js';
import { ANT_TYPED_bits } from './ant-grid.js';
import type { ElementFormat } from './element-format.js';
import { blockTypeNames, blockTypes, sideBits } from './gguf/block-types.js';

/** Memory cost of one operand format. */
export interface OperandFormat {
  readonly format: string;
  readonly payload_bitsPerElement: number;
  /** Scales, zero points and selectors that travel with the elements. */
  readonly metadata_bitsPerElement: number;
  /** Elements along k sharing a scale; 0: whole tensor or whole row; absent: the format needs no scale. */
  readonly group?: number;
}

/** An operand format with what it is, for lists. */
export interface OperandFormatEntry extends OperandFormat {
  readonly description: string;
  readonly source: string;
}

interface Definition {
  readonly payload: number;
  /** Bits stored per group beside the elements. */
  readonly groupBits: number;
  readonly group?: number;
  readonly description: string;
  readonly source: string;
}

const MX = 'OCP Microscaling Formats 1.0';
const QLORA = 'QLoRA, NeurIPS 2023';
const FP8 = 'OCP OFP8 1.0';
const FP6 = 'ZeroQuant(4+2), FP6-LLM';
const BITMOD = 'BitMoD, HPCA 2025, section III';
const ANT = 'ANT, MICRO 2022';
const OLIVE = 'OliVe, ISCA 2023';
const GOBO = 'GOBO, MICRO 2020';
const SPQR = 'SpQR, arXiv 2306.03078';
const GGUF = 'llama.cpp (ggml), block types of GGUF files';
const QUEST = 'QuEST, arXiv:2502.05003';
const QOQ = 'QServe (QoQ), arXiv:2405.04532';
const LQER = 'LQER, arXiv 2402.02446 (MXINT)';
const LQ_LORA = 'LQ-LoRA, ICLR 2024';
const FP16_SCALE_bits = 16;
const FP32_SCALE_bits = 32;

function unscaled(payload: number, description: string, source: string): Definition {
  return { payload, groupBits: 0, description, source };
}

function wholeTensor(payload: number, description: string, source: string): Definition {
  return { payload, groupBits: 0, group: 0, description, source };
}

function grouped(payload: number, group: number, groupBits: number, about: readonly [description: string, source: string]): Definition {
  return { payload, groupBits, group, description: about[0], source: about[1] };
}

function antTypesAt(bits: number): string {
  return bits > ANT_TYPED_bits ? 'int (ANT uses no other type at this width)' : 'one of int, power-of-two, flint, float per tensor';
}

const SPQR_GROUPS = '3-bit scale and zero point per 16, FP16 bounds of both per 16 x 16 weights (outliers not counted here)';

function centroidsOf(bits: number): string {
  return `index into ${2 ** bits} FP32 centroids per tensor (table and outliers not counted here)`;
}

/** Block types of GGUF files. */
const ggufFormats: Readonly<Record<string, Definition>> = Object.freeze(
  Object.fromEntries(
    blockTypeNames.map((name) => {
      const { codeBits, elements, subBlock } = blockTypes[name];
      const about = subBlock === elements ? `FP16 scale per ${elements}` : `quantized scale per ${subBlock}, FP16 scale per ${elements}`;
      return [name, grouped(codeBits, elements, sideBits(blockTypes[name]), [`${codeBits}-bit codes, ${about}`, GGUF])];
    }),
  ),
);

const named: Readonly<Record<string, Definition>> = Object.freeze({
  fp32: unscaled(32, 'single precision', 'IEEE 754'),
  fp16: unscaled(16, 'half precision', 'IEEE 754'),
  bf16: unscaled(16, 'single precision cut to 7 mantissa bits', 'bfloat16'),
  int32: unscaled(32, 'accumulator integer', "two's complement"),
  int16: wholeTensor(16, '16-bit integer', "two's complement"),
  fp8: wholeTensor(8, 'E4M3, the same as fp8-e4m3', FP8),
  'fp8-e4m3': wholeTensor(8, 'E4M3, scale per tensor', FP8),
  'fp8-e5m2': wholeTensor(8, 'E5M2, scale per tensor', FP8),
  'fp6-e3m2': wholeTensor(6, 'E3M2, FP16 scale per output channel (its 16/K bits are not counted here)', FP6),
  'fp6-e2m3': wholeTensor(6, 'E2M3, FP16 scale per output channel (its 16/K bits are not counted here)', FP6),
  mxfp3: grouped(3, 32, 8, ['E2M0, E8M0 scale per 32; not an OCP format', BITMOD]),
  mxfp4: grouped(4, 32, 8, ['E2M1, E8M0 scale per 32', MX]),
  mxfp6: grouped(6, 32, 8, ['E2M3, E8M0 scale per 32, the same as mxfp6-e2m3', MX]),
  'mxfp6-e2m3': grouped(6, 32, 8, ['E2M3, E8M0 scale per 32', MX]),
  'mxfp6-e3m2': grouped(6, 32, 8, ['E3M2, E8M0 scale per 32', MX]),
  mxfp8: grouped(8, 32, 8, ['E4M3, E8M0 scale per 32, the same as mxfp8-e4m3', MX]),
  'mxfp8-e4m3': grouped(8, 32, 8, ['E4M3, E8M0 scale per 32', MX]),
  'mxfp8-e5m2': grouped(8, 32, 8, ['E5M2, E8M0 scale per 32', MX]),
  mxint8: grouped(8, 32, 8, ['INT8 with one integer bit, E8M0 scale per 32', MX]),
  nvfp4: grouped(4, 16, 8, ['E2M1, E4M3 scale per 16, FP32 scale per tensor', 'NVIDIA NVFP4']),
  nf4: grouped(4, 64, 32, ['normal-float levels, FP32 scale per 64', QLORA]),
  'nf4-dq': grouped(4, 64, 8 + 32 / 256, ['normal-float levels, 8-bit scale per 64, FP32 scale per 256 scales', QLORA]),
  ...Object.fromEntries(
    [1, 2, 3, 4, 5, 6].map((bits) => [
      `quest${bits}`,
      wholeTensor(bits, 'levels without zero, FP16 step per row (its 16/K bits are not counted here)', QUEST),
    ]),
  ),
  ...Object.fromEntries([2, 3, 4, 5, 6, 7, 8].map((bits) => [`gobo${bits}`, wholeTensor(bits, centroidsOf(bits), GOBO)])),
  ...ggufFormats,
  ...Object.fromEntries([2, 3, 4, 5, 6, 7, 8].map((bits) => [`spqr${bits}`, grouped(bits, 16, 3 + 3 + 64 / 16, [SPQR_GROUPS, SPQR])])),
});

/** Formats whose scales are float32, one per channel or tensor (not counted), or one per group. */
const adaptive: Readonly<Record<string, Pick<Definition, 'payload' | 'description' | 'source'>>> = Object.freeze({
  ...Object.fromEntries([3, 4, 5, 6, 7, 8].map((bits) => [`ant${bits}`, { payload: bits, description: antTypesAt(bits), source: ANT }])),
  olive4: { payload: 4, description: 'outlier-victim pairs of int4 or flint4 with abfloat', source: OLIVE },
  uolive4: { payload: 5, description: 'outlier-victim pairs without sign, one bit more for the identifier', source: OLIVE },
  olive8: { payload: 8, description: 'outlier-victim pairs of int8 with abfloat', source: OLIVE },
});

/** `ELEMENT-gN`, `intB-asym-gN`: N elements along k share the side data. */
const groupedName = /^([a-z0-9]+?(?:-e\dm\d)?)(-asym)?-g([1-9]\d{0,11})$/;
/** `bitmod-TYPE-gN`, the scales stored one by one with `-fp16scale` and `-fp32scale`, as codes of other than 8 bits with `-int4scale` and the like. */
const bitmodName = /^bitmod-(fp3|fp4|int[2-8])-g([1-9]\d{0,11})(?:-(fp16|fp32|int[246])scale)?$/;
/** `mxintB-gN`: integers of any width whose groups share an 8-bit exponent. */
const mxIntegerName = /^mxint([2-8])-g([1-9]\d{0,11})$/;
/** `nfB-gN`, `nfB-dq-gN`: an FP32 scale per N weights, or an 8-bit one. */
const normalFloatName = /^nf([2348])(-dq)?-g([1-9]\d{0,11})$/;
/** `nfB-gN-sB-TYPE-gN`: integer scales per N weights under a scale of TYPE per N of them. */
const lqLoraName = /^nf([2348])-g([1-9]\d{0,11})-s([2-8])-(bf16|fp16|fp32)-g([1-9]\d{0,11})$/;
/** `qoq4-gN`: an 8-bit scale and a 4-bit zero point per group, under a scale per row. */
const qoqName = /^qoq4-g([1-9]\d{0,11})$/;
/** `antB`, `oliveB`, `antB-gN`, `oliveB-gN`. */
const adaptiveName = /^(u?[a-z]+\d)(?:-g([1-9]\d{0,11}))?$/;
/** `ELEMENT-channel`, `intB-asym-channel`, `intB-asym`: side data per row or per tensor. */
const ungroupedName = /^([a-z0-9]+?)(-asym)?(-channel)?$/;

/**
 * Resolves an operand format name: one of the named formats, an element format (scale per tensor), or a name with its group size.
 * Throws LowbitError for a name that is none of these.
 */
export function resolveOperandFormat(name: string, elements: Readonly<Record<string, ElementFormat>>): OperandFormat {
  const definition = definitionOf(name, elements);
  if (definition === undefined) throw unknownOperand(name, elements);
  return {
    format: name,
    payload_bitsPerElement: definition.payload,
    metadata_bitsPerElement: definition.group === undefined || definition.group === 0 ? 0 : definition.groupBits / definition.group,
    ...(definition.group === undefined ? {} : { group: definition.group }),
  };
}

/** Named formats, element formats, and an example of each form with a group size. */
export function operandFormatEntries(elements: Readonly<Record<string, ElementFormat>>): readonly OperandFormatEntry[] {
  const examples = [
    'int4-g128',
    'int3-g128',
    'int4-asym-g128',
    'int3-asym-g128',
    'bitmod-fp4-g128',
    'bitmod-fp3-g128',
    'bitmod-int6-g128',
    'mxint4-g16',
    'nf3-g64-s8-fp32-g256',
    'qoq4-g128',
  ];
  const others = ['bitmod-fp4-g128-fp16scale', 'ant4-g128', 'olive4-g128'];
  const names = [...new Set([...Object.keys(named), ...Object.keys(adaptive), ...Object.keys(elements), ...examples, ...others])];
  return names.map((name) => {
    const { description, source } = definitionOf(name, elements) as Definition;
    return { ...resolveOperandFormat(name, elements), description, source };
  });
}

function definitionOf(name: string, elements: Readonly<Record<string, ElementFormat>>): Definition | undefined {
  if (Object.hasOwn(named, name)) return named[name];
  const adaptiveFormat = adaptiveDefinition(name);
  if (adaptiveFormat !== undefined) return adaptiveFormat;
  const element = ownEntry(elements, name);
  if (element !== undefined) return wholeTensor(element.bits, element.description, element.source);
  const normalFloat = normalFloatNamed(name);
  if (normalFloat !== undefined) return normalFloat;
  const [, mxBits, mxGroup] = mxIntegerName.exec(name) ?? [];
  if (mxGroup !== undefined) return grouped(Number(mxBits), Number(mxGroup), 8, [`INT${mxBits}, 8-bit exponent per ${mxGroup}`, LQER]);
  const [, qoqGroup] = qoqName.exec(name) ?? [];
  if (qoqGroup !== undefined) return grouped(4, Number(qoqGroup), 8 + 4, [`UINT4; per ${qoqGroup}: INT8 scale, 4-bit zero`, QOQ]);
  const [, bitmodType = '', bitmodGroup, stored] = bitmodName.exec(name) ?? [];
  if (bitmodGroup !== undefined) return bitmodDefinition(bitmodType, Number(bitmodGroup), stored);
  const [, elementName = '', asym, group] = groupedName.exec(name) ?? [];
  if (group !== undefined) return groupedElement(elementName, asym !== undefined, Number(group), elements);
  return ungroupedElement(name, elements);
}

function bitmodDefinition(type: string, group: number, stored = 'int8'): Definition {
  const bits = Number(type.at(-1));
  const scale_bits = Number(/\d+/.exec(stored)?.[0]);
  const scale = `${stored.toUpperCase()} scale${stored.startsWith('int') ? ' under a scale per channel' : ''}`;
  if (type.startsWith('int')) return grouped(bits, group, scale_bits, [`INT${bits}; per ${group}: ${scale}`, BITMOD]);
  const about = `FP${bits} with a special value; per ${group}: ${scale}, 2-bit selector`;
  return grouped(bits, group, scale_bits + 2, [about, BITMOD]);
}

function adaptiveDefinition(name: string): Definition | undefined {
  const [, base = '', group] = adaptiveName.exec(name) ?? [];
  const known = ownEntry(adaptive, base);
  if (known === undefined) return undefined;
  const { payload, description, source } = known;
  if (group === undefined) return wholeTensor(payload, `${description}; scale per channel or tensor (not counted here)`, source);
  return grouped(payload, Number(group), FP32_SCALE_bits, [`${description}; FP32 scale per ${group}`, source]);
}

function normalFloatNamed(name: string): Definition | undefined {
  const twoLevels = lqLoraName.exec(name);
  if (twoLevels !== null) return lqLoraDefinition(twoLevels);
  const [, bits, doublyQuantized, group] = normalFloatName.exec(name) ?? [];
  if (group === undefined) return undefined;
  if (doublyQuantized === undefined) return grouped(Number(bits), Number(group), 32, [`NF${bits}, FP32 scale per ${group}`, QLORA]);
  return grouped(Number(bits), Number(group), 8 + 32 / 256, [`NF${bits}, 8-bit scale per ${group}, FP32 scale per 256 scales`, QLORA]);
}

function lqLoraDefinition([, bits, group, scaleBits, type = '', scaleGroup]: RegExpExecArray): Definition {
  const about = `NF${bits}, ${scaleBits}-bit scale per ${group}, ${type.toUpperCase()} scale per ${scaleGroup} scales`;
  return grouped(Number(bits), Number(group), Number(scaleBits) + Number(type.slice(2)) / Number(scaleGroup), [about, LQ_LORA]);
}

function groupedElement(
  name: string,
  asymmetric: boolean,
  group: number,
  elements: Readonly<Record<string, ElementFormat>>,
): Definition | undefined {
  const byName: Readonly<Record<string, string>> = {
    fp8: 'e4m3',
    'fp8-e4m3': 'e4m3',
    'fp8-e5m2': 'e5m2',
    'fp6-e3m2': 'e3m2',
    'fp6-e2m3': 'e2m3',
  };
  const element = ownEntry(elements, ownEntry(byName, name) ?? name);
  if (element === undefined || element.bits > 8) return undefined;
  if (!asymmetric)
    return grouped(element.bits, group, FP16_SCALE_bits, [`${element.description}; FP16 scale per ${group}`, element.source]);
  if (!/^int\d$/.test(element.name)) return undefined;
  const about = `asymmetric ${element.bits}-bit integer; FP16 scale and ${element.bits}-bit zero per ${group}`;
  return grouped(element.bits, group, FP16_SCALE_bits + element.bits, [about, element.source]);
}

function ungroupedElement(name: string, elements: Readonly<Record<string, ElementFormat>>): Definition | undefined {
  const [, elementName = '', asym, channel] = ungroupedName.exec(name) ?? [];
  const element = ownEntry(elements, elementName);
  if (element === undefined || element.bits > 8 || (asym !== undefined && !/^int\d$/.test(elementName))) return undefined;
  const about = `${asym === undefined ? '' : 'asymmetric '}${element.description}; scale per ${channel === undefined ? 'tensor' : 'output channel'} (not counted here)`;
  return wholeTensor(element.bits, about, element.source);
}

function ownEntry<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function unknownOperand(name: string, elements: Readonly<Record<string, ElementFormat>>): LowbitError {
  const known = [...new Set([...Object.keys(named), ...Object.keys(adaptive), ...Object.keys(elements)])];
  const near = nearestNames(name, [
    ...known,
    'int4-g128',
    'int4-asym-g128',
    'bitmod-fp4-g128',
    'bitmod-fp3-g128',
    'mxint4-g16',
    'ant4-g128',
    'olive4-g128',
  ]);
  const forms = [
    'ELEMENT',
    'ELEMENT-gN',
    'ELEMENT-channel',
    'intB-asym-gN',
    'bitmod-fp3-gN',
    'bitmod-fp4-gN',
    'bitmod-intB-gN',
    'mxintB-gN',
    'nfB-gN-sB-fp32-gN',
    'qoq4-gN',
    'antB-gN',
    'oliveB-gN',
  ];
  return new LowbitError('unknown operand format', {
    value: name,
    allowed: [...Object.keys(named), ...Object.keys(adaptive), ...forms],
    remedy: `${near.length === 0 ? '' : `did you mean ${near.join(' or ')}? `}an ELEMENT is int2 .. int8, e2m1 or another row of: lowbit list formats`,
  });
}
