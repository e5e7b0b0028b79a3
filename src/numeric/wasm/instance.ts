/**
 * An assembled module together with a memory of its own. Modules import `space.memory` and nothing else, export functions of numbers, and are small: they are
 * compiled when they are first used, at once and in this thread.
 */

import { keepPages } from './kept-pages.js';

interface Memory {
  readonly buffer: ArrayBuffer;
}
type Kernel = (...numbers: number[]) => void;

/** The little of WebAssembly's interface that is used; the library of the language leaves it to those of browsers. */
declare const WebAssembly: {
  readonly Memory: new (pages: { readonly initial: number; readonly maximum: number }) => Memory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: { readonly space: { readonly memory: Memory } }) => { readonly exports: unknown };
};

const PAGE_BYTES = 65_536;
/** Addresses have 32 bits. */
const MAX_PAGES = 65_536;

const compiled = new Map<string, object>();

function moduleOf(base64: string): object {
  const known = compiled.get(base64);
  if (known !== undefined) return known;
  const module = new WebAssembly.Module(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)));
  compiled.set(base64, module);
  return module;
}

/** Kernels of a module over a new memory of at least `bytes`, all zero. It never grows, since that would take its buffer away. Throws RangeError beyond 4 GiB. */
export function instantiate<Name extends string>(
  base64: string,
  bytes: number,
): { buffer: ArrayBuffer; kernels: Readonly<Record<Name, Kernel>> } {
  keepPages();
  const pages = Math.max(1, Math.ceil(bytes / PAGE_BYTES));
  if (!(pages <= MAX_PAGES)) throw new RangeError(`${bytes} bytes are beyond the 4 GiB that WebAssembly addresses`);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const instance = new WebAssembly.Instance(moduleOf(base64), { space: { memory } });
  return { buffer: memory.buffer, kernels: instance.exports as Readonly<Record<Name, Kernel>> };
}
