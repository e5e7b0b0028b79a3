/**
 * Activities of expensive timing models by content, shared by all workers of a sweep: a layer shape on a machine is computed once, whatever
 * worker asks. The texts say everything the result depends on; the table never invents, it only remembers.
 */
import type { LayerActivity } from '../../../trace/layer-activity.js';
import { decodeActivity, encodeActivity, ROW_WIDTH } from './activity-row.js';
import { layerKeys } from './content-key.js';
import { sharedTable, tableBuffer, type SharedTable } from './shared-table.js';

export interface ActivityCache {
  /**
   * A machine by a text of all that its timing reads: timing model and PE model with their versions, that part of the description, the array;
   * where the timing model asks for costs also those.
   */
  machine(machineText: string): MachineActivities;
}

export interface MachineActivities {
  /**
   * The activity of a layer, given as a text without its name and repetitions: the one that is kept, or what `compute` gives, which is kept
   * for everyone. What `compute` throws is passed on, and nothing is kept.
   */
  activity(layerText: string, compute: () => LayerActivity): LayerActivity;
}

/** Memory of a table of one thread alone. */
const OWN_bytes = 16 * 2 ** 20;

/** The cache in a table of `openActivityCache`; without one, in a table of this thread alone. */
export function activityCache(table: SharedArrayBuffer | undefined): ActivityCache {
  const shared = sharedTable(table ?? tableBuffer(OWN_bytes));
  return {
    machine: (machineText) => {
      const keyOf = layerKeys(machineText);
      return { activity: (layerText, compute) => lookUp(shared, keyOf(layerText), compute) };
    },
  };
}

function lookUp(table: SharedTable, key: Int32Array, compute: () => LayerActivity): LayerActivity {
  const found = table.find(key);
  if (found === null) return compute();
  const { slot, ready } = found;
  if (ready) return decodeActivity(table.rows, slot * ROW_WIDTH);
  let complete = false;
  try {
    const activity = compute();
    complete = encodeActivity(activity, table.rows, slot * ROW_WIDTH);
    return activity;
  } finally {
    if (complete) table.publish(slot);
    else table.abandon(slot);
  }
}
