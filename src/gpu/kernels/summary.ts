/** A kernel in one line, for lists. */
import type { KernelConfig } from './kernel-schema.js';

const taken = {
  'by-formats': '',
  'two-precisions': ' where activations have blocks of 8 bits',
  'by-name': ', with --kernel',
} as const;

export function kernelSummary({ description, takes, choice, architectures }: KernelConfig): string {
  const products = takes.map(({ activation, weight }) => `${activation} x ${weight}`).join(', ');
  const cards = architectures === undefined ? '' : ` on ${architectures.join(', ')}`;
  return `${description}; ${products}${cards}${taken[choice]}`;
}
