/** Names of the schedules that `--schedule` takes, and which kernels can run them: those of COMET order tiles of two precisions. */
export const plainSchedules = ['waves', 'static-waves', 'persistent', 'stream-k'] as const;

export const cometScheduleNames = ['barriered', 'barrier-free', 'remapped', 'decomposed'] as const;
export type CometSchedule = (typeof cometScheduleNames)[number];

export const scheduleNames = [...plainSchedules, ...cometScheduleNames] as const;
export type ScheduleName = (typeof scheduleNames)[number];

/** Schedules of a kernel of products: those of two precisions along k have COMET's, attention has none. */
export function schedulesOf({ mixed, attention }: { readonly mixed?: unknown; readonly attention?: unknown }): readonly ScheduleName[] {
  if (attention !== undefined) return [];
  return mixed === undefined ? plainSchedules : cometScheduleNames;
}
