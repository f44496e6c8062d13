import { describe, expect, it } from 'vitest';
import { nativeTfliteAvailable, openNativeTflite } from '../../../../testing/native-tflite.js';
import { compileReference } from '../engine/reference/reference.js';
import { Graph, type Value } from '../graph/graph.js';
import {
  conv2d,
  dense,
  depthwiseConv2d,
  flatten,
  globalAveragePool,
  hardSigmoid,
  hardSwish,
  multiply,
  relu,
  rescale,
} from '../graph/ops/index.js';
import { type Random, random } from '../tensor/random.js';
import { sizeOf, type Weights } from '../tensor/tensor.js';
import type { Subgraph } from '../tflite/model.js';
import { readTflite } from '../tflite/read-tflite.js';
import { emitSubgraph } from '../tflite/subgraph-emitter.js';
import { writeTflite } from '../tflite/write-tflite.js';
import { type Calibration, FORMS, type Form, inForm } from './forms.js';
import { withBatch } from './rewrites/batch.js';

/** A network with everything a student has: an input layer, squeeze-and-excite, strides, both poolings, a bottleneck. */
function network(seed: string, batch = 1) {
  const graph = new Graph();
  const weights: Weights = new Map();
  const stream = random(seed);
  const parameter = (name: string, shape: readonly number[], deviation: number, mean = 0): Value => {
    const value = graph.weight(name, shape, { kind: 'zeros' });
    weights.set(name, { shape, data: normals(stream.fork(name), sizeOf(shape), deviation, mean) });
    return value;
  };
  const layer = (x: Value, name: string, outs: number, size: number, stride = 1): Value => {
    const ins = x.shape[3];
    const kernel = parameter(`${name}/kernel`, [size, size, ins, outs], 1.4 / Math.sqrt(size * size * ins));
    return conv2d(x, kernel, { stride, bias: parameter(`${name}/bias`, [outs], 0.2) });
  };
  const input = graph.input('log_mel', [batch, 12, 8, 1]);
  let x = hardSwish(layer(rescale(input, { scale: 0.5, offset: 0.1 }), 'stem', 8, 3, 2));
  const kernel = parameter('depthwise/kernel', [5, 5, 8, 1], 0.3);
  x = relu(depthwiseConv2d(x, kernel, { stride: 2, padding: { top: 1, bottom: 2, left: 1, right: 2 } }));
  const squeezed = relu(layer(globalAveragePool(x), 'squeeze', 4, 1));
  x = layer(multiply(x, hardSigmoid(layer(squeezed, 'excite', 8, 1))), 'project', 16, 1);
  x = hardSwish(layer(globalAveragePool(x), 'head', 24, 1));
  const bottleneck = parameter('bottleneck/kernel', [24, 12], 0.3);
  const embedding = dense(flatten(x), bottleneck, parameter('bottleneck/bias', [12], 0.1));
  return { graph, input, embedding, weights };
}

function normals(stream: Random, length: number, deviation: number, mean = 0): Float32Array {
  return Float32Array.from({ length }, () => stream.normal(mean, deviation));
}

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return ab / Math.sqrt(aa * bb);
}

function modelOf(subgraph: Subgraph): Uint8Array {
  const [input] = subgraph.inputs;
  const [output] = subgraph.outputs;
  const signature = { key: 'b1', subgraph: 0, inputs: { x: input }, outputs: { y: output } };
  return writeTflite({
    description: '',
    subgraphs: [subgraph],
    signatures: [signature],
    metadata: new Map(),
  });
}

function operatorsOf(subgraph: Subgraph): string[] {
  return subgraph.operators.map(({ op, options }) =>
    [op, options.fused_activation_function].filter((part) => part && part !== 'NONE').join('+'),
  );
}

const WINDOW = 12 * 8;
const windows = normals(random('windows'), 40 * WINDOW, 1.5);

const available = await nativeTfliteAvailable();

const calibration: Calibration = {
  windows,
  load: async (bytes) => {
    const model = (await openNativeTflite()).load(bytes);
    return {
      run: async ({ x }) =>
        Object.fromEntries(model.run([x]).map((output, index) => [outputName(bytes, index), output])),
      close: () => model.close(),
    };
  },
};

