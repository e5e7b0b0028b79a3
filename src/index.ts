/**
 * lowbit as a library: the same mechanisms the command line drives, as plain functions over plain records.
 * Everything up to `simulateAccelerator` is pure; files are read and written by the loaders, the tensor readers and writers.
 */
export { LowbitError, type ErrorDetails } from './lowbit-error.js';

// Numbers and tensors
export { errorMetrics, type ErrorMetrics } from './numeric/error-metrics.js';
export { matrix, type Matrix } from './numeric/matrix.js';
export { seededRandom } from './numeric/random.js';
export { openWeights, type TensorInfo, type WeightSource } from './tensors/weight-source.js';
export { writeSafetensors, type WrittenTensor } from './tensors/safetensors-writer.js';

// Formats and quantizers
export type { ElementFormat } from './formats/element-format.js';
export { formatNamed, formats, listOperandFormats, operandFormat } from './formats/index.js';
export { pack, packedBytes, unpack } from './formats/packing.js';
export { quantize, quantizerNamed, quantizers } from './quantizers/index.js';
export { bitsPerWeight, type BitParts, type QuantizedTensor, type Quantizer } from './quantizers/quantizer.js';
export { tensorStatistics } from './quantizers/statistics.js';

// Workloads and traces
export type { LayerActivity } from './trace/layer-activity.js';
export type { LayerTrace, Operand, TensorStatistics } from './trace/layer-trace.js';
export type { SimulationResult, Totals } from './trace/simulation-result.js';
export type { Term } from './trace/term.js';
export { parseTrace, traceText, type TraceFile } from './trace/trace-file.js';
export type { WorkloadRequest } from './trace/workload/request.js';
export { workload, type Workload } from './trace/workload/workload.js';

// Hardware, models and schemes from the catalogue or from files
export { listCatalogue, loadAccelerator, loadModel, loadScheme, type Loaded } from './config/catalogue.js';
export { loadSramTable } from './config/package-data.js';

// Simulation
export type { AcceleratorConfig } from './accelerator/accelerator-config.js';
export { explainLayer } from './accelerator/explain.js';
export { simulateAccelerator, type Segment, type SimulationContext } from './accelerator/simulate.js';

// Reports
export type { CompareDocument, QuantizeDocument, ReproduceDocument, SimulateDocument } from './report/documents.js';
export { renderReport, type ReportOptions } from './report/report.js';
