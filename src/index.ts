/**
 * lowbit as a library: the same mechanisms the command line drives, as plain functions over plain records.
 * Everything up to `simulateAccelerator` is pure; files are read and written by the loaders, the tensor readers and writers.
 */
export { LowbitError, type ErrorDetails } from './lowbit-error.js';

// Numbers and tensors
export { errorMetrics, type ErrorMetrics } from './numeric/error-metrics.js';
export { matrix, type Matrix } from './numeric/matrix.js';
export { seededRandom, type Random } from './numeric/random.js';
export type { OnnxGraph, OnnxInput, OnnxNode } from './tensors/onnx/reader.js';
export type { InputShapes } from './tensors/onnx/shapes.js';
export type { OnnxTensor } from './tensors/onnx/tensor.js';
export { parseInputShapes } from './tensors/onnx/input-shape.js';
export { onnxWorkload, type OnnxLayer, type OnnxOther, type OnnxWorkload } from './tensors/onnx/workload.js';
export type { GgufArray, GgufMetadata, GgufValue } from './tensors/gguf/metadata.js';
export type { WeightLayout } from './tensors/weight-layout.js';
export { openWeights, type TensorInfo, type WeightFormat, type WeightSource } from './tensors/weight-source.js';
export { writeSafetensors, type WrittenTensor } from './tensors/safetensors/writer.js';

// Formats and quantizers
export type { ElementFormat } from './formats/element-format.js';
export { formatNamed, formats, listOperandFormats, operandFormat } from './formats/index.js';
export type { OperandFormat, OperandFormatEntry } from './formats/operand-formats.js';
export { pack, packedBytes, unpack } from './formats/packing.js';
export { maximumTerms, termsOf, type BitSerialTerm } from './encodings/bitmod-terms.js';
export { ggufBytes } from './quantizers/gguf.js';
export { quantize, quantizerNamed, quantizers } from './quantizers/index.js';
export {
  bitsPerWeight,
  type BitParts,
  type LowRankFactors,
  type MatrixShape,
  type QuantizedTensor,
  type Quantizer,
  type SideArray,
} from './quantizers/quantizer.js';
export { tensorStatistics, type MeasuredStatistics } from './quantizers/statistics.js';

// Workloads and traces
export type { LayerActivity } from './trace/layer-activity.js';
export type { LayerTrace, Operand, TensorStatistics } from './trace/layer-trace.js';
export type { SimulationResult, Totals } from './trace/simulation-result.js';
export type { ArrayPhase, Segment } from './trace/segment.js';
export type { Term } from './trace/term.js';
export { parseTrace, traceText, type TraceContent, type TraceFile } from './trace/trace-file.js';
export type { WorkloadRequest } from './trace/workload/request.js';
export { workload, type Workload, type WorkloadSegment } from './trace/workload/workload.js';

// Hardware, models and schemes from the catalogue or from files
export { loadAccelerator, loadModel, loadScheme } from './config/catalogue.js';
export { listCatalogue, type CatalogueEntry } from './config/catalogue-list.js';
export type { Loaded } from './config/loaded.js';
export { loadSramTable } from './config/package-data.js';

// Memories and technology
export { accessEnergy_pJPerBit } from './accelerator/dram/access-energy.js';
export { bandwidth_bytesPerSecond, peakBandwidth_bytesPerSecond, unloadedLatency_ns } from './accelerator/dram/bandwidth.js';
export { streamingReads, type DramAccess, type DramStandard } from './accelerator/dram/dram-standard.js';
export { loadMemory } from './config/dram-file.js';
export { technologyScaling, type TechnologyScaling } from './energy/technology-scaling.js';

// Simulation
export type { SramTable } from './energy/sram.js';
export type { AcceleratorConfig } from './accelerator/accelerator-config.js';
export { explainLayer } from './accelerator/explain.js';
export { simulateAccelerator, type SimulationContext } from './accelerator/simulate.js';

