/** A process that keeps so many numbered activities in a folder: save-pack.mjs FOLDER FROM COUNT */
/* global process, console */
import { activityCache } from '../../../dist/sweep/evaluate/activity-cache/activity-cache.js';
import { openActivityCache } from '../../../dist/sweep/evaluate/activity-cache/open-activity-cache.js';
import { activityOfNumber } from './numbered-activity.mjs';

const [folder = '', from = '', count = ''] = process.argv.slice(2);
const opened = await openActivityCache({ enabled: true, folder, budget_bytes: 2 ** 20 });
const machine = activityCache(opened.table).machine('machine');
for (let i = 0; i < Number(count); i++) {
  machine.activity(`layer ${Number(from) + i}`, () => activityOfNumber(Number(from) + i));
  if (i % 50 === 49) await opened.save();
}
console.log(JSON.stringify([...opened.notes, ...(await opened.save())]));
