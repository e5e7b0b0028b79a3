/** The rewrites by name: the table of contents of this folder. */
import type { Rewrite } from './rewrite.js';

/** Every rewrite by its name. */
export const rewrites: Readonly<Record<string, Rewrite>> = Object.freeze({});
