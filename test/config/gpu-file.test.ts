import { describe, expect, it } from 'vitest';
import { catalogueFile, catalogueNames, readText } from '../../src/config/files.js';
import { gpuFrom, loadGpu, loadKernel, readKernel } from '../../src/config/gpu-catalogue.js';

const a100 = readText(catalogueFile('gpus', 'a100-80gb-sxm'));
const dense = readText(catalogueFile('kernels', 'dense'));
const gpu = (change: (text: string) => string) => () => gpuFrom(change(a100), 'g.yaml')([]);
const kernel = (change: (text: string) => string) => () => readKernel(change(dense), 'k.yaml');

describe('a GPU file', () => {
  it('is found by name, with settings on any key', () => {
    const { config } = loadGpu('a100-80gb-sxm', [
      'sms=120',
      'tensor.bf16.macPerClockPerSm=2048',
      'dram.bandwidth_GBps=3000',
      'power.board_W=300',
    ]);
    expect([config.sms, config.tensor.bf16?.macPerClockPerSm, config.dram.bandwidth_GBps, config.power.board_W]).toEqual([
      120, 2048, 3000, 300,
    ]);
    expect(config.dram.source).toMatch(/; --set dram\.bandwidth_GBps=3000$/);
  });

  it.each([
    [(text: string) => text.replace('sms: 108', 'sms: 0'), /^sms must be .*: 0 \(g\.yaml:6:6\)/],
    [(text: string) => text.replace('sms: 108', 'smz: 108'), /unknown key: smz \(g\.yaml:6:1\).*did you mean sms\?/],
    [(text: string) => text.replace('clock_MHz: 1410', 'clock_GHz: 1.41'), /clock_GHz.*g\.yaml:7.*clock_MHz/s],
    [(text: string) => text.replace('  int8:\n    mac', '  int9:\n    mac'), /int9.*g\.yaml/s],
    [
      (text: string) => text.replace('bandwidth_GBps: 2039', 'bandwidth_GBps: -2039'),
      /dram\.bandwidth_GBps must be .*: -2039 \(g\.yaml:\d+:\d+\)/,
    ],
    [(text: string) => text.replace('    int4: 0.5451\n', ''), /no energy of int4, which tensor has.*add energy\.tensor_pJPerMac\.int4/],
    [(text: string) => text.replace('idle_W: 60', 'idle_W: 400'), /idle power takes all that the board has.*g\.yaml/],
    [(text: string) => text.replace('clockFactor: 0.93', 'clockFactor: 9.3'), /profiles\.vidur\.clockFactor must be .*: 9\.3/],
    [(text: string) => text.replace('confidence: medium', 'confidence: sure'), /confidence.*sure.*high, medium, low/s],
    [(text: string) => `${text}\nsms: 108\n`, /sms/],
  ])('is refused with its place for mistake %#', (change, message) => {
    expect(gpu(change)).toThrow(message);
  });

  it('is refused under settings that make no card', () => {
    expect(() => loadGpu('h100-sxm', ['power.board_W=50'])).toThrow(/idle power takes all that the board has/);
    expect(() => loadGpu('h100-sxm', ['smss=4'])).toThrow(/unknown path: smss .*did you mean sms\?/);
    expect(() => loadGpu('h100')).toThrow(/^unknown GPU: h100; did you mean h100-sxm\? `lowbit list gpus` shows all \d+$/);
  });
});

describe('a kernel file', () => {
  it.each(catalogueNames('kernels'))('%s is what it is called', (name) => {
    expect(loadKernel(name).name).toBe(name);
  });

  it.each([
    [(text: string) => text.replace('m: 256, n: 128', 'm: 0, n: 128'), /tiles\.0\.m must be .*: 0 \(k\.yaml:\d+:\d+\)/],
    [(text: string) => text.replace('math: [bf16]', 'math: [bf17]'), /takes\.0\.math\.0.*bf17/],
    [(text: string) => text.replace('[1, 2, 3, 4', '[1, 2, 4, 3'), /splitK must ascend.*k\.yaml/],
    [
      (text: string) => `${text}parameters: { launch_us: -1 }\n`,
      /launch_us is outside what is physically possible: -1 \(k\.yaml:\d+:\d+\).*from 0\.3 to/,
    ],
    [(text: string) => `${text}parameters: { lunch_us: 1 }\n`, /no such parameter of the GEMM model.*launch_us/],
    [(text: string) => `${text}conversion: { overlap: 2 }\n`, /conversion\.overlap must be .*: 2/],
    [(text: string) => text.replace('stages: 4', 'stages: 0'), /stages must be/],
  ])('is refused with its place for mistake %#', (change, message) => {
    expect(kernel(change)).toThrow(message);
  });
});
