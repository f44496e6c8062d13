import { readFileSync } from 'node:fs';
import { loadModel, ModelError } from 'frill-audio';
import { describe, expect, it } from 'vitest';
import { nativeTfliteAvailable, openNativeTflite } from '../../../../testing/native-tflite.js';
import { sharedPath, withShared } from '../../../../testing/shared.js';
import { floatTensor, integerTensor, type Subgraph, type TfliteModel } from './model.js';
import { readTflite } from './read-tflite.js';
import { writeTflite } from './write-tflite.js';

/** y = relu(x W) summed over nothing: one dense layer and a reshape, at a given batch size. */
function dense(batch: number): Subgraph {
  return {
    name: `batch ${batch}`,
    tensors: [
      { name: 'x', shape: [batch, 3], type: 'float32' },
      floatTensor('w', [2, 3], [1, 2, 3, -1, -2, -3]),
      floatTensor('bias', [2], [0.5, 0]),
      { name: 'h', shape: [batch, 2], type: 'float32' },
      integerTensor('shape', [3], [batch, 1, 2]),
      { name: 'y', shape: [batch, 1, 2], type: 'float32' },
    ],
    inputs: [0],
    outputs: [5],
    operators: [
      {
        op: 'FULLY_CONNECTED',
        inputs: [0, 1, 2],
        outputs: [3],
        options: { fused_activation_function: 'RELU' },
      },
      { op: 'RESHAPE', inputs: [3, 4], outputs: [5], options: { new_shape: [batch, 1, 2] } },
    ],
  };
}

const MODEL: TfliteModel = {
  description: 'two batch sizes',
  subgraphs: [dense(1), dense(8)],
  signatures: [
    { key: 'b1', subgraph: 0, inputs: { x: 0 }, outputs: { y: 5 } },
    { key: 'b8', subgraph: 1, inputs: { x: 0 }, outputs: { y: 5 } },
  ],
  metadata: new Map([['note', new TextEncoder().encode('grüße')]]),
};

