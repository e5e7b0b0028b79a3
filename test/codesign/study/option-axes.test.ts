import { describe, expect, it } from 'vitest';
import { lqLoraConfigurations } from '../../../src/codesign/lq-lora-configurations.js';
import { studyOf } from '../../../src/codesign/study/read-study.js';

const studyWith = (option: string): ReturnType<typeof studyOf> =>
  studyOf(
    `{ name: axes, model: tiny, scheme: fp16, hardware: [fp16], budgets: [{ resource: bits, count: 2 }], options: [${option}] }`,
    'axes.yaml',
  );

describe('lists in `set` of an option', () => {
  it('are multiplied out, the last varying fastest, and values that are no lists go to all', () => {
    const { options } = studyWith('{ name: r, weight: { quantizer: rtn }, set: { bits: [3, 4], group: [64, 128], symmetric: false } }');
    expect(options.map(({ name }) => name)).toEqual(['r bits=3 group=64', 'r bits=3 group=128', 'r bits=4 group=64', 'r bits=4 group=128']);
    expect(options[2]).toMatchObject({ format: 'int4-asym-g64', weight: { quantizer: 'rtn', bits: 4, group: 64, symmetric: false } });
  });

  it('make the 432 configurations of LQ-LoRA under their names', () => {
    const { options } = studyWith(
      `{ weight: { quantizer: lq-lora, rank: 0 }, set: { bits: [2, 3, 4, 8], scaleBits: [2, 3, 4, 8], scaleType: [bf16, fp16, fp32], block: [16, 32, 64], scaleBlock: [16, 64, 256] } }`,
    );
    expect(options.map(({ name }) => name)).toEqual(lqLoraConfigurations().map(({ name }) => name));
  });

  it('take only what the entry takes, told with its place', () => {
    expect(() => studyWith('{ weight: { quantizer: rtn }, set: { bits: [3, 9] } }')).toThrow(/bits=9.*axes\.yaml:1/s);
    expect(() => studyWith('{ weight: { quantizer: rtn }, set: { bit: [3, 4] } }')).toThrow(/bit.*axes\.yaml:1/s);
  });

  it('need a name where the format does not tell them apart', () => {
    const set = 'set: { iterations: [1, 2] }';
    expect(() => studyWith(`{ weight: { quantizer: lq-lora }, ${set} }`)).toThrow(/two options have one name/);
    expect(studyWith(`{ name: l, weight: { quantizer: lq-lora }, ${set} }`).options).toHaveLength(2);
  });
});
