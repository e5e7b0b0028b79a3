/**
 * A timeline of SMs as a trace that ui.perfetto.dev and chrome://tracing open: the JSON of the Trace Event Format, one process per SM, one thread
 * per slot, one complete event ("X") per stage of a tile. Times in microseconds, as the format wants them.
 * Source: Trace Event Format (Google), "JSON Object Format".
 */
import type { SmTimeline } from '../gpu/timeline/sm-timeline.js';

interface TraceEvent {
  readonly ph: 'X' | 'M';
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly [key: string]: unknown;
}

const microseconds = (seconds: number): number => Number((seconds * 1e6).toPrecision(12));

/** Names that the viewer shows for SMs and slots, in their order. */
function namesOf({ sms, slotsPerSm }: SmTimeline): TraceEvent[] {
  return Array.from({ length: sms }, (_, sm): TraceEvent[] => [
    { ph: 'M', name: 'process_name', pid: sm, tid: 0, args: { name: `SM ${sm}` } },
    { ph: 'M', name: 'process_sort_index', pid: sm, tid: 0, args: { sort_index: sm } },
    ...Array.from({ length: slotsPerSm }, (_unused, slot): TraceEvent => ({
      ph: 'M',
      name: 'thread_name',
      pid: sm,
      tid: slot,
      args: { name: `slot ${slot}` },
    })),
  ]).flat();
}

/** The trace as JSON text; `title` stands in its metadata. */
export function toPerfetto(timeline: SmTimeline, title: string): string {
  const stages = timeline.events.map((event): TraceEvent => {
    const label = timeline.tiles[event.tile]?.label ?? '';
    return {
      ph: 'X',
      name: event.stage === 'main' && label !== '' ? label : event.stage,
      cat: event.stage,
      pid: event.sm,
      tid: event.slot,
      ts: microseconds(event.start_s),
      dur: microseconds(event.end_s - event.start_s),
      args: { tile: event.tile, share: event.share },
    };
  });
  const { makespan_s, idleShare, sms, slotsPerSm } = timeline;
  const metadata = { title, makespan_us: microseconds(makespan_s), idleShare, sms, slotsPerSm };
  const lines = [...namesOf(timeline), ...stages].map((event) => JSON.stringify(event));
  return `{"displayTimeUnit":"ns","metadata":${JSON.stringify(metadata)},"traceEvents":[\n${lines.join(',\n')}\n]}\n`;
}
