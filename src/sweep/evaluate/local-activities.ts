import type { LayerActivity } from '../../trace/layer-activity.js';
export interface ActivityCache {
  machine(machineText: string): MachineActivities;
}
export interface MachineActivities {
  activity(layerText: string, compute: () => LayerActivity): LayerActivity;
}
export function localActivities(): ActivityCache {
  const known = new Map<string, LayerActivity>();
  return {
    machine: (machineText) => ({
      activity(layerText, compute) {
        const key = `${machineText} ${layerText}`;
        let found = known.get(key);
        if (found === undefined) {
          found = compute();
          if (known.size > 20000) known.clear();
          known.set(key, found);
        }
        return found;
      },
    }),
  };
}
