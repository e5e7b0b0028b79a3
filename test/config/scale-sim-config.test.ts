import { describe, expect, it } from 'vitest';
import { resolveAccelerator } from '../../src/config/accelerator-file.js';
import { readAccelerator } from '../../src/config/scale-sim-config.js';

/** The keys of a SCALE-Sim v3 configuration, as those that ship with it have them. */
const v3 = `[general]
run_name = scale_example_run_32x32_os

[architecture_presets]
ArrayHeight:    16
ArrayWidth:     32
IfmapSramSzkB:   64
FilterSramSzkB:  128
OfmapSramSzkB:   256
IfmapOffset:    0
FilterOffset:   10000000
OfmapOffset:    20000000
Bandwidth : 10
Dataflow : os
MemoryBanks:   1
ReadRequestBuffer: 32
WriteRequestBuffer: 32

[layout]
IfmapCustomLayout: False
IfmapSRAMBankBandwidth: 20
IfmapSRAMBankNum: 10
IfmapSRAMBankPort: 2
FilterCustomLayout: False
FilterSRAMBankBandwidth: 30
FilterSRAMBankNum: 10
FilterSRAMBankPort: 2

[sparsity]
SparsitySupport : false
SparseRep : ellpack_block
OptimizedMapping : false
BlockSize : 8
RandomNumberGeneratorSeed : 40

[run_presets]
InterfaceBandwidth: CALC
UseRamulatorTrace: False
`;
/** One of v2: no layout, no sparsity. */
const v2 = `[general]
run_name = GoogleTPU_v1_ws
[architecture_presets]
ArrayHeight: 256
ArrayWidth: 256
IfmapSramSzkB: 6144
FilterSramSzkB: 6144
OfmapSramSzkB: 2048
IfmapOffset: 0
FilterOffset: 10000000
OfmapOffset: 20000000
Dataflow : ws
Bandwidth : 10
MemoryBanks: 1
[run_presets]
InterfaceBandwidth: CALC
SRAM_row_size: 2
`;
const read = (text: string) => readAccelerator(text, 'scale.cfg');

describe('a configuration of SCALE-Sim', () => {
  it('is a systolic accelerator with its array, dataflow and buffers, and no stalls in CALC mode', () => {
    const { file, notes } = read(v3);
    expect(resolveAccelerator(file)).toMatchObject({
      name: 'scale_example_run_32x32_os',
      kind: 'systolic-array',
      timing: 'systolic-folds',
      array: { rows: 16, columns: 32 },
      dataflow: 'os',
      buffers: { activation: { size_KiB: 64 }, weight: { size_KiB: 128 }, output: { size_KiB: 256 } },
      timingOptions: { bandwidth: 'unlimited' },
    });
    expect(notes.join('\n')).toMatch(/convention=scale-sim/);
    expect(notes.join('\n')).toMatch(/without effect on folds: IfmapOffset, .*MemoryBanks, .*RandomNumberGeneratorSeed/);
  });

  it('is the same machine wherever its file lies', () => {
    expect(readAccelerator(v3, '/elsewhere/other.cfg').file).toEqual(read(v3).file);
  });

  it('gives every operand a port of its own in USER mode: reads at the bank bandwidths, writes at Bandwidth', () => {
    const { file, notes } = read(v3.replace('CALC', 'USER'));
    expect(file.timingOptions).toEqual({
      bandwidth: 'ports',
      activationPort_elementsPerCycle: 20,
      weightPort_elementsPerCycle: 30,
      outputPort_elementsPerCycle: 10,
    });
    expect(notes.join('\n')).toMatch(/Bandwidth of scale.cfg is that of the outputs; reads have 20 \(IFMAP\) and 30 \(filter\)/);
  });

  it('of version 2 has no layout: in USER mode reads take 10 words per cycle, with a note', () => {
    expect(read(v2).file).toMatchObject({ array: { rows: 256, columns: 256 }, dataflow: 'ws' });
    const { file, notes } = read(v2.replace('CALC', 'USER').replace('Bandwidth : 10', 'Bandwidth : 64,64'));
    expect(file.timingOptions).toEqual({
      bandwidth: 'ports',
      activationPort_elementsPerCycle: 10,
      weightPort_elementsPerCycle: 10,
      outputPort_elementsPerCycle: 64,
    });
    expect(notes.join('\n')).toMatch(/scale.cfg has no IfmapSRAMBankBandwidth: reads at 10 words per cycle/);
  });

  it('has keys in any case, = or :, comments, a byte order mark and Windows lines', () => {
    const text = `\uFEFF# TPU\r\n; v4\r\n${v3.replaceAll('\n', '\r\n').replace('ArrayHeight:    16', 'arrayheight = 128')}`;
    expect(read(text).file.array).toEqual({ rows: 128, columns: 32 });
  });

  it.each([
    [
      'SparsitySupport : false',
      'SparsitySupport : true',
      /SparsitySupport of SCALE-Sim is not modelled: true \(scale.cfg:30:19\); expected one of: False/,
    ],
    ['UseRamulatorTrace: False', 'UseRamulatorTrace: True', /UseRamulatorTrace of SCALE-Sim is not modelled: True/],
    ['IfmapCustomLayout: False', 'IfmapCustomLayout: True', /IfmapCustomLayout of SCALE-Sim is not modelled/],
    ['FilterCustomLayout: False', 'FilterCustomLayout: yes', /FilterCustomLayout of SCALE-Sim is not modelled/],
    ['Dataflow : os', 'Dataflow : rs', /unknown Dataflow: rs \(scale.cfg:14:12\); expected one of: os, ws, is/],
    ['ArrayHeight:    16', 'ArrayHeight:    0', /ArrayHeight must be a positive integer: 0 \(scale.cfg:5:17\)/],
    ['ArrayHeight:    16', 'ArrayHeight:', /ArrayHeight must be a positive integer: nothing/],
    ['ArrayHeight:    16\n', '', /key of a SCALE-Sim configuration is missing: ArrayHeight \(scale.cfg\)/],
    ['ArrayHeight:    16', 'ArrayHeigth: 16', /unknown key of a SCALE-Sim configuration: ArrayHeigth .*did you mean ArrayHeight/],
    [
      'ArrayHeight:    16',
      'ArrayHeight: 16\nArrayHeight: 32',
      /key given twice: ArrayHeight \(scale.cfg:6\); it stands at scale.cfg:5:14 as well/,
    ],
    ['InterfaceBandwidth: CALC', 'InterfaceBandwidth: user', /unknown InterfaceBandwidth: user .*expected one of: CALC, USER/],
    ['[layout]', 'layout', /neither a section nor key : value: layout \(scale.cfg:19\)/],
    ['[general]', '', /key before the first section: run_name/],
  ])('with %j as %j is refused', (before, after, message) => {
    expect(() => read(v3.replace(before, after))).toThrow(message);
  });
});