describe.skipIf(!available).each(FORMS.filter((form) => form !== 'int8-bottleneck'))(
  'the form %s',
  (form) => {
    const required: Record<Form, number> = {
      float32: 0.999_999_9,
      float16: 0.999_99,
      'int8-weight': 0.999,
      int8: 0.99,
      'int8-bottleneck': 1,
    };

    it.each([1, 8])(
      'agrees with the definition in native TensorFlow Lite (skipped where that is not installed), batch size %i',
      async (batch) => {
        const native = await openNativeTflite();
        const { input, embedding, weights } = network('forms');
        const plain = emitSubgraph({ input, output: embedding, weights, name: 'network' });
        const subgraph = withBatch(await inForm(plain, form, calibration), batch);
        const reference = network('forms', batch);
        const program = compileReference(reference.graph, [reference.embedding], weights);
        const feed = windows.subarray(0, batch * WINDOW);
        const [expected] = await program.run(new Map([[reference.input, feed]]));
        for (const xnnpack of [true, false]) {
          const model = native.load(modelOf(subgraph), { xnnpack });
          const [got] = model.run([feed]);
          model.close();
          expect(got).toHaveLength(batch * 12);
          expect(cosine(got, expected.data)).toBeGreaterThan(required[form]);
        }
      },
    );
  },
);

describe.skipIf(!available)('a channel that batch normalisation shrank to almost nothing', () => {
  it.each([3, -3, 3e-5, 0])('keeps its bias of %f in int8', async (bias) => {
    const native = await openNativeTflite();
    const { graph, input, embedding, weights } = network('forms');
    const dead = 3;
    const change = (name: string, changed: (value: number, channel: number) => number) => {
      const { shape, data } = weights.get(name) ?? { shape: [], data: [] };
      const channels = shape[shape.length - 1];
      const values = Float32Array.from(data, (value, at) => changed(value, at % channels));
      weights.set(name, { shape, data: values });
    };
    for (const layer of ['stem', 'head']) {
      change(`${layer}/kernel`, (value, channel) => (channel === dead ? value * 1e-12 : value));
      change(`${layer}/bias`, (value, channel) => (channel === dead ? bias : value));
    }
    const plain = emitSubgraph({ input, output: embedding, weights, name: 'network' });
    const subgraph = await inForm(plain, 'int8', calibration);
    const stored = subgraph.tensors.find(({ name, type }) => type === 'int32' && name.includes('head'));
    const code = new Int32Array(stored?.data?.slice().buffer ?? [])[dead];
    expect(code * (stored?.quantization?.scales[dead] ?? 0)).toBeCloseTo(bias, 6);

    const feed = windows.subarray(0, WINDOW);
    const [expected] = await compileReference(graph, [embedding], weights).run(new Map([[input, feed]]));
    for (const xnnpack of [true, false]) {
      const model = native.load(modelOf(subgraph), { xnnpack });
      const [got] = model.run([feed]);
      model.close();
      expect(cosine(got, expected.data)).toBeGreaterThan(0.99);
    }
  });
});

describe('rewrites', () => {
  it('leave nothing of activations and constant factors but what no layer can take', async () => {
    const { input, embedding, weights } = network('forms');
    const plain = emitSubgraph({ input, output: embedding, weights, name: 'network' });
    expect(operatorsOf(await inForm(plain, 'float32'))).toEqual([
      'ADD', // the offset, divided by the scale that went into the stem
      'CONV_2D',
      'HARD_SWISH',
      'DEPTHWISE_CONV_2D+RELU',
      'MEAN',
      'CONV_2D+RELU',
      'CONV_2D+RELU6', // hard sigmoid: its 3 in the bias, its 1/6 in the projection
      'MUL',
      'CONV_2D',
      'MEAN',
      'CONV_2D',
      'HARD_SWISH',
      'RESHAPE',
      'FULLY_CONNECTED',
    ]);
  });
});

/** The calibration model's outputs are named by tensor, in the order of its subgraph. */
function outputName(bytes: Uint8Array, index: number): string {
  return Object.keys(readTflite(bytes).signatures[0].outputs)[index];
}
