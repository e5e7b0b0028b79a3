import { describe, expect, it } from 'vitest';
import { timings } from '../../../src/accelerator/timing/index.js';
import { arraysOf } from '../../../src/accelerator/array-design.js';
import { physicalDesign } from '../../../src/accelerator/physical-design.js';
import { acceleratorFrom, loadAccelerator } from '../../../src/config/catalogue.js';
import { catalogueFile, catalogueNames, readText } from '../../../src/config/files.js';
import { loadSramTable } from '../../../src/config/package-data.js';
import { LowbitError } from '../../../src/lowbit-error.js';
import { axisRoles } from '../../../src/sweep/evaluate/axis-roles.js';
import { physicalParts } from '../../../src/sweep/evaluate/point-costs.js';
import { templatesOf } from '../../../src/sweep/evaluate/templates.js';
import type { Axis } from '../../../src/sweep/plan/sweep-plan.js';
import { axis, sketch } from './plans.js';

/** Templates over axes of one file; counts how often the file is read in full. */
function templates(name: string, axes: readonly Axis[], text = readText(catalogueFile('accelerators', name))) {
  const plan = sketch({ hardware: [name], axes });
  const reader = acceleratorFrom(text, name);
  const counted = { resolved: 0 };
  const resolve = (index: ArrayLike<number>) => {
    counted.resolved++;
    const settings = axes.flatMap(({ path, values }, a) =>
      index[a]! < 0 ? [] : [{ path: path.slice('hardware.'.length), value: values[index[a]!], place: path }],
    );
    return reader(settings).config;
  };
  const at = templatesOf({
    roles: axisRoles(plan),
    axes: axes.map(({ path, values }) => ({ path: path.split('.').slice(1), values })),
    resolve,
    stages: (_config, plain) => plain,
  });
  return { at, counted, resolve };
}

/** The config without what only tells of settings. */
const bare = (config: object): unknown => JSON.parse(JSON.stringify(config, (key, value: unknown) => (key === 'source' ? '' : value)));

/** Asks for every point of the axes again and again, and expects what reading it in full gives; the axes that were plain in the end. */
function expectRight(name: string, axes: readonly Axis[], rounds = 4) {
  const made = templates(name, axes);
  const sizes = axes.map(({ values }) => values.length);
  const count = sizes.reduce((product, size) => product * size, 1);
  let plain: readonly number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (let point = 0; point < count; point++) {
      let rest = point;
      const index = Int32Array.from(sizes, (size) => {
        const digit = rest % size;
        rest = Math.floor(rest / size);
        return digit;
      });
      const attempt = (work: () => object): unknown => {
        try {
          return bare(work());
        } catch (error) {
          if (error instanceof LowbitError) return error.message;
          throw error;
        }
      };
      expect(
        attempt(() => {
          const template = made.at(index);
          plain = template.stages;
          return template.config;
        }),
      ).toEqual(attempt(() => made.resolve(index)));
    }
  }
  return plain;
}

describe('plain axes', () => {
  it('are assigned without reading the description for every point', () => {
    const rows = axis(
      'hardware.array.rows',
      Array.from({ length: 40 }, (_, i) => i + 1),
    );
    const clock = axis(
      'hardware.clock_MHz',
      Array.from({ length: 40 }, (_, i) => 100 * (i + 1)),
    );
    const { at, counted } = templates('bitmod', [rows, clock]);
    for (let i = 0; i < 1600; i++) expect(at(Int32Array.of(i % 40, Math.floor(i / 40))).config.array.rows).toBe((i % 40) + 1);
    expect(at(Int32Array.of(0, 0)).stages).toEqual([0, 1]);
    expect(counted.resolved).toBeLessThan(40);
  });

  it('are not those whose value changes something else: a clock under a memory by name', () => {
    const plain = expectRight('zigzag-tpu-like', [axis('hardware.clock_MHz', [100, 200, 300]), axis('hardware.dram.channels', [1, 2, 4])]);
    expect(plain).toEqual([]);
  });

  it('are not those that are scaled from another node', () => {
    const axes = [
      axis('hardware.technology_nm', [28, 16]),
      axis('hardware.pe.area_um2', [10, 20, 30, 40]),
      axis('hardware.array.rows', [8, 16, 24]),
    ];
    expect(expectRight('bitmod', axes)).toEqual([2]);
  });

  it('are not those that a check across keys refuses at one end: cores on a model without', () => {
    const plain = expectRight('bitmod', [axis('hardware.cores', [1, 2, 4]), axis('hardware.array.rows', [8, 16, 24, 32])]);
    expect(plain).toEqual([1]);
  });

  it('are not those with a value that the schema refuses between good ones', () => {
    const plain = expectRight('bitmod', [axis('hardware.array.rows', [8, 8.5, 16]), axis('hardware.clock_MHz', [500, 600, 700, 800])]);
    expect(plain).toEqual([1]);
  });

  it('are not those that a block set by another axis overrides', () => {
    const pe = axis('hardware.pe.energy_pJ', [0.1, 0.2, 0.3, 0.4]);
    const block = axis('hardware.array', [
      { rows: 4, columns: 4 },
      { rows: 8, columns: 2 },
    ]);
    expect(expectRight('bitmod', [axis('hardware.array.rows', [2, 3, 5, 6]), block, pe])).toEqual([2]);
  });

  it('are what reading in full gives where every shipped design has them', () => {
    for (const name of catalogueNames('accelerators')) {
      expectRight(
        name,
        [
          axis('hardware.buffers.weight.size_KiB', [64, 96, 128]),
          axis('hardware.dram.bandwidth_bitsPerCycle', [64, 128]),
          axis('hardware.dram.energy_pJPerBit', [1, 2]),
        ],
        1,
      );
    }
  });
});

describe('area and leakage', () => {
  it('follow from the parts they are kept by, and from no other number of any shipped design', () => {
    const table = loadSramTable();
    for (const name of catalogueNames('accelerators')) {
      const { config } = loadAccelerator(name);
      expect(arraysOf(config).length).toBeGreaterThan(0);
      const before = physicalDesign(config, table);
      const others = Object.entries(config).filter(([part]) => !(physicalParts as readonly string[]).includes(part));
      const changed = structuredClone({ ...config, ...Object.fromEntries(others.map(([part, value]) => [part, doubled(value)])) });
      expect(physicalDesign(changed, table)).toEqual(before);
    }
    expect(Object.keys(timings)).toHaveLength(5);
  });
});

function doubled(value: unknown): unknown {
  if (typeof value === 'number') return value * 2;
  if (Array.isArray(value)) return value.map(doubled);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, doubled(inner)]));
}
