/** `--set` of simulate and compare: `scheme.x=...` and `model.x=...` change the scheme and the model, everything else the hardware. */
import { repeated, type RawOption } from '../arguments.js';

export interface SettingsByTarget {
  readonly hardware: readonly string[];
  readonly model: readonly string[];
  readonly scheme: readonly string[];
}

export function settingsByTarget(raw: RawOption): SettingsByTarget {
  const of = { hardware: [] as string[], model: [] as string[], scheme: [] as string[] };
  for (const setting of repeated(raw)) {
    const [, target, rest] = /^\s*(hardware|model|scheme)\.(.*)$/s.exec(setting) ?? [];
    if (target === undefined || rest === undefined) of.hardware.push(setting);
    else of[target as keyof typeof of].push(rest);
  }
  return of;
}
