/**
 * The ONNX operators lowbit knows, as data: the rule that gives the output shape, and what the operator costs on an accelerator.
 * Source: ONNX operator schemas, operator sets 7 to 21. An operator that is not in the table is refused by name.
 */

/** gemm: multiply-accumulates; free: moves no data (views, shape arithmetic); transform: moves data without arithmetic. */
export type OperatorCost = 'gemm' | 'softmax' | 'norm' | 'elementwise' | 'transform' | 'free';

export type ShapeRule =
  | 'same'
  | 'broadcast'
  | 'conv'
  | 'convTranspose'
  | 'pool'
  | 'globalPool'
  | 'matmul'
  | 'gemm'
  | 'reduce'
  | 'argReduce'
  | 'transpose'
  | 'reshape'
  | 'flatten'
  | 'squeeze'
  | 'unsqueeze'
  | 'concat'
  | 'split'
  | 'slice'
  | 'gather'
  | 'expand'
  | 'tile'
  | 'pad'
  | 'resize'
  | 'shape'
  | 'size'
  | 'constantOfShape'
  | 'range'
  | 'depthToSpace'
  | 'spaceToDepth'
  | 'cast';

export interface Operator {
  readonly rule: ShapeRule;
  readonly cost: OperatorCost;
}

function all(rule: ShapeRule, cost: OperatorCost, names: string): [string, Operator][] {
  return names.split(' ').map((name) => [name, { rule, cost }]);
}

export const operators: ReadonlyMap<string, Operator> = new Map([
  ...all('conv', 'gemm', 'Conv'),
  ...all('convTranspose', 'gemm', 'ConvTranspose'),
  ...all('matmul', 'gemm', 'MatMul'),
  ...all('gemm', 'gemm', 'Gemm'),
  ...all('same', 'softmax', 'Softmax LogSoftmax Hardmax'),
  ...all(
    'same',
    'norm',
    'BatchNormalization InstanceNormalization LayerNormalization GroupNormalization RMSNormalization LpNormalization MeanVarianceNormalization LRN',
  ),
  ...all(
    'same',
    'elementwise',
    'Relu Sigmoid Tanh HardSigmoid HardSwish Swish Clip LeakyRelu Elu Selu Celu ThresholdedRelu Gelu Mish Softplus Softsign Erf Exp Log Sqrt Reciprocal',
  ),
  ...all(
    'same',
    'elementwise',
    'Neg Abs Floor Ceil Round Sign Sin Cos Tan Asin Acos Atan Sinh Cosh Asinh Acosh Atanh Not IsNaN IsInf CumSum',
  ),
  ...all('same', 'free', 'Identity Dropout'),
  ...all('cast', 'elementwise', 'Cast'),
  ...all(
    'broadcast',
    'elementwise',
    'Add Sub Mul Div Pow Mod Min Max Mean Sum And Or Xor Equal Less Greater LessOrEqual GreaterOrEqual Where PRelu BitShift',
  ),
  ...all('pool', 'elementwise', 'MaxPool AveragePool LpPool'),
  ...all('globalPool', 'elementwise', 'GlobalAveragePool GlobalMaxPool GlobalLpPool'),
  ...all(
    'reduce',
    'elementwise',
    'ReduceMean ReduceSum ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceSumSquare ReduceLogSum ReduceLogSumExp',
  ),
  ...all('argReduce', 'elementwise', 'ArgMax ArgMin'),
  ...all('reshape', 'free', 'Reshape'),
  ...all('flatten', 'free', 'Flatten'),
  ...all('squeeze', 'free', 'Squeeze'),
  ...all('unsqueeze', 'free', 'Unsqueeze'),
  ...all('shape', 'free', 'Shape'),
  ...all('size', 'free', 'Size'),
  ...all('constantOfShape', 'free', 'ConstantOfShape'),
  ...all('range', 'free', 'Range'),
  ...all('transpose', 'transform', 'Transpose'),
  ...all('concat', 'transform', 'Concat'),
  ...all('split', 'transform', 'Split'),
  ...all('slice', 'transform', 'Slice'),
  ...all('gather', 'transform', 'Gather'),
  ...all('expand', 'transform', 'Expand'),
  ...all('tile', 'transform', 'Tile'),
  ...all('pad', 'transform', 'Pad'),
  ...all('resize', 'transform', 'Resize Upsample'),
  ...all('depthToSpace', 'transform', 'DepthToSpace'),
  ...all('spaceToDepth', 'transform', 'SpaceToDepth'),
]);
