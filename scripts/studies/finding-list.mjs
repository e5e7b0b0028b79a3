/**
 * What scripts/studies/findings.mjs measures and compares: conditions by name, and findings of papers as pairs of conditions.
 * A condition is a part of a scheme (docs/accuracy.md) on `models/tiny` or, with `outlier`, on its variant with injected outliers; what it does not name stays in float.
 * A pair says that the first loses less than the second (`less`), or no more than it (`no more`).
 */

/**
 * @typedef {{ scheme: Record<string, unknown>, outlier?: true }} Condition
 * @typedef {{ first: string, second: string, claim: 'less' | 'no more' }} Pair
 * @typedef {{ title: string, source: string, pairs: Pair[] }} Finding
 */

const asymmetric = (/** @type {number} */ bits, granularity = 'group') => ({
  weight: { quantizer: 'rtn', bits, granularity, ...(granularity === 'group' ? { group: 128 } : {}), symmetric: false },
});
const bitmod = (/** @type {number} */ bits, /** @type {object} */ options = {}) => ({
  weight: { quantizer: 'bitmod', bits, group: 128, ...options },
});
const grouped = (/** @type {string} */ quantizer, /** @type {number} */ bits) => ({
  weight: { quantizer, bits, granularity: 'group', group: 128 },
});
const keys = (/** @type {string} */ quantizer, preRotary = false) => ({
  scheme: { kv: { quantizer, bits: 2, group: 32, sides: 'keys', ...(preRotary ? { preRotary } : {}) } },
});
const lowRank = (/** @type {string} */ quantizer, /** @type {number} */ rank) => ({ scheme: { weight: { quantizer, bits: 3, rank } } });
const rtn4 = { quantizer: 'rtn', bits: 4, granularity: 'channel' };
const w4a4 = { weight: rtn4, activation: rtn4 };
const olive4 = { quantizer: 'olive', bits: 4, granularity: 'channel' };

/** @type {Record<string, Condition>} */
export const conditions = {
  'INT3 asymmetric g128': { scheme: asymmetric(3) },
  'BitMoD-3 g128': { scheme: bitmod(3) },
  'MX-FP3 g32': { scheme: { weight: { quantizer: 'mx', element: 'e2m0', scaleRule: 'bitmod' } } },
  'ANT-3 g128': { scheme: grouped('ant', 3) },
  'INT4 asymmetric g128': { scheme: asymmetric(4) },
  'BitMoD-4 g128': { scheme: bitmod(4) },
  'ANT-4 g128': { scheme: grouped('ant', 4) },
  'OliVe-4 g128': { scheme: grouped('olive', 4) },
  'BitMoD-3, FP32 group scales': { scheme: bitmod(3, { secondLevel: 'none', scaleFormat: 'fp32' }) },
  'BitMoD-3, INT2 second level': { scheme: bitmod(3, { secondLevel: 'int2' }) },
  'INT3 asymmetric per channel': { scheme: asymmetric(3, 'channel') },
  'INT4 asymmetric per channel': { scheme: asymmetric(4, 'channel') },
  'AWQ scales, INT3': { scheme: { prepare: [{ method: 'awq' }], ...asymmetric(3) } },
  'AWQ scales and clips, INT3': {
    scheme: {
      prepare: [{ method: 'awq' }],
      weight: { quantizer: 'awq-clip', bits: 3, group: 128 },
      layers: [{ match: '{q,k}_proj', ...asymmetric(3) }], // AWQ does not clip queries and keys
    },
  },
  'GPTQ, INT3': {
    scheme: {
      weight: { quantizer: 'gptq', bits: 3, granularity: 'group', group: 128, symmetric: false, actOrder: true, staticGroups: true },
    },
  },
  'keys per channel': keys('per-channel'),
  'keys per token': keys('per-token'),
  'keys per channel, before rotary': keys('per-channel', true),
  'keys per token, before rotary': keys('per-token', true),
  'keys per channel (outliers)': { ...keys('per-channel'), outlier: true },
  'keys per token (outliers)': { ...keys('per-token'), outlier: true },
  'keys per channel, before rotary (outliers)': { ...keys('per-channel', true), outlier: true },
  'RTN W4A4': { scheme: w4a4 },
  'RTN W4A4 (outliers)': { scheme: w4a4, outlier: true },
  'OliVe W4A4 (outliers)': { scheme: { weight: olive4, activation: olive4 }, outlier: true },
  'Hadamard rotation, W4A4 (outliers)': { scheme: { prepare: [{ method: 'hadamard' }], ...w4a4 }, outlier: true },
  'FMPQ W4A4/8 (outliers)': {
    scheme: {
      prepare: [{ method: 'outlier-permutation', rule: 'fmpq' }],
      weight: { quantizer: 'fmpq' },
      activation: { quantizer: 'fmpq' },
    },
    outlier: true,
  },
  'SmoothQuant W4A4, norms (outliers)': { scheme: { prepare: [{ method: 'smoothquant' }], ...w4a4 }, outlier: true },
  'SmoothQuant W4A4, all sites (outliers)': { scheme: { prepare: [{ method: 'smoothquant', outputs: true }], ...w4a4 }, outlier: true },
  'MXINT3 g16': { scheme: { weight: { quantizer: 'mxint', bits: 3, group: 16 } } },
  'LQER rank 8': lowRank('lqer', 8),
  'LQER rank 32': lowRank('lqer', 32),
  'LQER rank 64': lowRank('lqer', 64),
  'L2QER rank 8': lowRank('l2qer', 8),
  'L2QER rank 32': lowRank('l2qer', 32),
  'L2QER rank 64': lowRank('l2qer', 64),
};

