/** Recipes as one network, against the same parts computed by other means: onnxruntime on the original files, and our own code. */
import { readFileSync } from 'node:fs';
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { FRILL_FRONTEND } from 'frill-audio';
import { readMono16k } from 'frill-audio/node';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { sharedPath, withShared } from '../../../../../testing/shared.js';
import { encodeModel } from '../../onnx/onnx-model.js';
import { meanAndDeviation } from '../../statistics/moments.js';
import { random } from '../../tensor/random.js';
import { mfccStatistics } from '../mfcc-statistics.js';
import { openModelFile } from '../model-file.js';
import { openPooledNetwork } from './network.js';
import { type TeacherRecipe, teacherRecipeSchema } from './recipe.js';
import { scalePart } from './scaling.js';
import { readSpeechEmbedding } from './sources/speech-embedding.js';

const WINDOW = 15_600;
const noise = random('windows');
/** Loud noise, a quiet tone that swells, and silence with a click. */
const windows = [
  Float32Array.from({ length: WINDOW }, () => 0.2 * noise.normal()),
  Float32Array.from({ length: WINDOW }, (_, n) => 2e-6 * n * Math.sin(n / 9)),
  Float32Array.from({ length: WINDOW }, (_, n) => (n === 9000 ? 0.5 : 0)),
];

async function run(bytes: Uint8Array, clips: readonly Float32Array[]): Promise<Float32Array[]> {
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 3 });
  const samples = new Float32Array(clips.length * WINDOW);
  for (const [place, clip] of clips.entries()) samples.set(clip, place * WINDOW);
  const [result] = Object.values(
    await session.run({ samples: new Tensor('float32', samples, [clips.length, WINDOW]) }),
  );
  await session.release();
  const rows = result.data instanceof Float32Array ? result.data : new Float32Array();
  const width = rows.length / clips.length;
  return clips.map((_, place) => rows.slice(place * width, (place + 1) * width));
}

const recipeOf = (sources: object, parts: readonly object[], whole: object = {}): TeacherRecipe =>
  teacherRecipeSchema.parse({
    sources,
    parts: parts.map((part, i) => ({ name: `${i}`, ...part })),
    ...whole,
  });

function expectNear(found: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-4) {
  expect(found.length).toBe(expected.length);
  let worst = 0;
  for (let i = 0; i < expected.length; i++)
    worst = Math.max(worst, Math.abs(found[i] - expected[i]) / Math.max(1, Math.abs(expected[i])));
  expect(worst).toBeLessThanOrEqual(tolerance);
}

const cepstra = { source: 'own', tensor: 'cepstra' };
const own = { own: { reader: 'log-mel' } };

test("our own cepstra, pooled, are the baseline's", async () => {
  const network = await openPooledNetwork(recipeOf(own, [cepstra]));
  // Unlike the baseline of clips, a window is not padded to a second.
  const baseline = await mfccStatistics({ ...FRILL_FRONTEND, minimumSamples: WINDOW });
  const rows = await run(network.pooled(), windows);
  for (const [place, window] of windows.entries())
    expectNear(rows[place], (await baseline.embed(window)).data, 2e-4);
  baseline.close();
});

test('windows do not depend on what is computed with them', async () => {
  const network = await openPooledNetwork(recipeOf(own, [cepstra, { ...cepstra, pooling: 'mean' }]));
  expect(network.widths).toEqual([80, 40]);
  const together = await run(network.pooled(), windows);
  for (const [place, window] of windows.entries())
    expectNear((await run(network.pooled(), [window]))[0], together[place], 1e-6);
});

