/**
 * Which coming cycles the result port of column 0 is taken in (the other columns run the same schedule later): a ring of one flag per cycle,
 * so that a fold whose results would meet those of the fold before is not started.
 */

export interface PortReservation {
  /** Whether results that begin to leave after `delay` cycles, one per cycle, meet no others. */
  free(delay: number, results: number): boolean;
  reserve(delay: number, results: number): void;
  tick(): void;
}

/** A free port; `horizon`: the furthest cycle ahead that is asked for. */
export function portReservation(horizon: number): PortReservation {
  const taken = new Uint8Array(horizon + 1);
  let now = 0;
  const slot = (ahead: number): number => (now + ahead) % taken.length;
  return {
    free(delay, results) {
      for (let i = 0; i < results; i++) if (taken[slot(delay + i)] !== 0) return false;
      return true;
    },
    reserve(delay, results) {
      for (let i = 0; i < results; i++) taken[slot(delay + i)] = 1;
    },
    tick() {
      taken[now] = 0;
      now = slot(1);
    },
  };
}
