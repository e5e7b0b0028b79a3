/** Ctrl-C during a sweep: the first one stops it where it can go on, the second ends the process at once. SIGTERM, which clusters send, counts alike. */
import type { Arguments } from '../command.js';
import { endBySignal } from '../end-by-signal.js';
import { note } from './present.js';

export interface Stop {
  readonly signal: AbortSignal;
  /** Exit code of the signal that came; undefined: none did. */
  received(): number | undefined;
}

const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

export function stopOnSignal(args: Arguments): Stop {
  const controller = new AbortController();
  let received: number | undefined;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    // The program's own answer to SIGINT is to end.
    process.removeAllListeners(name);
    process.on(name, () => {
      if (received !== undefined) {
        endBySignal(name);
        return;
      }
      received = exitCodes[name];
      note(args, [`${process.stderr.isTTY ? '\r\u001b[K' : ''}stopping; what is finished is kept (once more ends at once)`]);
      controller.abort();
    });
  }
  return { signal: controller.signal, received: () => received };
}
