/** Bands that errors are told by: of the rows of a GEMM, of the keys of an attention. Both ends included. */
export interface Band {
  readonly name: string;
  readonly low: number;
  readonly high: number;
}

function bandsOf(size: string, ends: readonly number[]): readonly Band[] {
  const [last = 0] = ends.slice(-1);
  const bands = ends.map((high, i) => {
    const low = (ends[i - 1] ?? 0) + 1;
    return { name: `${size} ${low}-${high}`, low, high };
  });
  return [...bands, { name: `${size} > ${last}`, low: last + 1, high: Infinity }];
}

export const rowBands = bandsOf('m', [16, 64, 256, 1024]);
export const keyBands = bandsOf('keys', [256, 2048, 16384]);