describe('a .tflite file', () => {
  it('reads back as it was written', () => {
    const read = readTflite(writeTflite(MODEL));
    expect(read.description).toBe(MODEL.description);
    expect(read.signatures).toEqual(MODEL.signatures);
    expect(new TextDecoder().decode(read.metadata.get('note'))).toBe('grüße');
    for (const [index, subgraph] of read.subgraphs.entries()) {
      const written = MODEL.subgraphs[index];
      expect(subgraph.tensors.map(({ name, shape, type }) => ({ name, shape, type }))).toEqual(
        written.tensors.map(({ name, shape, type }) => ({ name, shape, type })),
      );
      expect(subgraph.tensors.map(({ data }) => data && [...data])).toEqual(
        written.tensors.map(({ data }) => data && [...data]),
      );
      expect(subgraph.operators).toMatchObject(written.operators);
    }
  });

  it('keeps scales, zero points and the channel axis', () => {
    const quantization = { scales: [0.5, 0.25], zeroPoints: [0, -3], axis: 1 };
    const weights = {
      name: 'q',
      shape: [1, 2],
      type: 'int8',
      data: new Uint8Array([1, 2]),
      quantization,
    } as const;
    const subgraph: Subgraph = { name: 'q', tensors: [weights], inputs: [], outputs: [0], operators: [] };
    const read = readTflite(writeTflite({ ...MODEL, subgraphs: [subgraph], signatures: [] }));
    expect(read.subgraphs[0].tensors[0].quantization).toEqual(quantization);
  });

  it('stores equal weights once', () => {
    const weights = new Float32Array(4_096).map((_, index) => index);
    const holding = (copies: number): TfliteModel => ({
      ...MODEL,
      signatures: [],
      subgraphs: Array.from({ length: copies }, () => ({
        name: 'w',
        tensors: [floatTensor('w', [4_096], weights)],
        inputs: [],
        outputs: [0],
        operators: [],
      })),
    });
    expect(writeTflite(holding(3)).length - writeTflite(holding(1)).length).toBeLessThan(500);
  });

  it('refuses an operator or an option that the schema does not have', () => {
    const broken = (op: string, options: Record<string, number>): TfliteModel => ({
      ...MODEL,
      subgraphs: [{ ...dense(1), operators: [{ op, inputs: [0], outputs: [3], options }] }],
    });
    expect(() => writeTflite(broken('CONVOLVE', {}))).toThrow(/no operator CONVOLVE/);
    expect(() => writeTflite(broken('MEAN', { axis: 1 }))).toThrow(/MEAN has no option axis/);
  });

  it.each([
    ['an empty file', () => new Uint8Array()],
    ['a text', () => new TextEncoder().encode('not a model at all')],
    ['a file of zeros', () => new Uint8Array(4_096)],
    ['a foreign FlatBuffer', () => replaced(writeTflite(MODEL), 4, 'M001')],
    ['half a file', () => writeTflite(MODEL).slice(0, 400)],
    ['a root offset beyond the end', () => replaced(writeTflite(MODEL), 0, '\xff\xff\xff\x7f')],
  ])('refuses %s with a clear error', (_, make) => {
    expect(() => readTflite(make(), 'some.tflite')).toThrow(ModelError);
    expect(() => readTflite(make(), 'some.tflite')).toThrow(/^some\.tflite: /);
  });

  it('never reads wild, wherever the file is cut or a byte is changed', () => {
    const whole = writeTflite(MODEL);
    for (let at = 0; at < whole.length; at += 7) {
      for (const bytes of [whole.slice(0, at), replaced(whole, at, '\xee')])
        try {
          readTflite(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(ModelError);
        }
    }
  });

  it('runs in native TensorFlow Lite', async ({ skip }) => {
    if (!(await nativeTfliteAvailable())) skip('native TensorFlow Lite is not installed');
    const model = (await openNativeTflite()).load(writeTflite(MODEL));
    expect(model.inputs).toEqual([{ name: 'x', shape: [1, 3] }]);
    expect(model.run([new Float32Array([1, 1, 1])])).toEqual([new Float32Array([6.5, 0])]);
    model.close();
  });
});

withShared('a foreign .tflite file', 'data/models/yamnet_scores_embedding1024.tflite', () => {
  it('reads whole', () => {
    const [subgraph] = readTflite(
      readFileSync(sharedPath('data/models/yamnet_scores_embedding1024.tflite')),
    ).subgraphs;
    expect(subgraph.operators).toHaveLength(60);
    expect(subgraph.tensors[subgraph.inputs[0]].shape).toEqual([1, 15_600]);
    expect(subgraph.outputs.map((output) => subgraph.tensors[output].shape)).toEqual([
      [1, 521],
      [1, 1_024],
    ]);
  });
});

function replaced(bytes: Uint8Array, at: number, text: string): Uint8Array {
  const changed = bytes.slice();
  changed.set(
    Uint8Array.from(text, (character) => character.charCodeAt(0)).subarray(0, bytes.length - at),
    at,
  );
  return changed;
}

describe('a damaged .tflite file is refused by what would run it, as damaged', () => {
  const altered = (change: Partial<Subgraph>) => {
    const { signatures, ...rest } = MODEL;
    const subgraphs = [{ ...dense(1), ...change }];
    return writeTflite({ ...rest, subgraphs, signatures: signatures.slice(0, 1) });
  };
  const [layer, reshape] = dense(1).operators;
  const tensors = dense(1).tensors;
  it.each<[string, Partial<Subgraph>]>([
    ['an operand that is left out', { operators: [{ ...layer, inputs: [0, -1, 2] }, reshape] }],
    [
      'an operator without operands',
      { operators: [{ ...layer, op: 'ADD', inputs: [], options: {} }, reshape] },
    ],
    [
      'more values than any memory has',
      { tensors: tensors.map((tensor, i) => (i === 3 ? { ...tensor, shape: [1, 2 ** 30] } : tensor)) },
    ],
    [
      'more values than its input accounts for',
      { tensors: tensors.map((tensor, i) => (i === 3 ? { ...tensor, shape: [1, 2 ** 24] } : tensor)) },
    ],
    [
      'a kernel of more numbers than there are',
      {
        tensors: tensors.map((tensor, i) =>
          i === layer.inputs[1] ? { ...tensor, shape: [2 ** 24, tensor.shape[1]] } : tensor,
        ),
      },
    ],
  ])('%s', async (_, change) => {
    const bytes = altered(change);
    const run = async () => {
      const model = await loadModel(bytes);
      await model.run({ x: new Float32Array(3) });
    };
    await expect(run()).rejects.toThrow(ModelError);
  });
});