test('the scaled network computes what the scaling says', async () => {
  const recipe = recipeOf(own, [
    { ...cepstra, weight: 2, limit: 0.5 },
    { ...cepstra, pooling: 'mean', length: 'as-is' },
  ]);
  const network = await openPooledNetwork(recipe);
  const filled = (length: number, deviation: number) =>
    Float32Array.from({ length }, () => noise.normal(0, deviation));
  const parts = network.widths.map((width, place) => ({
    mean: filled(width, 1),
    factors: filled(width, 1).map(Math.abs),
    ...(place === 0 ? { projection: { mean: filled(width, 1), matrix: filled(width * 5, 0.3) } } : {}),
  }));
  const pooled = await run(network.pooled(), windows);
  const scaled = await run(network.scaled({ parts }), windows);
  for (const [place, row] of pooled.entries()) {
    const expected = [
      ...scalePart(row.subarray(0, 80), recipe.parts[0], parts[0]),
      ...scalePart(row.subarray(80), recipe.parts[1], parts[1]),
    ];
    expectNear(scaled[place], expected, 1e-5);
  }
});

test('an absent tensor is named, with those that there are', async () => {
  await expect(openPooledNetwork(recipeOf(own, [{ ...cepstra, tensor: 'cepstrum' }]))).rejects.toThrow(
    /no tensor 'cepstrum'. It has: log-mel, cepstra/,
  );
});

withShared('the original files', 'data/models/teachers', () => {
  const file = (name: string) => sharedPath(`data/models/teachers/${name}`);
  const one = readMono16k(sharedPath('data/emodb/wav/03a01Fa.flac'));
  const withSpeech = async () => [...windows, (await one).slice(4000, 4000 + WINDOW)];

  test('speech_embedding: its mel model window by window, then its encoder', async () => {
    const speech = {
      reader: 'speech-embedding',
      melspectrogram: file('melspectrogram.onnx'),
      encoder: file('embedding_model.onnx'),
    } as const;
    const pools = ['', '_1', '_2', '_3'].map((layer) => `model/max_pooling2d${layer}/MaxPool:0`);
    const clips = await withSpeech();
    const network = await readSpeechEmbedding(speech, ['mel', ...pools]);
    const names = ['mel', ...pools].map((name) => network.tensors.get(name)?.name ?? '');
    const inputs = [{ name: 'samples', shape: ['batch', WINDOW] }];
    const ours = await InferenceSession.create(
      encodeModel({ ...network, inputs, outputs: [], unshaped: names }),
      {
        logSeverityLevel: 3,
      },
    );
    const together = new Float32Array(clips.length * WINDOW);
    for (const [place, clip] of clips.entries()) together.set(clip, place * WINDOW);
    const found = await ours.run({ samples: new Tensor('float32', together, [clips.length, WINDOW]) });
    const mel = await InferenceSession.create(file('melspectrogram.onnx'), { logSeverityLevel: 3 });
    const encoder = await InferenceSession.create(
      withOutputs(readFileSync(file('embedding_model.onnx')), pools),
      {
        logSeverityLevel: 3,
      },
    );
    for (const [place, clip] of clips.entries()) {
      const scaled = clip.map((value) => value * 32_767);
      const { output } = await mel.run({ input: new Tensor('float32', scaled, [1, WINDOW]) });
      const values = floats(output).map((value) => value / 10 + 2);
      expectNear(rowOf(found[names[0]], place), values);
      // The encoder takes 76 frames, and its first layers shrink time to a quarter: crops 0 and 16 frames in.
      for (const [start, shifts] of [
        [0, [0, 0, 0, 0]],
        [16, [8, 8, 4, 4]],
      ] as const) {
        const crop = new Tensor('float32', values.slice(start * 32, (start + 76) * 32), [1, 76, 32, 1]);
        const layers = await encoder.run({ input_1: crop });
        for (const [layer, name] of pools.entries()) {
          const [, channels, rows, columns] = layers[name].dims;
          const all = found[names[layer + 1]].dims[2] * columns;
          const whole = rowOf(found[names[layer + 1]], place);
          for (let channel = 0; channel < channels; channel++) {
            const first = channel * all + shifts[layer] * columns;
            const expected = floats(layers[name]).subarray(
              channel * rows * columns,
              (channel + 1) * rows * columns,
            );
            expectNear(whole.subarray(first, first + rows * columns), expected);
          }
        }
      }
    }
  });

  test('Silero: chunk after chunk with its state', async () => {
    const sources = { silero: { reader: 'silero', weights: file('silero_vad_16k_v6.onnx') } };
    const clips = await withSpeech();
    const network = await openPooledNetwork(recipeOf(sources, [{ source: 'silero', tensor: 'lstm' }]));
    const rows = await run(network.pooled(), clips);
    const original = await InferenceSession.create(file('silero_vad_16k_v6.onnx'), { logSeverityLevel: 3 });
    for (const [place, clip] of clips.entries()) {
      const padded = new Float32Array(64 + 31 * 512);
      padded.set(clip, 64);
      const states: number[] = [];
      let state = new Tensor('float32', new Float32Array(256), [2, 1, 128]);
      for (let chunk = 0; chunk < 31; chunk++) {
        const input = new Tensor('float32', padded.slice(chunk * 512, chunk * 512 + 576), [1, 576]);
        const sr = new Tensor('int64', BigInt64Array.of(16_000n), []);
        const { stateN } = await original.run({ input, state, sr });
        state = new Tensor('float32', floats(stateN), [2, 1, 128]);
        states.push(...floats(stateN).subarray(0, 128));
      }
      expectNear(rows[place], meanAndDeviation(states, 31, 128));
    }
  });

  test('Silero: the other file of the repository, trained again, has the same shapes', async () => {
    const sources = { silero: { reader: 'silero', weights: file('silero_vad_16k_v6.safetensors') } };
    const tensors = ['magnitude', 'conv1', 'conv2', 'conv3', 'conv4', 'lstm'];
    const network = await openPooledNetwork(
      recipeOf(
        sources,
        tensors.map((tensor) => ({ source: 'silero', tensor, pooling: 'mean' })),
      ),
    );
    expect(network.widths).toEqual([129, 128, 64, 64, 128, 128]);
  });

  test('a tensor that the encoder has not', async () => {
    const speech = {
      reader: 'speech-embedding',
      melspectrogram: file('melspectrogram.onnx'),
      encoder: file('embedding_model.onnx'),
    };
    await expect(
      openPooledNetwork(recipeOf({ speech }, [{ source: 'speech', tensor: 'pool9' }])),
    ).rejects.toThrow(/embedding_model.onnx: it has no tensor 'pool9'. It computes: .*max_pooling2d_4/);
  });
});

