/**
 * The part of the TensorFlow Lite schema that Frill writes and reads, as data: the slots of each table's fields,
 * the numbers of the enumerations, and the operators that students are made of with their options and versions.
 * Source: `schema.fbs` (version 3) of google-ai-edge/LiteRT.
 */

import type { TensorType } from 'frill-audio/internals';

export { BUILTIN_OPERATORS, TENSOR_TYPES, type TensorType } from 'frill-audio/internals';

/** Slot of each field that is used, by table. */
export const SLOTS = {
  Model: {
    version: 0,
    operatorCodes: 1,
    subgraphs: 2,
    description: 3,
    buffers: 4,
    metadata: 6,
    signatures: 7,
  },
  OperatorCode: { deprecatedBuiltinCode: 0, customCode: 1, version: 2, builtinCode: 3 },
  SubGraph: { tensors: 0, inputs: 1, outputs: 2, operators: 3, name: 4 },
  Tensor: { shape: 0, type: 1, buffer: 2, name: 3, quantization: 4, shapeSignature: 7, hasRank: 8 },
  QuantizationParameters: { scale: 2, zeroPoint: 3, quantizedDimension: 6 },
  Operator: { opcodeIndex: 0, inputs: 1, outputs: 2, optionsType: 3, options: 4 },
  Buffer: { data: 0 },
  Metadata: { name: 0, buffer: 1 },
  SignatureDef: { inputs: 0, outputs: 1, key: 2, subgraphIndex: 4 },
  TensorMap: { name: 0, tensorIndex: 1 },
} as const;

/** Values of enumerated options, in the order of their numbers. */
const PADDING = ['SAME', 'VALID'] as const;
const ACTIVATION = ['NONE', 'RELU', 'RELU_N1_TO_1', 'RELU6', 'TANH', 'SIGN_BIT'] as const;

export type OptionKind =
  | { readonly type: 'int32'; readonly absent: number }
  | { readonly type: 'bool'; readonly absent: boolean }
  | { readonly type: 'enum'; readonly values: readonly string[]; readonly absent: string }
  | { readonly type: 'int32s' };

/** One option of an operator: its slot in the options table and how it is stored. */
export type OptionField = OptionKind & { readonly slot: number };

/** The options table of an operator: its number in the union `BuiltinOptions` and its fields. */
export interface OptionsTable {
  readonly union: number;
  readonly fields: Readonly<Record<string, OptionField>>;
}

const integer = (slot: number, absent = 0): OptionField => ({ slot, type: 'int32', absent });
const boolean = (slot: number): OptionField => ({ slot, type: 'bool', absent: false });
const padding: OptionField = { slot: 0, type: 'enum', values: PADDING, absent: 'SAME' };
const activation = (slot: number): OptionField => ({
  slot,
  type: 'enum',
  values: ACTIVATION,
  absent: 'NONE',
});
const pooling = {
  padding,
  stride_w: integer(1),
  stride_h: integer(2),
  filter_width: integer(3),
  filter_height: integer(4),
  fused_activation_function: activation(5),
};

/** Options of the operators that Frill writes or whose arithmetic it counts. Absent: the operator has none. */
export const OPTIONS: Readonly<Record<string, OptionsTable>> = {
  ADD: { union: 11, fields: { fused_activation_function: activation(0) } },
  AVERAGE_POOL_2D: { union: 5, fields: pooling },
  CONCATENATION: { union: 10, fields: { axis: integer(0), fused_activation_function: activation(1) } },
  CONV_2D: {
    union: 1,
    fields: {
      padding,
      stride_w: integer(1),
      stride_h: integer(2),
      fused_activation_function: activation(3),
      dilation_w_factor: integer(4, 1),
      dilation_h_factor: integer(5, 1),
    },
  },
  DEPTHWISE_CONV_2D: {
    union: 2,
    fields: {
      padding,
      stride_w: integer(1),
      stride_h: integer(2),
      depth_multiplier: integer(3),
      fused_activation_function: activation(4),
      dilation_w_factor: integer(5, 1),
      dilation_h_factor: integer(6, 1),
    },
  },
  DEQUANTIZE: { union: 38, fields: {} },
  DIV: { union: 29, fields: { fused_activation_function: activation(0) } },
  FULLY_CONNECTED: {
    union: 8,
    fields: {
      fused_activation_function: activation(0),
      keep_num_dims: boolean(2),
      asymmetric_quantize_inputs: boolean(3),
    },
  },
  GATHER: { union: 23, fields: { axis: integer(0), batch_dims: integer(1) } },
  HARD_SWISH: { union: 91, fields: {} },
  L2_NORMALIZATION: { union: 12, fields: { fused_activation_function: activation(0) } },
  MAX_POOL_2D: { union: 5, fields: pooling },
  MAXIMUM: { union: 39, fields: {} },
  MEAN: { union: 27, fields: { keep_dims: boolean(0) } },
  MUL: { union: 21, fields: { fused_activation_function: activation(0) } },
  PAD: { union: 22, fields: {} },
  QUANTIZE: { union: 89, fields: {} },
  RESHAPE: { union: 17, fields: { new_shape: { slot: 0, type: 'int32s' } } },
  RFFT2D: { union: 105, fields: {} },
  SUB: { union: 28, fields: { fused_activation_function: activation(0) } },
};

/**
 * The lowest operator version whose kernel takes these types: what the runtime checks at load. `float32` is version 1
 * throughout; `types` are those of the inputs, weights included.
 */
export function operatorVersion(op: string, types: readonly TensorType[]): number {
  if (op === 'DEQUANTIZE') return types[0] === 'float16' ? 3 : types[0] === 'int8' ? 2 : 1;
  if (op === 'QUANTIZE') return 1;
  if (!types.includes('int8')) return 1;
  return (
    { CONV_2D: 3, DEPTHWISE_CONV_2D: 3, FULLY_CONNECTED: 4, ADD: 2, MUL: 2, SUB: 2, MEAN: 2, PAD: 2 }[op] ?? 1
  );
}
