/**
 * Scaling laws of training at low precision, as priors for what a format may cost. N parameters, D training tokens, B weights per scale.
 *   floating point   L = n / N^alpha + d / D^beta + epsilon + D^beta / N^alpha log2(B) / (gamma (E + 1/2)^delta (M + 1/2)^nu)
 *   QAT              error = k D^gammaD log2(G)^gammaG / N^gammaN        (added to the loss of the same model in bf16)
 * Sources: Scaling Laws for Floating-Point Quantization Training, ICML 2025 (arXiv 2501.02423), equation 18 and table 2; Scaling Law for
 * Quantization-Aware Training, arXiv 2505.14302. The coefficients of the first are published; all but n and epsilon enter its critical data sizes, which
 * come out. Those of the second are not established here (form and setting only: the table was not read), so they are arguments without defaults.
 * Fitted on models trained at that precision, of 41 M to 679 M parameters (first) and 74 M to 595 M on 10 to 100 x 10^9 tokens (second): they say
 * nothing certain of rounding a trained model. Left out: the width that is worth its cost (published: 4 to 8 bits), which takes a cost per bit.
 */

/** Table 2 of arXiv 2501.02423; natural logarithm, loss in nats per token. */
const FLOAT_TRAINING = Object.freeze({
  n: 69.2343,
  alpha: 0.2368,
  d: 68973.0621,
  beta: 0.5162,
  epsilon: 1.9061,
  gamma: 11334.5197,
  delta: 3.1926,
  nu: 2.9543,
});

/** A training in floating point of few bits. */
export interface FloatTraining {
  readonly parameters: number;
  readonly tokens: number;
  readonly exponentBits: number;
  readonly mantissaBits: number;
  /** Weights per scale. */
  readonly block: number;
}

/** Loss in nats per token. */
export function floatTrainingLoss({ parameters, tokens, ...format }: FloatTraining): number {
  const { n, alpha, d, beta, epsilon } = FLOAT_TRAINING;
  const base = n / parameters ** alpha + d / tokens ** beta + epsilon;
  return base + tokens ** beta / parameters ** alpha / resolution(format);
}

/** Tokens beyond which more data makes the model worse: (d N^alpha resolution)^(1 / (2 beta)), equation 21. */
export function criticalTokens({ parameters, ...format }: Omit<FloatTraining, 'tokens'>): number {
  const { alpha, d, beta } = FLOAT_TRAINING;
  return (d * parameters ** alpha * resolution(format)) ** (1 / (2 * beta));
}

/** gamma (E + 1/2)^delta (M + 1/2)^nu / log2 B */
function resolution({ exponentBits, mantissaBits, block }: Omit<FloatTraining, 'parameters' | 'tokens'>): number {
  const { gamma, delta, nu } = FLOAT_TRAINING;
  return (gamma * (exponentBits + 0.5) ** delta * (mantissaBits + 0.5) ** nu) / Math.log2(block);
}

/** Mantissa bits that lose least at a width of 1 + E + M bits, not rounded: nu P / (delta + nu) - 1/2, equation 19. */
export function bestMantissaBits(bits: number): number {
  const { delta, nu } = FLOAT_TRAINING;
  return (nu * bits) / (delta + nu) - 0.5;
}

/** Of the law of quantization-aware training; none is established here. */
export interface QatCoefficients {
  readonly k: number;
  readonly gammaN: number;
  readonly gammaD: number;
  readonly gammaG: number;
}

/** Loss above that of the bf16 model, in nats per token; 0 for groups of one weight. */
export function qatError(
  { parameters, tokens, group }: { readonly parameters: number; readonly tokens: number; readonly group: number },
  { k, gammaN, gammaD, gammaG }: QatCoefficients,
): number {
  return (k * tokens ** gammaD * Math.log2(group) ** gammaG) / parameters ** gammaN;
}
