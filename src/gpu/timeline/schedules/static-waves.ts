/**
 * Static waves: tile i runs on SM i mod SMs, in order, every SM at its own pace. What a grid of thread blocks does whose tiles cost the same,
 * and COMET's mapping before any of its steps (ASPLOS 2025, section on SM scheduling: SM 0 gets tiles 0, 4, 8, ... of four SMs).
 */
import type { TileWork, SmMachine } from '../sm-timeline.js';
import { wholeTiles, type SmSchedule } from './sm-schedule.js';

function roundRobin(count: number, sms: number): number[][] {
  return Array.from({ length: sms }, (_, sm) => Array.from({ length: Math.max(0, Math.ceil((count - sm) / sms)) }, (_, i) => sm + i * sms));
}

export const staticWaves = (tiles: readonly TileWork[], machine: SmMachine): SmSchedule =>
  wholeTiles('static-waves', roundRobin(tiles.length, machine.sms));