// GPUs: a setup is a card with its kernels, what fits found about them, and the machine that times are for
export { loadFitted } from './config/fitted-file.js';
export { loadGpu, loadKernel, shippedKernels } from './config/gpu-catalogue.js';
export type { RegimeError, ErrorFigures } from './gpu/calibration/error-table.js';
export type { FittedDevice } from './gpu/calibration/fitted-device.js';
export type { Parameters } from './gpu/calibration/parameter-spec.js';
export type { Architecture, GpuDevice, GpuProfile, TensorType } from './gpu/device/gpu-device.js';
export type { GpuConfig } from './gpu/device/gpu-schema.js';
export type { FittedParameters } from './gpu/fitted-parameters.js';
export type { GpuSetup } from './gpu/gpu-machine.js';
export { gpuSetup, type FittedCard, type GpuSources } from './gpu/gpu-setup.js';
export type { GemmPlan, GemmShape } from './gpu/gemm/gemm-cost.js';
export type { GemmSetup, PlanWork } from './gpu/gemm/plan-work.js';
export type {
  GpuKernel,
  KernelAttention,
  KernelConversion,
  KernelMatrixVector,
  KernelPass,
  KernelTile,
  MixedPrecision,
  PrecisionPath,
} from './gpu/kernels/gpu-kernel.js';
export type { KernelConfig } from './gpu/kernels/kernel-schema.js';
export { simulateGpu, type GpuContext } from './gpu/simulate.js';

// Sweeps: a plan is plain data; a run leaves its rows in a folder
export { readSweep, type SweepOptions as ReadSweepOptions } from './sweep/plan/read-sweep.js';
export { runSweep, type RunOptions, type SweepOptions, type SweepRun } from './sweep/engine/run-sweep.js';
export type { LostPart } from './sweep/engine/course.js';
export type { Progress } from './sweep/engine/progress.js';
export type { RowFiles } from './sweep/engine/row-files.js';
export type { WorkerOptions } from './sweep/engine/worker-pool.js';
export type {
  Axis,
  AxisValue,
  BasePlan,
  Condition,
  ConstraintPlan,
  DesignsPlan,
  Dimension,
  GpusPlan,
  ObjectivePlan,
  RungPlan,
  StrategyName,
  StrategyPlan,
  SweepPlan,
} from './sweep/plan/sweep-plan.js';
export type { Shard } from './sweep/store/shard-marker.js';
export type { SweepPoint, SweepResult } from './sweep/sweep-result.js';

// GPUs: what every SM does, event by event
export { gemmTimeline, type GemmTimeline } from './gpu/timeline/gemm-timeline.js';
export { runTimeline } from './gpu/timeline/run-timeline.js';
export { decomposed, smSchedules, splitK, streamK } from './gpu/timeline/schedules/index.js';
export type { StealingOptions } from './gpu/timeline/schedules/decomposed.js';
export type { SchedulePolicy, SmSchedule } from './gpu/timeline/schedules/sm-schedule.js';
export type { SplitKOptions } from './gpu/timeline/schedules/split-k.js';
export type { StreamKOptions } from './gpu/timeline/schedules/stream-k.js';
export type { SmMachine, SmTimeline, TileWork, TimelineEvent, TimelineStage } from './gpu/timeline/sm-timeline.js';
export { meanStudy, studyShape, w4axTimeline, type W4AxStudy } from './gpu/timeline/comet/w4ax-study.js';
export type { CometSchedule } from './gpu/timeline/schedules/schedule-name.js';
export type { Removal, W4AxKernel } from './gpu/timeline/comet/w4ax-tile.js';
export { toPerfetto } from './report/perfetto.js';
export { toSmGantt } from './report/sm-gantt.js';

// Reports
export type {
  CodesignDocument,
  CompareDocument,
  QuantizeDocument,
  ReproduceDocument,
  SimulateDocument,
  SweepDocument,
} from './report/documents.js';
export type { ConfigSetting, GivenSetting } from './config/settings.js';
export type { PageScripts } from './report/page.js';
export type { EvaluateDocument } from './report/evaluate-document.js';
export type { ReportDocument } from './report/read-documents.js';
export { renderReport, type ReportOptions } from './report/report.js';

