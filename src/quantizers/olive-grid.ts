/**
 * OliVe's value grid: normal values scaled so that the threshold between normal values and outliers is 32, then the abfloat outliers.
 * Formula: int * 32/2^B, flint * 32/2^(2(B-1)) with B magnitude bits; outliers 2^i (1 + j/2^(B-2)), i = 5..8, without 32 itself.
 * An element is an outlier when its nearest value exceeds 32. Ties take the entry later in the order normal values rising, outliers
 * rising, so a tie between a normal value and an outlier is an outlier.
 * Source: OliVe, ISCA 2023, and its released grids.
 */
import {
  exponentIntegerInPair,
  outlierVictimCodec,
  type OutlierVictimCodec,
  type OutlierVictimNormal,
} from '../encodings/outlier-victim-pair.js';
import { nearestTable, type NearestTable } from './ant-nearest.js';

const THRESHOLD = 32;

/** A grid with the code and the kind of every lookup entry. */
export interface OliveGrid {
  readonly codec: OutlierVictimCodec;
  readonly table: NearestTable;
  /** Code word by entry of the table. */
  readonly codes: Uint8Array;
  /** 1 by entry of the table where the value is an outlier. */
  readonly isOutlier: Uint8Array;
  /** Normal values, rising. */
  readonly normalValues: Float32Array;
  /** Grid value by normal code and by outlier code. */
  readonly normalByCode: Float32Array;
  readonly outlierByCode: Float32Array;
  /** Smallest magnitude of x / scale that can be nearest to an outlier. */
  readonly outlierFrom: number;
}

const grids = new Map<string, OliveGrid>();

/** The grid of that width, normal type and signedness; made once per process. */
export function oliveGrid(bits: number, kind: OutlierVictimNormal, signed: boolean): OliveGrid {
  const key = `${kind}${bits}${signed ? '' : 'u'}`;
  const known = grids.get(key);
  if (known !== undefined) return known;
  const made = makeGrid(outlierVictimCodec(bits, kind, signed));
  grids.set(key, made);
  return made;
}

function makeGrid(codec: OutlierVictimCodec): OliveGrid {
  const { kind, normal, outlier, identifier, magnitudeBits } = codec;
  const unit = THRESHOLD / 2 ** (kind === 'int' ? magnitudeBits : 2 * (magnitudeBits - 1));
  const decoded = (code: number, partner: number) => {
    const { exponent, integer } = exponentIntegerInPair(codec, code, partner);
    return integer * 2 ** exponent * unit;
  };
  const normalByCode = Float32Array.from(normal.values, (_, code) => decoded(code, 0));
  const outlierByCode = Float32Array.from(outlier.values, (value, code) => (Number.isNaN(value) ? NaN : decoded(code, identifier)));
  const normalValues = Float32Array.from(new Set(normalByCode.filter((_, code) => code !== identifier))).sort();
  const outliers = outlierByCode.filter((value) => !Number.isNaN(value)).sort();
  const table = nearestTable(Float32Array.of(...normalValues, ...outliers));
  const isOutlier = Uint8Array.from(table.values, (value) => (Math.abs(value) > THRESHOLD ? 1 : 0));
  const codes = Uint8Array.from(table.values, (value, entry) => (isOutlier[entry] === 1 ? outlierByCode : normalByCode).indexOf(value));
  const smallest = outliers.reduce((least, value) => Math.min(least, Math.abs(value)), Infinity);
  const outlierFrom = (smallest + normalValues.at(-1)!) / 2;
  return { codec, table, codes, isOutlier, normalValues, normalByCode, outlierByCode, outlierFrom };
}
