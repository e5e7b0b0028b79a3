/** The shipped accelerators and the CACTI table, read as the product ships them, and layers to charge. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { acceleratorSchema, type AcceleratorConfig } from '../../src/accelerator/accelerator-config.js';
import { parseSramTable } from '../../src/energy/sram.js';
import { layerTraceSchema, type LayerTrace, type Operand } from '../../src/trace/layer-trace.js';

const root = new URL('../../', import.meta.url);
const text = (path: string): string => readFileSync(new URL(path, root), 'utf8');

export const sramTable = parseSramTable(text('hw-configs/energy/sram_cacti7.csv'));

export function accelerator(name: string): AcceleratorConfig {
  return acceleratorSchema.parse(parse(text(`hw-configs/accelerators/${name}.yaml`)));
}

export function bits(payload: number, metadata = 0): Operand {
  return { format: 'x', payload_bitsPerElement: payload, metadata_bitsPerElement: metadata };
}

/** A linear layer with 16-bit activations and outputs unless told otherwise. */
export function layer(shape: { m: number; n: number; k: number } & Partial<LayerTrace>): LayerTrace {
  return layerTraceSchema.parse({ name: 'layer', kind: 'gemm', activation: bits(16), weight: bits(4), output: bits(16), ...shape });
}