withShared('YAMNet', 'data/models/yamnet_scores_embedding1024.tflite', () => {
  const path = sharedPath('data/models/yamnet_scores_embedding1024.tflite');

  test('its last layer, averaged, is its embedding but for the rounding of its int8 file', async () => {
    const sources = { yamnet: { reader: 'tflite', file: path, input: 'yamnet_frames/reshape/Reshape' } };
    const tensor = 'yamnet_frames/layer14/pointwise_conv/relu/Relu';
    const network = await openPooledNetwork(
      recipeOf(sources, [{ source: 'yamnet', tensor, pooling: 'mean' }]),
    );
    const [found] = await run(network.pooled(), windows);
    const { model, close } = await openModelFile(path, { engine: 'litert' });
    const expected = await model.run(windows[0], 1);
    close();
    const product = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i], 0);
    const cosine = product(found, expected) / Math.sqrt(product(found, found) * product(expected, expected));
    expect(cosine).toBeGreaterThan(0.98);
  });
});

const floats = ({ data }: Tensor | { readonly data: unknown }): Float32Array =>
  data instanceof Float32Array ? data : new Float32Array();

/** What a result holds for one of the windows. */
function rowOf(
  result: { readonly data: unknown; readonly dims: readonly number[] },
  place: number,
): Float32Array {
  const all = floats(result);
  const size = all.length / result.dims[0];
  return all.subarray(place * size, (place + 1) * size);
}

/** An .onnx file with more outputs: protobuf joins what is said twice about one message. */
function withOutputs(bytes: Uint8Array, names: readonly string[]): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(7, 2).fork();
  for (const name of names) {
    writer.tag(12, 2).fork();
    writer.tag(1, 2).string(name);
    writer.join();
  }
  writer.join();
  return Buffer.concat([bytes, writer.finish()]);
}
