/** A kernel in one line, for lists. */
import type { KernelConfig } from './kernel-schema.js';

export function kernelSummary({ description, takes, choice, architectures }: KernelConfig): string {
  const products = takes.map(({ activation, weight }) => `${activation} x ${weight}`).join(', ');
  const cards = architectures === undefined ? '' : ` on ${architectures.join(', ')}`;
  return `${description}; ${products}${cards}${choice === 'by-name' ? ', with --kernel' : ''}`;
}
