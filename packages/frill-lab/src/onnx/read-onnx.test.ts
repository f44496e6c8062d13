import { ModelError } from 'frill-audio';
import { expect, test } from 'vitest';
import { encodeModel } from './onnx-model.js';
import { between, readOnnx } from './read-onnx.js';

const constant = { name: 'weights', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) };
const axes = { name: 'axes', shape: [1], data: BigInt64Array.of(-1n) };
const node = (op: string, inputs: string[], output: string, attributes = {}) => ({
  op,
  domain: '',
  inputs,
  outputs: [output],
  attributes,
});
const nodes = [
  node('MatMul', ['x', 'weights'], 'hidden'),
  node('LeakyRelu', ['hidden'], 'bent', { alpha: { float: 0.5 } }),
  node('ReduceMean', ['bent', 'axes'], 'mean', { keepdims: 0 }),
  node('Conv', ['bent', 'weights'], 'other', { strides: [1, 2], auto_pad: 'VALID' }),
];
const file = () =>
  readOnnx(
    encodeModel({
      inputs: [{ name: 'x', shape: ['batch', 2] }],
      outputs: [],
      unshaped: ['mean'],
      constants: [constant, axes],
      nodes,
    }),
    'x.onnx',
  );

test('what encodeModel writes is read back, attributes of all kinds included', () => {
  const { nodes: read, constants } = between(file(), { from: ['x'], to: ['mean', 'other'] }, 'x.onnx');
  expect(read).toEqual(nodes);
  expect(constants.toSorted((a, b) => (a.name < b.name ? 1 : -1))).toEqual([constant, axes]);
});

test('only what lies between two tensors is taken', () => {
  const part = between(file(), { from: ['hidden'], to: ['bent'] }, 'x.onnx');
  expect(part).toEqual({ nodes: [nodes[1]], constants: [] });
});

test.each([
  ['an absent tensor', ['x'], ['nothing'], /no tensor 'nothing'.*hidden, bent, mean, other/],
  ['an absent input', ['y'], ['mean'], /no tensor 'y'/],
  ['an input that is not enough', ['bent'], ['mean', 'hidden'], /'x' is needed to compute mean, hidden/],
])('%s is refused', (_, from, to, message) => {
  expect(() => between(file(), { from, to }, 'x.onnx')).toThrow(message);
});

test('bytes that are no model are refused', () => {
  expect(() => readOnnx(Uint8Array.of(1, 2, 3), 'x.onnx')).toThrow(ModelError);
  expect(() => readOnnx(new Uint8Array(), 'x.onnx')).toThrow(/x.onnx: not a readable ONNX model/);
});
