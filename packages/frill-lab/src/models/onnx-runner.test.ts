import { FRILL_FRONTEND, ModelError, WindowModel } from 'frill-audio';
import { expect, test } from 'vitest';
import { encodeModel, type OnnxExtent } from '../onnx/onnx-model.js';
import { openOnnx } from './onnx-runner.js';

/** |x|, or another operator of x, in the shape of x. */
function absolute(shape: readonly OnnxExtent[], op = 'Abs'): Uint8Array {
  return encodeModel({
    inputs: [{ name: 'x', shape }],
    outputs: [{ name: 'embedding', shape }],
    constants: [],
    nodes: [{ op, domain: '', inputs: ['x'], outputs: ['embedding'], attributes: {} }],
  });
}

test.each<[string, readonly OnnxExtent[], number]>([
  ['any number of log-mel windows', ['batch', 96, 64, 1], 64],
  ['four at once', [4, 96, 64, 1], 4],
  ['any number of waveforms', ['batch', 2000], 64],
  ['one waveform of any length', ['samples'], 1],
])('%s: every window gets its own row', async (_title, shape, largest) => {
  const runner = await openOnnx(absolute(shape), { where: 'm.onnx' });
  const model = new WindowModel(runner, FRILL_FRONTEND);
  expect(model.largestBatch).toBe(largest);
  expect(model.embeddingSize).toBe(model.windowSize);
  const windows = Float32Array.from({ length: 7 * model.windowSize }, (_, i) => -(i % 1009));
  expect(await model.run(windows, 7)).toEqual(windows.map(Math.abs));
  runner.close();
});

/** The same model over text. */
function takingText(model: Uint8Array): Uint8Array {
  // TypeProto of a [1, 1] tensor: element type 1 is float32, 8 is a string.
  const float = '080112080a0208010a020801';
  const hex = Buffer.from(model).toString('hex');
  expect(hex).toContain(float);
  return Buffer.from(hex.replaceAll(float, float.replace('0801', '0808')), 'hex');
}

test.each<[string, () => Uint8Array, string]>([
  ['text', () => takingText(absolute([1, 1], 'Identity')), "its input 'x' is string"],
  ['a picture of any size', () => absolute(['batch', 3, 224, 224]), "its input 'x' is [1, 3, 224, 224]"],
  ['no model', () => new TextEncoder().encode('a model, honestly'), 'not a readable ONNX model'],
  ['half a model', () => absolute(['batch', 96, 64, 1]).subarray(0, 40), 'not a readable ONNX model'],
])('%s is refused', async (_title, bytes, message) => {
  const opening = openOnnx(bytes(), { where: 'm.onnx' }).then(
    (runner) => new WindowModel(runner, FRILL_FRONTEND),
  );
  await expect(opening).rejects.toThrow(ModelError);
  await expect(opening).rejects.toThrow(`m.onnx: ${message}`);
});
