/** 10,000 thread blocks of two costs on an A100's 108 SMs of two slots, bandwidth shared: what the timeline of SMs is timed on. */
const tiles = 10_000;

export async function timelineSet() {
  const { runTimeline } = await import('../../dist/gpu/timeline/run-timeline.js');
  const { waves } = await import('../../dist/gpu/timeline/schedules/persistent.js');
  const work = Array.from({ length: tiles }, (_, id) => ({
    id,
    label: id % 4 === 0 ? 'W4A8' : 'W4A4',
    compute_s: id % 4 === 0 ? 2.3e-6 : 1e-6,
    fill_s: 1e-6,
    drain_s: 5e-7,
    l2_bytes: id % 4 === 0 ? 5e4 : 3e4,
    dram_bytes: 1e4,
  }));
  const machine = { sms: 108, slotsPerSm: 2, l2PerSm_Bps: 4e10, dram_Bps: 1.7e12, stages: 3, overlapLoss: 0.2 };
  return () => runTimeline(work, waves(work, machine), machine);
}
