import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadFrontend, ModelError } from 'frill-audio';
import { readMono16k } from 'frill-audio/node';
import { expect, test } from 'vitest';
import { goldenJson, goldenPath } from '../../../../testing/golden.js';
import { sharedPath, withShared } from '../../../../testing/shared.js';
import { encodeModel } from '../onnx/onnx-model.js';
import { readNpy } from '../tensor/npy.js';
import { random } from '../tensor/random.js';
import { cepstra } from './mfcc-statistics.js';
import { openRepresentation } from './open-representation.js';
import { embedAll } from './representation.js';

/** An ONNX model that averages each band over the window's frames: [batch, 96, 64, 1] to [batch, 64]. */
async function writeAveragingModel(batch: number): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'frill-model-')), 'average.onnx');
  const bytes = encodeModel({
    inputs: [{ name: 'log_mel', shape: [batch, 96, 64, 1] }],
    outputs: [{ name: 'embedding', shape: [batch, 64] }],
    constants: [{ name: 'axes', shape: [2], data: BigInt64Array.of(1n, 3n) }],
    nodes: [
      {
        op: 'ReduceMean',
        domain: '',
        inputs: ['log_mel', 'axes'],
        outputs: ['embedding'],
        attributes: { keepdims: 0 },
      },
    ],
  });
  await writeFile(path, bytes);
  return path;
}

test('an ONNX model sees the windows of the grid, whatever its batch', async () => {
  const stream = random('speech');
  const samples = Float32Array.from({ length: 48_000 }, () => stream.normal(0, 0.1));
  const { count, data } = (await loadFrontend()).windows(samples);
  expect(count).toBe(12);
  for (const batch of [1, 5]) {
    const model = await openRepresentation(await writeAveragingModel(batch));
    expect([model.name, model.dimension]).toEqual(['average', 64]);
    const embedded = await model.embed(samples);
    expect(embedded.count).toBe(count);
    for (const [window, band] of [
      [0, 0],
      [7, 33],
      [11, 63],
    ]) {
      let mean = 0;
      for (let frame = 0; frame < 96; frame++) mean += data[(window * 96 + frame) * 64 + band] / 96;
      expect(embedded.data[window * 64 + band]).toBeCloseTo(mean, 5);
    }
    model.close();
  }
});

test('clips embedded together get what each gets alone, whatever the batch', async () => {
  const stream = random('clips');
  const clips = [8_000, 48_000, 16_000, 21_000].map((length) =>
    Float32Array.from({ length }, () => stream.normal(0, 0.1)),
  );
  for (const name of [await writeAveragingModel(1), await writeAveragingModel(5), 'log-mel-statistics']) {
    const model = await openRepresentation(name);
    const together = await embedAll(model, clips);
    for (const [index, clip] of clips.entries()) expect(together[index]).toEqual(await model.embed(clip));
    expect(await embedAll(model, [])).toEqual([]);
    model.close();
  }
});

test('a larger hop keeps every n-th window', async () => {
  const path = await writeAveragingModel(1);
  const samples = Float32Array.from({ length: 40_000 }, (_, i) => Math.sin(i * i * 1e-5));
  const all = await (await openRepresentation(path)).embed(samples);
  const some = await (await openRepresentation(path, { hopFrames: 51 })).embed(samples);
  expect(some.count).toBe(Math.ceil(all.count / 3));
  expect(some.data.subarray(64, 128)).toEqual(all.data.subarray(3 * 64, 4 * 64));
});

test.each([
  ['absent', undefined, 'no such model'],
  ['foreign', 'hello', 'not a readable ONNX model'],
])('an %s file is refused', async (_title, content, message) => {
  const path = join(await mkdtemp(join(tmpdir(), 'frill-model-')), 'm.onnx');
  if (content !== undefined) await writeFile(path, content);
  await expect(openRepresentation(path)).rejects.toThrow(ModelError);
  await expect(openRepresentation(path)).rejects.toThrow(message);
});

test('the first cepstral coefficient is the mean level, and a flat frame has no others', () => {
  const values = cepstra(new Float32Array(64).fill(2), 1, 64);
  expect(values[0]).toBeCloseTo(2 * Math.sqrt(64), 10);
  for (const value of values.subarray(1)) expect(value).toBeCloseTo(0, 10);
});

withShared('real recordings', 'data/gcompris_voices_subset', () => {
  test('log-mel statistics are those of the fixtures', async () => {
    const { clips } = goldenJson<{ clips: { path: string[] } }>('probes/gcompris_language/probe.json');
    const { data } = readNpy(goldenPath('probes/gcompris_language/features.npy'));
    const baseline = await openRepresentation('log-mel-statistics');
    for (const index of [0, 5]) {
      const embedded = await baseline.embed(await readMono16k(sharedPath(`data/${clips.path[index]}`)));
      expect(embedded.count).toBe(1);
      for (let i = 0; i < 128; i++) expect(embedded.data[i]).toBeCloseTo(data[index * 128 + i], 3);
    }
  });

  test('YAMNet gives its embedding, not its scores', async () => {
    const yamnet = await openRepresentation(sharedPath('data/models/yamnet_scores_embedding1024.tflite'));
    expect(yamnet.dimension).toBe(1024);
    const samples = await readMono16k(sharedPath('data/wav/yes_1000ms.wav'));
    const { count, data } = await yamnet.embed(samples);
    expect([count, data.length]).toEqual([1, 1024]);
    expect(data.every(Number.isFinite)).toBe(true);
    // Its input is fixed at one window; several clips are still served.
    expect(await embedAll(yamnet, [samples, samples])).toEqual([
      { count, data },
      { count, data },
    ]);
    yamnet.close();
  });
});
