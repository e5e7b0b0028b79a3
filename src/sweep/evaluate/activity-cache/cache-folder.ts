/**
 * Where what sweeps have found is kept: $LOWBIT_CACHE, else $XDG_CACHE_HOME/lowbit, else ~/.cache/lowbit. By the XDG base directory
 * specification a relative $XDG_CACHE_HOME counts as not set.
 */
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** The folder by these variables; it need not exist. */
export function cacheFolder(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const { LOWBIT_CACHE: own = '', XDG_CACHE_HOME: shared = '' } = environment;
  if (own !== '') return own;
  return join(isAbsolute(shared) ? shared : join(homedir(), '.cache'), 'lowbit');
}