// Models that run: calibration, quantization, perplexity
export { activationQuantizer } from './accuracy/activation-quantizer.js';
export { codeExactPlan } from './accuracy/code-exact.js';
export { evaluateScheme, type Evaluation, type EvaluationRequest } from './accuracy/evaluate-scheme.js';
export { loadDecoder, type LoadedDecoder } from './accuracy/load-model.js';
export { observe } from './accuracy/observe.js';
export { perplexity, type PerplexityOptions, type PerplexityResult } from './accuracy/perplexity.js';
export { quantizeModel, type HessianReport, type ProductReport, type QuantizedModel } from './accuracy/quantize-model.js';
export type { ProductChoice, QuantizeModelRequest, QuantizerChoice, RewriteChoice, RowChoice } from './accuracy/scheme-choice.js';
export { textTokens, type TokenizedText } from './accuracy/text-tokens.js';
export type {
  Attention,
  DecoderLayer,
  DecoderModel,
  Experts,
  FeedForward,
  GroupSite,
  InputStep,
  Norm,
  Product,
  ProductGroup,
  QuantizedRows,
  Rotary,
} from './decoder/decoder-model.js';
export { sequenceRun, windowLogits, type LogitReader, type SequenceRun } from './decoder/decoder-run.js';
export type { CachePlan, ExecutionPlan, Observer } from './decoder/execution-plan.js';
export type { ProductGradient, Visit } from './decoder/gradient/group-gradient.js';
export { lossGradient, type LossGradient } from './decoder/gradient/loss-gradient.js';
export type { ModelObservations, OnlineSetting, OnlineStep, Rewrite, RewriteContext } from './decoder/rewrites/rewrite.js';
export type { Calibration, CalibrationPart, ChannelStatistics } from './quantizers/calibration.js';
export type { CacheBytes, CacheShape, CodedCache, KvQuantizer } from './quantizers/kv/kv-quantizer.js';
export type { OperandEntry, OutlierEntry, PrepareEntry, WeightEntry } from './trace/scheme-entries.js';
export type { LayerEntry } from './trace/scheme-layers.js';

// Co-design: formats per item under a budget
export { wordLengthModel, type WordLengthItem } from './codesign/allocation/adapt.js';
export type {
  Allocation,
  AllocationItem,
  AllocationMethod,
  AllocationProblem,
  AllocationSignals,
  SignalName,
} from './codesign/allocation/allocation-problem.js';
export { columnLevels, measuredLosses, modelledLosses, valuesAtLevels } from './codesign/allocation/baq-columns.js';
export { baqGain, baqRates, levelCounts, type RateOptions } from './codesign/allocation/baq-rates.js';
export { allocate, allocationMethods, type AllocationRequest } from './codesign/allocation/index.js';
export { chosenFeatures, lowBitChanges, withFeatures, type FeatureBits } from './codesign/feature-choice.js';
export { lqLoraBits, lqLoraConfigurations, type LqLoraConfiguration } from './codesign/lq-lora-configurations.js';
export {
  bestMantissaBits,
  criticalTokens,
  floatTrainingLoss,
  qatError,
  type FloatTraining,
  type QatCoefficients,
} from './codesign/scaling-laws.js';
export { blockChange } from './codesign/signals/block-change.js';
export {
  featureGradients,
  featureSalience,
  type FeatureGradient,
  type SecondOrder,
  type WeightChanges,
} from './codesign/signals/feature-salience.js';
export { lossProbe, type LossProbe } from './codesign/signals/loss-probe.js';
export { meanHessianTrace, type TraceSampling } from './codesign/signals/mean-hessian-trace.js';
export { salience } from './codesign/signals/salience.js';
export { weightDivergence } from './codesign/signals/weight-divergence.js';
export { zScoreShare } from './codesign/signals/z-score-share.js';
export {
  compareSpaces,
  sampledSpaceScore,
  spaceScore,
  type SampleScoring,
  type SpaceCandidates,
  type SpaceSamples,
  type SpaceScore,
} from './codesign/space-score.js';
