/** The result columns of a sweep: what a row can store and expressions can use. Each equals the total of that name of `lowbit simulate`, to the last bit. */

export interface ResultColumn {
  readonly name: string;
  /** Unit as mathjs writes it; empty: a plain number. */
  readonly unit: string;
  readonly describe: string;
}

const column = (name: string, unit: string, describe: string): ResultColumn => ({ name, unit, describe });

export const resultColumns: readonly ResultColumn[] = Object.freeze([
  column('latency_cycles', '', 'cycles of the whole workload'),
  column('latency_s', 's', 'cycles over the clock'),
  column('energy_pJ', 'pJ', 'total energy; unknown when a part of it is'),
  column('energy_J', 'J', 'the same in joules'),
  column('area_mm2', 'mm^2', 'PEs, decoders, vector unit and buffers'),
  column('power_W', 'W', 'energy over latency'),
  column('edp_Js', 'J s', 'energy times latency'),
  column('TOPS', '', 'two operations per MAC over latency, 1e12/s'),
  column('TOPS_W', '', 'TOPS over power, 1e12/J'),
  column('TOPS_mm2', '', 'TOPS over area'),
  column('utilization', '', 'useful MACs over what the arrays could do'),
  column('macs', '', 'useful multiply-accumulates'),
  column('dram_bytes', 'byte', 'bytes read from and written to DRAM'),
  column('model_bytes', 'byte', 'weights and KV cache'),
  column('compute_cycles', '', 'cycles of the array at work'),
  column('laneStall_cycles', '', 'cycles lanes wait for the slowest'),
  column('dequant_cycles', '', 'cycles of dequantization that nothing hides'),
  column('dramStall_cycles', '', 'cycles the array waits for DRAM'),
  column('fill_cycles', '', 'cycles until the array has its first operands'),
  column('drain_cycles', '', 'cycles until the last results are out'),
  column('sync_cycles', '', 'cycles of the array between folds and tiles'),
  column('launch_cycles', '', 'cycles until work reaches the array'),
  column('pe_pJ', 'pJ', 'energy of the PEs'),
  column('sram_pJ', 'pJ', 'energy of the buffers'),
  column('memory_pJ', 'pJ', 'energy of the DRAM'),
  column('dequantization_pJ', 'pJ', 'energy of dequantization'),
  column('vector_pJ', 'pJ', 'energy of the vector unit'),
  column('static_pJ', 'pJ', 'energy of leakage and standing power'),
  column('pe_mm2', 'mm^2', 'area of the PEs'),
  column('decoders_mm2', 'mm^2', 'area of decoders on the borders of the array'),
  column('vectorUnit_mm2', 'mm^2', 'area of the vector unit'),
  column('buffers_mm2', 'mm^2', 'area of the buffers'),
  column('pes', '', 'PEs of the largest array over all cores'),
  column('array_rows', '', 'rows of the base array, after iso'),
  column('array_columns', '', 'columns of the base array, after iso'),
  column('weight_bits', '', 'bits per weight in memory, metadata included'),
  column(
    'weight_sqnr_dB',
    '',
    'signal over quantization noise of the quantizer of the scheme on a seeded synthetic weight matrix; unknown without a quantizer',
  ),
]);