/** @returns {Pair} */
const less = (/** @type {string} */ first, /** @type {string} */ second) => ({ first, second, claim: 'less' });
/** @returns {Pair} */
const noMore = (/** @type {string} */ first, /** @type {string} */ second) => ({ first, second, claim: 'no more' });
const broken = 'RTN W4A4 (outliers)';

/** @type {Finding[]} */
export const findings = [
  {
    title: 'At 3 bits BitMoD beats the others; at 4 bits it loses no more than asymmetric INT and less than ANT',
    source: 'BitMoD, HPCA 2025',
    pairs: [
      less('BitMoD-3 g128', 'INT3 asymmetric g128'),
      less('BitMoD-3 g128', 'MX-FP3 g32'),
      less('BitMoD-3 g128', 'ANT-3 g128'),
      noMore('BitMoD-4 g128', 'INT4 asymmetric g128'),
      less('BitMoD-4 g128', 'ANT-4 g128'),
      less('BitMoD-4 g128', 'OliVe-4 g128'),
    ],
  },
  {
    title: 'INT8 second-level scales cost nothing, INT2 ruins',
    source: 'BitMoD, HPCA 2025',
    pairs: [noMore('BitMoD-3 g128', 'BitMoD-3, FP32 group scales'), less('BitMoD-3 g128', 'BitMoD-3, INT2 second level')],
  },
  {
    title: 'Per group beats per channel',
    source: 'BitMoD, HPCA 2025; common knowledge of the field',
    pairs: [less('INT3 asymmetric g128', 'INT3 asymmetric per channel'), less('INT4 asymmetric g128', 'INT4 asymmetric per channel')],
  },
  {
    title: 'AWQ and GPTQ beat round to nearest at 3 bits',
    source: 'AWQ, arXiv:2306.00978; GPTQ, arXiv:2210.17323',
    pairs: [
      less('AWQ scales, INT3', 'INT3 asymmetric g128'),
      less('AWQ scales and clips, INT3', 'INT3 asymmetric g128'),
      less('GPTQ, INT3', 'INT3 asymmetric g128'),
    ],
  },
  {
    title: 'Keys of 2 bits: per channel beats per token, before the rotary embedding beats after it',
    source: 'KIVI, arXiv:2402.02750; KVQuant, arXiv:2401.18079',
    pairs: [
      less('keys per channel', 'keys per token'),
      less('keys per channel (outliers)', 'keys per token (outliers)'),
      less('keys per channel, before rotary', 'keys per channel'),
      less('keys per token, before rotary', 'keys per token'),
      less('keys per channel, before rotary (outliers)', 'keys per channel (outliers)'),
    ],
  },
  {
    title: 'Outliers break W4A4; pairs, rotation, mixed precision and SmoothQuant recover',
    source: 'OliVe, ISCA 2023; QuaRot, arXiv:2404.00456; COMET, arXiv:2410.12168; SmoothQuant, arXiv:2211.10438',
    pairs: [
      less('RTN W4A4', broken),
      less('OliVe W4A4 (outliers)', broken),
      less('Hadamard rotation, W4A4 (outliers)', broken),
      less('FMPQ W4A4/8 (outliers)', broken),
      less('SmoothQuant W4A4, norms (outliers)', broken),
      less('SmoothQuant W4A4, all sites (outliers)', broken),
    ],
  },
  {
    title: 'A low-rank correction gets better with its rank, and with the inputs in its weighting',
    source: 'LQER, arXiv:2402.02446',
    pairs: [
      less('LQER rank 8', 'MXINT3 g16'),
      less('LQER rank 32', 'LQER rank 8'),
      less('LQER rank 64', 'LQER rank 32'),
      less('L2QER rank 8', 'LQER rank 8'),
      less('L2QER rank 32', 'LQER rank 32'),
      less('L2QER rank 64', 'LQER rank 64'),
    ],
  },
];
