import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LowbitError } from '../../../src/lowbit-error.js';
import { decodeRows, encodePart, readPart, writePart } from '../../../src/sweep/store/part-file.js';
import { partFormat } from '../../../src/sweep/store/part-format.js';
import { storedColumns } from '../../../src/sweep/store/stored-columns.js';
import { temporaryFolder } from '../../tensors/temporary-folder.js';
import { pointsFrom, rowsOf, tinyPlan } from './tiny-plan.js';

const root = temporaryFolder();
const plan = tinyPlan();
const format = partFormat(plan);

async function readBack(bytes: Uint8Array, of = format): ReturnType<typeof decodeRows> {
  const path = join(root, 'back.parquet');
  writeFileSync(path, bytes);
  const stored = readPart(of, 3, path);
  if (stored.state !== 'whole') throw new Error(stored.state);
  return decodeRows(of, stored.bytes, stored.metadata);
}

describe('a part', () => {
  it('gives back the rows it was made of, to the last bit, with unknown values, failures and kept-out axes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ point: fc.nat(2 ** 31 - 1), value: fc.double(), index: fc.integer({ min: -1, max: 9 }), bits: fc.integer() }),
          {
            maxLength: 70,
          },
        ),
        async (rows) => {
          const points = Float64Array.from(rows, ({ point }) => point);
          const values = Float64Array.from(rows, ({ value }) => value);
          const batch = {
            ...rowsOf(plan, points),
            axes: plan.axes.map(() => Int32Array.from(rows, ({ index }) => index)),
            columns: plan.columns.map(() => values),
            objectives: plan.objectives.map(() => values),
            violated: Int32Array.from(rows, ({ bits }) => bits),
            unknown: Int32Array.from(rows, ({ bits }) => bits >> 1),
          };
          expect(await readBack(encodePart(format, 3, 0, batch))).toEqual(batch);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('keeps the bounds of objectives where a design states its error', async () => {
    const withBars = tinyPlan({ errorBars: true });
    const batch = rowsOf(withBars, pointsFrom(0, 40));
    const back = await readBack(encodePart(partFormat(withBars), 3, 0, batch), partFormat(withBars));
    expect(back).toEqual(batch);
    expect(storedColumns(withBars).map(({ name }) => name)).toContain('rate_high');
  });

  it('numbers points as 32-bit integers up to 2^31 and as doubles beyond', async () => {
    const of = (size: number): ReturnType<typeof tinyPlan> =>
      tinyPlan({
        axes: [],
        dimensions: [
          { size: 2 ** 16, members: [] },
          { size, members: [] },
        ],
      });
    expect(storedColumns(of(2 ** 15 - 1))[0]).toMatchObject({ name: 'point', type: 'INT32' });
    const large = of(2 ** 15);
    expect(storedColumns(large)[0]).toMatchObject({ name: 'point', type: 'DOUBLE' });
    const points = Float64Array.of(0, 2 ** 31 - 1, 2 ** 31, 2 ** 52 + 1);
    expect((await readBack(encodePart(partFormat(large), 3, 0, rowsOf(large, points)), partFormat(large))).points).toEqual(points);
  });

  it('takes all of an int32: points at both ends and violated bits up to 30', async () => {
    const batch = rowsOf(plan, Float64Array.of(0, 2 ** 31 - 1, 1));
    batch.violated.set([2 ** 30, 0, -1]);
    batch.unknown.set([2 ** 30, 0, -1]);
    expect(await readBack(encodePart(format, 3, 0, batch))).toEqual(batch);
  });

  it('has the same bytes for the same rows', () => {
    const encode = (): Uint8Array => encodePart(format, 3, 0, rowsOf(plan, pointsFrom(0, 100)));
    expect(Buffer.compare(encode(), encode())).toBe(0);
  });
});

describe('a part that is met again', () => {
  const path = join(root, 'part.parquet');
  const bytes = encodePart(format, 3, 0, rowsOf(plan, pointsFrom(0, 60)));
  const stateOf = (content: Uint8Array, of = format, part = 3): unknown => {
    writeFileSync(path, content);
    return readPart(of, part, path);
  };

  it('is whole only with every byte in place', () => {
    expect(stateOf(bytes)).toMatchObject({ state: 'whole', rung: 0 });
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = bytes.slice();
        changed[at]! ^= flip;
        // The footer itself has no checksum: a flipped bit there may go unseen only where it names no plan, part or data.
        const { state } = stateOf(changed) as { state: string };
        if (at < 4 || changed.subarray(0, dataLength()).some((byte, i) => byte !== bytes[i])) expect(state).toBe('damaged');
      }),
      { numRuns: 200 },
    );
    function dataLength(): number {
      const stored = readPart(format, 3, (writeFileSync(join(root, 'good'), bytes), join(root, 'good')));
      if (stored.state !== 'whole') throw new Error('not whole');
      return stored.metadata.row_groups[0]!.columns.reduce((end, { meta_data }) => end + Number(meta_data!.total_compressed_size), 4);
    }
  });

  it('is damaged when it was cut off anywhere', () => {
    for (let length = 0; length < bytes.length; length += 7) {
      writeFileSync(path, bytes);
      truncateSync(path, length);
      expect(readPart(format, 3, path).state).toBe('damaged');
    }
  });

  it('is told from a part of another sweep and from another part', () => {
    expect(stateOf(bytes, partFormat(tinyPlan({ seed: 8 })))).toEqual({ state: 'damaged', why: 'it belongs to another sweep' });
    expect(stateOf(bytes, format, 4)).toEqual({ state: 'damaged', why: 'it is part 3' });
    expect(readPart(format, 3, join(root, 'nothing'))).toEqual({ state: 'absent' });
  });
});

describe('writePart', () => {
  it('replaces a file as a whole and leaves no temporary', () => {
    const folder = join(root, 'w');
    mkdirSync(folder);
    writePart(join(folder, 'p'), Uint8Array.of(1, 2));
    writePart(join(folder, 'p'), Uint8Array.of(3));
    expect([...readFileSync(join(folder, 'p'))]).toEqual([3]);
    expect(readdirSync(folder)).toEqual(['p']);
  });

  it('says what cannot be written and why when the folder is gone', () => {
    const folder = join(root, 'gone');
    mkdirSync(folder);
    rmSync(folder, { recursive: true });
    expect(() => writePart(join(folder, 'p'), Uint8Array.of(1))).toThrow(LowbitError);
    expect(() => writePart(join(folder, 'p'), Uint8Array.of(1))).toThrow(/cannot write .*gone.p: no such file or folder/);
  });
});
