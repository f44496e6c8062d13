import { loadModel, ModelError } from 'frill-audio';
import { liteRt } from 'frill-audio/litert';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { random } from '../tensor/random.js';
import { type Shape, sizeOf } from '../tensor/tensor.js';
import { bytesOf, floatTensor, integerTensor, type Subgraph, type TfliteTensor } from './model.js';
import { isRowByRow, toOnnx } from './to-onnx.js';
import { writeTflite } from './write-tflite.js';

const stream = random('to-onnx');
const numbers = (shape: Shape) => Float32Array.from({ length: sizeOf(shape) }, () => stream.normal());
const constant = (...shape: number[]) => floatTensor('constant', shape, numbers(shape));
const integers = (...values: number[]) => integerTensor('integers', [values.length], values);
const floats = (name: string, shape: Shape): TfliteTensor => ({ name, shape, type: 'float32' });

/** A network of single operators in a row; each takes the tensor before it and constants, or `x`. */
type Step = readonly [
  op: string,
  operands: readonly (TfliteTensor | 'x')[],
  output: Shape | TfliteTensor,
  options?: Subgraph['operators'][number]['options'],
];

function networkOf(input: Shape, steps: readonly Step[]): Subgraph {
  const tensors: TfliteTensor[] = [floats('x', input)];
  let last = 0;
  const operators = steps.map(([op, operands, output, options = {}]) => {
    const own = operands.map((operand) => (operand === 'x' ? 0 : tensors.push(operand) - 1));
    const made = 'name' in output ? output : floats(`y${tensors.length}`, output);
    const inputs = [last, ...own];
    last = tensors.push(made) - 1;
    return { op, inputs, outputs: [last], options };
  });
  return { name: 'network', tensors, inputs: [0], outputs: [last], operators };
}

const signatureOf = ({ inputs, outputs }: Subgraph) => ({
  inputs: { x: inputs[0] },
  outputs: { y: outputs[0] },
});

async function inLiteRt(network: Subgraph, x: Float32Array): Promise<Float32Array> {
  const signatures = [{ key: 'only', subgraph: 0, ...signatureOf(network) }];
  const model = await loadModel(
    writeTflite({ description: '', subgraphs: [network], signatures, metadata: new Map() }),
    { runtime: liteRt() },
  );
  const { y } = await model.run({ x });
  model.close();
  return y;
}

async function inOnnxruntime(network: Subgraph, x: Float32Array, shape = network.tensors[0].shape) {
  const batch = shape === network.tensors[0].shape ? 'fixed' : 'open';
  const session = await InferenceSession.create(toOnnx(network, { ...signatureOf(network), batch }));
  const { y } = await session.run({ x: new Tensor('float32', x, shape) });
  await session.release();
  return y.data instanceof Float32Array ? y.data : new Float32Array();
}

function expectClose(found: Float32Array, expected: Float32Array) {
  expect(found.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 4);
}

const same = { padding: 'SAME', stride_h: 1, stride_w: 1 };
const networks: Record<string, [Shape, Step[]]> = {
  'a convolution with unequal strides': [
    [2, 7, 6, 3],
    [['CONV_2D', [constant(5, 3, 2, 3), constant(5)], [2, 4, 6, 5], { ...same, stride_h: 2 }]],
  ],
  'a dilated convolution without margins': [
    [1, 9, 8, 2],
    [
      [
        'CONV_2D',
        [constant(4, 3, 3, 2), constant(4)],
        [1, 5, 6, 4],
        { ...same, padding: 'VALID', dilation_h_factor: 2, fused_activation_function: 'RELU6' },
      ],
    ],
  ],
  'a depthwise convolution with two filters a channel': [
    [2, 6, 5, 3],
    [
      [
        'DEPTHWISE_CONV_2D',
        [constant(1, 3, 3, 6), constant(6)],
        [2, 3, 3, 6],
        { padding: 'SAME', stride_h: 2, stride_w: 2, depth_multiplier: 2, fused_activation_function: 'RELU' },
      ],
    ],
  ],
  'squeeze and excite': [
    [2, 4, 3, 8],
    [
      ['MEAN', [integers(1, 2)], [2, 1, 1, 8], { keep_dims: true }],
      [
        'CONV_2D',
        [constant(2, 1, 1, 8), constant(2)],
        [2, 1, 1, 2],
        { ...same, fused_activation_function: 'RELU' },
      ],
      ['CONV_2D', [constant(8, 1, 1, 2), constant(8)], [2, 1, 1, 8], same],
      ['ADD', [constant(1, 1, 1, 8)], [2, 1, 1, 8], { fused_activation_function: 'RELU6' }],
      ['MUL', ['x'], [2, 4, 3, 8]],
      ['ADD', [constant(8)], [2, 4, 3, 8]],
      ['HARD_SWISH', [], [2, 4, 3, 8]],
    ],
  ],
  'pools, margins and a flattened map': [
    [1, 8, 6, 4],
    [
      ['PAD', [integerTensor('amounts', [4, 2], [0, 0, 1, 2, 0, 1, 0, 0])], [1, 11, 7, 4]],
      [
        'MAX_POOL_2D',
        [],
        [1, 6, 4, 4],
        { padding: 'SAME', stride_h: 2, stride_w: 2, filter_height: 3, filter_width: 3 },
      ],
      ['AVERAGE_POOL_2D', [], [1, 6, 4, 4], { ...same, filter_height: 2, filter_width: 3 }],
      ['RESHAPE', [integers(1, 96)], [1, 96], { new_shape: [1, 96] }],
      ['FULLY_CONNECTED', [constant(5, 96), constant(5)], [1, 5]],
      ['L2_NORMALIZATION', [], [1, 5]],
    ],
  ],
  'bands of a picture': [
    [1, 4, 6, 1],
    [
      ['SUB', [constant(1, 1, 6, 1)], [1, 4, 6, 1]],
      ['DIV', [constant(1, 4, 1, 1)], [1, 4, 6, 1]],
      ['MAXIMUM', [constant(1)], [1, 4, 6, 1]],
      ['MINIMUM', ['x'], [1, 4, 6, 1]],
      ['MEAN', [integers(-1)], [1, 4, 6]],
    ],
  ],
  'arithmetic with fused activations': [
    [1, 12],
    [
      ['SUB', [constant(12)], [1, 12], { fused_activation_function: 'RELU6' }],
      ['ADD', [constant(12)], [1, 12], { fused_activation_function: 'RELU_N1_TO_1' }],
      ['MUL', [constant(12)], [1, 12], { fused_activation_function: 'NONE' }],
      ['DIV', [floatTensor('divisor', [1], [-0.25])], [1, 12], { fused_activation_function: 'RELU' }],
    ],
  ],
  'elementwise functions': [
    [2, 5],
    [
      ['LOGISTIC', [], [2, 5]],
      ['LOG', [], [2, 5]],
      ['NEG', [], [2, 5]],
      ['SQRT', [], [2, 5]],
      ['TANH', [], [2, 5]],
      ['EXP', [], [2, 5]],
      ['ABS', [], [2, 5]],
      ['RELU', [], [2, 5]],
    ],
  ],
  'a spectrum of gathered frames': [
    [1, 40],
    [
      ['RESHAPE', [integers(10, 4)], [10, 4], { new_shape: [10, 4] }],
      [
        'GATHER',
        [integerTensor('indices', [3, 4], [0, 1, 2, 3, 3, 4, 5, 6, 6, 7, 8, 9])],
        [3, 4, 4],
        { axis: 0 },
      ],
      ['RESHAPE', [integers(3, 1, 16)], [3, 1, 16], { new_shape: [3, 1, 16] }],
      ['RFFT2D', [integers(1, 16)], { name: 'spectrum', shape: [3, 1, 9], type: 'complex64' }],
      ['COMPLEX_ABS', [], [3, 1, 9]],
    ],
  ],
};

