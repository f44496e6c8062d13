import { expect, test } from 'vitest';
import { ModelError } from '../errors.js';
import { FRILL_FRONTEND } from '../frontend/parameters.js';
import type { TensorInfo } from '../tflite/model.js';
import { type ModelRunner, WindowModel } from './window-model.js';

const info = (shape: readonly number[], name = 'x', type = 'float32'): TensorInfo => ({ name, type, shape });

/** A model with a signature for each input shape, of nothing but shapes. */
function described(inputs: readonly TensorInfo[], outputs: readonly TensorInfo[] = [info([1, 4], 'y')]) {
  return {
    where: 'm.tflite',
    signatures: { only: { inputs, outputs } },
    run: () => Promise.reject(new Error('not run')),
  };
}

const open = (model: ModelRunner, output?: string) => new WindowModel(model, FRILL_FRONTEND, output);

test.each([
  [[15_600], 'waveform'],
  [[1, 15_600], 'waveform'],
  [[8, 16_000], 'waveform'],
  [[96, 64], 'log-mel'],
  [[1, 96, 64], 'log-mel'],
  [[32, 96, 64, 1], 'log-mel'],
  [[8, 1, 96, 64], 'log-mel'],
])('an input %j is a %s', (shape, kind) => {
  const outputs = [info([kind === 'waveform' || shape.length > 2 ? shape[0] : 1, 15_600], 'y')];
  expect(open(described([info(shape)], outputs)).window.kind).toBe(kind);
});

test.each([[[1, 64, 96, 1]], [[1, 224, 224, 3]], [[1, 128]], [[1, 1]]])(
  'an input %j is refused, and the message says what would fit',
  (shape) => {
    expect(() => open(described([info(shape)]))).toThrow(/m\.tflite: its input 'x' is .*96, 64, 1/);
  },
);

test.each([
  ['an integer input', [info([1, 15_600], 'x', 'int8')], "input 'x' is int8"],
  ['two inputs', [info([1, 15_600]), info([1, 4], 'speaker')], 'it has 2 inputs (x, speaker)'],
  ['no input', [], 'it has 0 inputs'],
])('%s is refused', (_title, inputs, message) => {
  expect(() => open(described(inputs))).toThrow(ModelError);
  expect(() => open(described(inputs))).toThrow(message);
});

test('the output is the one asked for, else the widest that is called an embedding, else the widest', () => {
  const outputs = [
    info([1, 521], 'scores'),
    info([1, 4], 'embedding_small'),
    info([1, 9], 'embedding'),
    info([1, 700], 'classes', 'int32'),
  ];
  const of = (some: readonly TensorInfo[], wanted?: string) =>
    open(described([info([1, 15_600])], some), wanted).output;
  expect(of(outputs, 'scores')).toBe('scores');
  expect(of(outputs)).toBe('embedding');
  expect(of([outputs[0], outputs[3]])).toBe('scores');
  expect(() => of(outputs, 'c')).toThrow('It has: scores, embedding_small, embedding, classes');
  expect(() => of([outputs[3]])).toThrow('float32');
});

/** Gives each window of 1,000 samples its sum and its first sample, in batches of these sizes. */
function summing(batches: readonly number[], seen: number[] = []): ModelRunner {
  return {
    where: 'sums',
    signatures: Object.fromEntries(
      batches.map((batch) => [
        `b${batch}`,
        { inputs: [info([batch, 1000])], outputs: [info([batch, 2], 'y')] },
      ]),
    ),
    async run({ x }) {
      seen.push(x.length / 1000);
      return {
        y: Float32Array.from({ length: x.length / 500 }, (_, i) => {
          const window = x.subarray((i >> 1) * 1000, ((i >> 1) + 1) * 1000);
          return i % 2 === 0 ? window.reduce((sum, value) => sum + value, 0) : window[0];
        }),
      };
    },
  };
}

test('large batches are used while they are filled, and which ones does not show', async () => {
  const windows = Float32Array.from({ length: 23_000 }, (_, i) => (i * 7) % 13);
  const expected = await open(summing([1])).run(windows, 23);
  expect(expected.length).toBe(46);
  for (const [batches, used] of [
    [
      [1, 8],
      [8, 8, 1, 1, 1, 1, 1, 1, 1],
    ],
    [
      [4, 16, 1, 2],
      [16, 4, 2, 1],
    ],
    [[5], [5, 5, 5, 5, 5]],
  ]) {
    const seen: number[] = [];
    expect(await open(summing(batches, seen)).run(windows, 23)).toEqual(expected);
    expect(seen).toEqual(used);
  }
});

test('an output that does not hold one embedding a window is refused', async () => {
  expect(() => open(described([info([2, 15_600])], [info([1, 5], 'y')]))).toThrow(
    "its output 'y' holds 5 values for 2 windows",
  );
  const pooled: ModelRunner = { ...summing([1, 4]), run: async () => ({ y: new Float32Array(2) }) };
  await expect(open(pooled).run(new Float32Array(4000), 4)).rejects.toThrow('2 values for 4 windows');
});
