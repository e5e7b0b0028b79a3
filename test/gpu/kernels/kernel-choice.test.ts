import { describe, expect, it } from 'vitest';
import { catalogueNames } from '../../../src/config/files.js';
import { loadGpu, loadKernel, shippedKernels } from '../../../src/config/gpu-catalogue.js';
import { resolveGpu } from '../../../src/gpu/device/gpu-schema.js';
import { kernelFor, namedKernel, takes } from '../../../src/gpu/kernels/kernel-choice.js';
import { card, gemm, run } from '../cards.js';

const device = (name: string) => resolveGpu(loadGpu(name).config);
const chosen = (name: string, activation: string, weight: string) => kernelFor(device(name), shippedKernels(), { activation, weight });

describe('the class of an operand format', () => {
  it.each([
    ['bf16', 'bf16'],
    ['int4-g128', 'int4'],
    ['int4-asym-g64', 'int4'],
    ['int4-channel', 'int4'],
    ['int8', 'int8'],
    ['fp8-e4m3', 'fp8'],
    ['e5m2', 'fp8'],
    ['mxfp8-e5m2', 'mxfp8'],
    ['nvfp4', 'nvfp4'],
    ['mxfp4', 'mxfp4'],
    ['bitmod-fp4-g128', 'bitmod-fp4'],
  ])('of %s is %s', (format, expected) => {
    const taken = { activation: expected, weight: 'bf16', math: ['bf16' as const] };
    const kernel = { ...loadKernel('dense'), takes: [taken] };
    expect(takes(kernel, { activation: format, weight: 'bf16' })).toBe(true);
    expect(takes({ ...kernel, takes: [{ ...taken, activation: `${expected}x` }] }, { activation: format, weight: 'bf16' })).toBe(false);
  });
});

