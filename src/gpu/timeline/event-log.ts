/** Stages of a run in columns while it goes on, as records when it is done; and the time in which SMs had work. */
import { timelineStages, type TimelineEvent } from './sm-timeline.js';

export interface EventLog {
  length: number;
  readonly slot: Int32Array;
  readonly piece: Int32Array;
  readonly stage: Uint8Array;
  readonly start_s: Float64Array;
  readonly end_s: Float64Array;
}

export const stageCode = { fill: 0, main: 1, drain: 2, barrier: 3, reduce: 4 } as const;

/** Room for every stage of every piece. */
export function eventLog(pieces: number): EventLog {
  const room = pieces * timelineStages.length;
  return {
    length: 0,
    slot: new Int32Array(room),
    piece: new Int32Array(room),
    stage: new Uint8Array(room),
    start_s: new Float64Array(room),
    end_s: new Float64Array(room),
  };
}

/** Records in the order in which stages ended. */
export function eventsOf(log: EventLog, slotsPerSm: number, pieces: { tile: Int32Array; share: Float64Array }): TimelineEvent[] {
  const events = new Array<TimelineEvent>(log.length);
  for (let i = 0; i < log.length; i++) {
    const slot = log.slot[i]!;
    const piece = log.piece[i]!;
    events[i] = {
      sm: (slot / slotsPerSm) | 0,
      slot: slot % slotsPerSm,
      tile: pieces.tile[piece]!,
      share: pieces.share[piece]!,
      stage: timelineStages[log.stage[i]!]!,
      start_s: log.start_s[i]!,
      end_s: log.end_s[i]!,
    };
  }
  return events;
}