test.each(Object.entries(networks))(
  '%s: onnxruntime gives what LiteRT.js gives',
  async (_title, [input, steps]) => {
    const network = networkOf(input, steps);
    const x = numbers(input);
    expectClose(await inOnnxruntime(network, x), await inLiteRt(network, x));
  },
);

test('a network that treats windows one by one takes any number of them', async () => {
  const network = networkOf(...networks['squeeze and excite']);
  expect(isRowByRow(network)).toBe(true);
  const x = numbers([6, 4, 3, 8]);
  const pairs = [0, 1, 2].map((pair) => inLiteRt(network, x.subarray(pair * 192, (pair + 1) * 192)));
  const expected = Float32Array.from((await Promise.all(pairs)).flatMap((y) => [...y]));
  expectClose(await inOnnxruntime(network, x, [6, 4, 3, 8]), expected);
});

test.each<[string, Shape, Step[]]>([
  ['a single window, whose extent of 1 may be anything', ...networks['bands of a picture']],
  ['a constant for each window', [2, 3], [['ADD', [constant(2, 3)], [2, 3]]]],
  ['a mean over windows', [2, 3], [['MEAN', [integers(0)], [3]]]],
])('%s is not taken for a batch', (_title, input, steps) => {
  expect(isRowByRow(networkOf(input, steps))).toBe(false);
});

/** A kernel of int8 codes with a scale for each of its outputs. */
const codes: TfliteTensor = {
  name: 'codes',
  shape: [2, 3],
  type: 'int8',
  data: bytesOf(Int8Array.of(-127, 3, 50, 127, 0, -7)),
  quantization: { scales: [0.5, 0.01], zeroPoints: [0, 0], axis: 0 },
};

test('kernels that are unpacked first are taken over exactly', async () => {
  const [x, kernel, unpacked, bias, y] = [0, 1, 2, 3, 4];
  const halves = {
    ...codes,
    type: 'float16' as const,
    data: bytesOf(Uint16Array.of(0x3c00, 0xc000, 0x2e66, 0, 1, 0x7bff)),
    quantization: undefined,
  };
  for (const stored of [codes, halves]) {
    const network: Subgraph = {
      name: 'packed',
      tensors: [floats('x', [1, 3]), stored, floats('kernel', [2, 3]), constant(2), floats('y', [1, 2])],
      inputs: [x],
      outputs: [y],
      operators: [
        { op: 'DEQUANTIZE', inputs: [kernel], outputs: [unpacked], options: {} },
        { op: 'FULLY_CONNECTED', inputs: [x, unpacked, bias], outputs: [y], options: {} },
      ],
    };
    const values = numbers([1, 3]);
    const expected = await inLiteRt(network, values);
    const found = await inOnnxruntime(network, values);
    for (const [i, value] of expected.entries()) expect(found[i] / value).toBeCloseTo(1, 5);
  }
});

test.each<[string, Step[], string]>([
  ['int8 kernels with float32 activations', [['FULLY_CONNECTED', [codes, constant(2)], [1, 2]]], 'int8'],
  ['an operator without a float32 form here', [['CUMSUM', [integers(1)], [1, 3]]], 'CUMSUM'],
  [
    'rounded activations',
    [['QUANTIZE', [], { ...codes, data: undefined, name: 'y', shape: [1, 3] }]],
    'int8',
  ],
])('%s are refused by name', (_title, steps, message) => {
  const network = networkOf([1, 3], steps);
  const translate = () => toOnnx(network, { ...signatureOf(network), batch: 'fixed' });
  expect(translate).toThrow(ModelError);
  expect(translate).toThrow(message);
});
