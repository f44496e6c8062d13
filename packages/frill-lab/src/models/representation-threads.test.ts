import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelError } from 'frill-audio';
import { expect, test } from 'vitest';
import { encodeModel } from '../onnx/onnx-model.js';
import { random } from '../tensor/random.js';
import { openRepresentation } from './open-representation.js';
import { embedAll } from './representation.js';
import { openRepresentationOnThreads } from './representation-threads.js';

/** Threads run the build. */
const worker = new URL('../../dist/models/representation-worker.js', import.meta.url);

const noise = (seconds: number) => {
  const stream = random(`threads/${seconds}`);
  return Float32Array.from({ length: seconds * 16_000 }, () => stream.normal(0, 0.1));
};

test('threads embed what one thread embeds, in the order of the calls', async () => {
  const clips = [1, 3, 2, 1.5, 4].map(noise);
  const single = await openRepresentation('log-mel-statistics');
  const threaded = await openRepresentationOnThreads('log-mel-statistics', { threads: 2, worker });
  expect(threaded).toMatchObject({ concurrency: 2, identity: single.identity, dimension: single.dimension });
  const found = await Promise.all(clips.map((clip) => threaded.embed(clip)));
  for (const [index, clip] of clips.entries()) expect(found[index]).toEqual(await single.embed(clip));
  threaded.close();
});

test('clips given together are dealt out to all threads, and a model runs in the same engine on each', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'frill-threads-'));
  const path = join(folder, 'absolute.onnx');
  const shape = ['batch', 96, 64, 1];
  await writeFile(
    path,
    encodeModel({
      inputs: [{ name: 'log_mel', shape }],
      outputs: [{ name: 'embedding', shape }],
      constants: [],
      nodes: [{ op: 'Abs', domain: '', inputs: ['log_mel'], outputs: ['embedding'], attributes: {} }],
    }),
  );
  const clips = [1, 6, 0.2, 1.5, 2, 1].map(noise);
  const single = await openRepresentation(path);
  const threaded = await openRepresentationOnThreads(path, { threads: 2, worker });
  expect(threaded.engine).toBe('onnxruntime');
  expect(await embedAll(threaded, clips)).toEqual(await embedAll(single, clips));
  expect(await embedAll(threaded, [])).toEqual([]);
  single.close();
  threaded.close();
  await rm(folder, { recursive: true });
});

test('a bad model is refused before any thread starts', async () => {
  await expect(openRepresentationOnThreads('absent.tflite', { threads: 2, worker })).rejects.toThrow(
    ModelError,
  );
});

test('from sources, the calling thread embeds', async () => {
  const only = await openRepresentationOnThreads('log-mel-statistics', { threads: 2 });
  expect(only.concurrency).toBe(1);
  expect((await only.embed(noise(1))).count).toBe(1);
});