describe('the choice of a kernel', () => {
  it.each([
    ['a100-80gb-sxm', 'bf16', 'bf16', 'dense', 'bf16'],
    ['h100-sxm', 'bf16', 'bf16', 'dense-hopper', 'bf16'],
    ['v100-pcie-16gb', 'fp16', 'fp16', 'dense-volta', 'fp16'],
    ['rtx-3090', 'fp16', 'fp16', 'dense', 'fp16_acc32'],
    ['a100-80gb-sxm', 'int8', 'int4-g128', 'w4a8', 'int8'],
    ['rtx-4090', 'int4', 'int4', 'w4a4', 'int4'],
    ['a100-80gb-sxm', 'int4-channel', 'int4-channel', 'w4a4', 'int4'],
    ['a100-80gb-sxm', 'int4-g128', 'int4-g128', 'w4a4-g128', 'int4'],
    ['rtx-3090', 'int4-channel', 'int4-asym-g64', 'w4a4-g128', 'int4'],
    ['b200', 'mxfp4', 'mxfp4', 'mxfp4', 'fp4'],
  ])('on %s for %s x %s is %s in %s', (...[name, activation, weight, kernel, math]) => {
    const found = chosen(name, activation, weight);
    expect(found.name).toBe(kernel);
    expect(found.math.find((type) => device(name).tensor_macPerClockPerSm[type] !== undefined)).toBe(math);
  });

  it.each([
    ['bf16', 'int4-g128', /^w4a16/],
    ['bf16', 'int8', /^w8a16/],
    ['int8', 'int8', /^w8a8/],
  ])('finds a kernel of %s x %s on every card that has its type', (activation, weight, pattern) => {
    const type = activation === 'int8' ? 'int8' : 'bf16';
    for (const name of catalogueNames('gpus')) {
      if (device(name).tensor_macPerClockPerSm[type] === undefined) continue;
      expect(chosen(name, activation, weight).name, name).toMatch(pattern);
    }
  });

  it('prefers a kernel of the architecture to one for all cards', () => {
    expect(chosen('l40s', 'bf16', 'bf16').name).toBe('dense');
    expect(chosen('h100-sxm', 'bf16', 'bf16').name).toBe('dense-hopper');
  });

  it('is never between two kernels of the same rank: each product has one on a card', () => {
    const kernels = shippedKernels().filter(({ choice, attention }) => choice === 'by-formats' && attention === undefined);
    for (const name of catalogueNames('gpus')) {
      const { architecture } = device(name);
      for (const built of [true, false]) {
        const products = kernels
          .filter(({ architectures }) => (built ? architectures?.includes(architecture) === true : architectures === undefined))
          .flatMap(({ takes }) =>
            takes.flatMap(({ activation, weight, scales }) =>
              (scales === undefined ? ['group', 'channel'] : [scales]).map((scale) => `${activation} x ${weight} per ${scale}`),
            ),
          );
        expect(products, name).toEqual([...new Set(products)]);
      }
    }
  });

  it('converts partial sums once per group of the operands, and not at all with scales per channel', () => {
    expect(chosen('a100-80gb-sxm', 'int4-g128', 'int4-g64').conversion).toMatchObject({
      perPartialSum_ops: 13,
      perPartialSum_specialOps: 1,
      group: 64,
    });
    expect(chosen('a100-80gb-sxm', 'int4-g128', 'int4-g128').conversion).toMatchObject({
      perPartialSum_ops: 13,
      perPartialSum_specialOps: 1,
      group: 128,
    });
    expect(chosen('a100-80gb-sxm', 'int4-channel', 'int4-channel').conversion).toMatchObject({
      perPartialSum_ops: 0,
      perPartialSum_specialOps: 0,
    });
  });

  it.each([
    [
      'h100-sxm',
      'int4',
      'int4',
      /^h100-sxm has no int4 tensor cores, which w4a4 needs: int4 x int4; expected one of: .*bf16 x bf16.*int8 x int4/,
    ],
    ['a100-80gb-sxm', 'fp8', 'fp8', /^a100-80gb-sxm has no fp8 tensor cores, which .*: fp8 x fp8; expected one of: .*int8 x int8/],
    ['v100-pcie-16gb', 'bf16', 'bf16', /^v100-pcie-16gb has no bf16 tensor cores.*expected one of: .*fp16 x fp16/],
    ['l40s', 'nvfp4', 'nvfp4', /^l40s has no fp4 tensor cores/],
    [
      'a100-80gb-sxm',
      'fp16',
      'bitmod-fp4-g128',
      /^no GPU kernel for these operands: fp16 x bitmod-fp4-g128 \(a100-80gb-sxm\); expected one of: .*; see `lowbit list kernels`/,
    ],
  ])('on %s refuses %s x %s and names what the card does', (name, activation, weight, message) => {
    expect(() => chosen(name, activation, weight)).toThrow(message);
  });

  it('refuses operands that a named kernel does not take, naming those that do', () => {
    const kernels = shippedKernels();
    const named = () => namedKernel(device('a100-80gb-sxm'), loadKernel('marlin'), { activation: 'int8', weight: 'int8' }, kernels);
    expect(named).toThrow(
      /^marlin does not take these operands: int8 x int8; expected one of: .*w8a8.*; it takes bf16 x int4, fp16 x int4/,
    );
  });

  it('refuses operands whose scales a named kernel has no place for, naming the one that has', () => {
    const named = (kernel: string, format: string) => () =>
      namedKernel(device('a100-80gb-sxm'), loadKernel(kernel), { activation: format, weight: format }, shippedKernels());
    expect(named('w4a4', 'int4-g128')).toThrow(
      /^w4a4 does not take these operands: int4-g128 x int4-g128; expected one of: comet-w4ax, w4a4-g128; it takes int4 x int4 with scales per channel/,
    );
    expect(named('w4a4-g128', 'int4-channel')).toThrow(/expected one of: comet-w4ax, w4a4; it takes int4 x int4 with scales per group/);
  });

  it('has W4A4 in groups of 128 within what APEX4 publishes on both cards under default parameters, without fits', () => {
    const speed = (name: string) => {
      const time = (format: string) => run(card(name), [gemm([4096, 4096, 4096], [format, format])]).totals.latency_s;
      return time('fp16') / time('int4-g128');
    };
    expect(speed('a100-80gb-sxm')).toBeGreaterThan(0.4);
    expect(speed('a100-80gb-sxm')).toBeLessThan(0.47);
    expect(speed('rtx-3090')).toBeGreaterThan(2);
    expect(speed('rtx-3090')).toBeLessThan(2.7);
  });

  it.each([
    ['w8a8-hopper', 'a100-80gb-sxm', 'int8', 'int8'],
    ['qserve-w4a8-hopper', 'l40s', 'int8', 'int4-g128'],
  ])('refuses %s on %s, which it is not built for', (kernel, name, activation, weight) => {
    const named = () => namedKernel(device(name), loadKernel(kernel), { activation, weight }, shippedKernels());
    expect(named).toThrow(new RegExp(`^${kernel} is not built for ${name}`));
  });

  it('refuses a named kernel whose type or architecture the card lacks', () => {
    const on = (name: string, kernel: string, format: string) => () =>
      namedKernel(device(name), loadKernel(kernel), { activation: format, weight: format }, shippedKernels());
    expect(on('h100-sxm', 'w4a4', 'int4')).toThrow(/h100-sxm has no int4 tensor cores/);
    expect(on('a100-80gb-sxm', 'dense-hopper', 'bf16')).toThrow(/dense-hopper is not built for a100-80gb-sxm \(ampere\)/);
  });
});
