/** Objectives as fronts take them: what is maximised is turned, so that less is better everywhere. */
import type { ObjectivePlan } from '../plan/sweep-plan.js';

/** 1 for a minimised objective, -1 for a maximised one: times the value as written, and back again. */
export function signsOf(objectives: readonly ObjectivePlan[]): number[] {
  return objectives.map(({ direction }) => (direction === 'minimize' ? 1 : -1));
}

/** Low and high end of a turned interval; an end that is no finite number is the value itself: nothing is stated about its error. */
export function turnedBounds(
  value: number,
  bounds: { readonly low: number; readonly high: number },
  sign: number,
): [low: number, high: number] {
  const low = Number.isFinite(bounds.low) ? Math.min(bounds.low, value) : value;
  const high = Number.isFinite(bounds.high) ? Math.max(bounds.high, value) : value;
  return sign > 0 ? [low, high] : [-high, -low];
}
