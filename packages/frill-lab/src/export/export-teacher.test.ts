import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadModel, ModelError } from 'frill-audio';
import { readModelMetadata } from 'frill-audio/internals';
import { expect, test } from 'vitest';
import { nativeTfliteAvailable, openNativeTflite } from '../../../../testing/native-tflite.js';
import { relativeDistance } from '../../../../testing/network-fixture.js';
import { normalTensor } from '../../../../testing/operations.js';
import { compileReference } from '../engine/reference/reference.js';
import { trillRepresentation } from '../models/from-graph.js';
import { initialise } from '../models/initialise.js';
import { openRepresentation } from '../models/open-representation.js';
import { buildTrill, type TrillOutput, trillConfigSchema } from '../models/trill.js';
import { random } from '../tensor/random.js';
import type { Weights } from '../tensor/tensor.js';
import { exportTeacher } from './export-teacher.js';

const config = trillConfigSchema.parse({ stem: 8, widths: [4, 8], depths: [1, 2], embedding: 16 });

/** Random weights with statistics as if trained. */
function trainedLike(): Weights {
  const weights = initialise(buildTrill(config, { batch: 1, mode: 'inference' }).graph, 'trill');
  const stream = random('statistics');
  for (const [name, { data }] of weights)
    for (const i of data.keys())
      if (/mean$/.test(name)) data[i] = name.startsWith('standardise') ? -1.9 : stream.normal(0, 0.1);
      else if (/(variance|deviation)$/.test(name)) data[i] = stream.uniform(0.8, 2);
      else if (/(beta|bias)$/.test(name)) data[i] = stream.normal(0, 0.1);
  return weights;
}

const weights = trainedLike();
const exported = (output?: TrillOutput) =>
  exportTeacher({
    config,
    weights,
    form: 'float32',
    name: 'trill',
    provenance: { features: 'made up' },
    ...(output ? { output } : {}),
  });

const windows = normalTensor([8, 96, 64, 1], 'windows').data.map((value) => 2 * value - 2);

async function defined(output: TrillOutput, count: number) {
  const trill = buildTrill(config, { batch: count, mode: 'inference' });
  const program = compileReference(trill.graph, [trill[output]], weights);
  const [{ data }] = await program.run(new Map([[trill.input, windows.subarray(0, count * 96 * 64)]]));
  return data;
}

test.each(['layer19', 'embedding'] as const)('%s agrees with the definition in LiteRT.js', async (output) => {
  const model = await loadModel(await exported(output));
  expect(Object.keys(model.signatures)).toEqual(['b1', 'b8']);
  for (const [signature, count] of [
    ['b1', 1],
    ['b8', 8],
  ] as const) {
    const log_mel = Float32Array.from(windows.subarray(0, count * 96 * 64));
    const { embedding } = await model.run({ log_mel }, signature);
    expect(relativeDistance(embedding, await defined(output, count))).toBeLessThan(1e-5);
  }
  model.close();
});

test.skipIf(!(await nativeTfliteAvailable()))('agrees in native TensorFlow Lite too', async () => {
  const model = (await openNativeTflite()).load(await exported());
  const [layer19] = model.run([Float32Array.from(windows.subarray(0, 96 * 64))]);
  model.close();
  expect(relativeDistance(layer19, await defined('layer19', 1))).toBeLessThan(1e-5);
});

test('it says what it is, and teaches as its folder does', async () => {
  const file = await exported();
  expect(readModelMetadata(file)).toMatchObject({
    name: 'trill',
    input: 'log-mel',
    embeddingSize: 12 * 8 * 32,
    provenance: { features: 'made up', trill: config, output: 'layer19', form: 'float32' },
  });
  const path = join(await mkdtemp(join(tmpdir(), 'frill-trill-')), 'trill.tflite');
  await writeFile(path, file);
  const samples = Float32Array.from({ length: 30_000 }, (_, i) => 0.3 * Math.sin(i * i * 1e-5));
  const [fromFile, fromFolder] = [
    await openRepresentation(path),
    await trillRepresentation(config, weights, { output: 'layer19' }),
  ];
  const [a, b] = [await fromFile.embed(samples), await fromFolder.embed(samples)];
  expect(a.count).toBe(b.count);
  expect(relativeDistance(a.data, b.data)).toBeLessThan(1e-5);
  fromFile.close();
  fromFolder.close();
});

test('weights of another teacher are refused', async () => {
  const other = trillConfigSchema.parse({ ...config, stem: 16 });
  const failing = exportTeacher({ config: other, weights, form: 'float32', name: 'trill', provenance: {} });
  await expect(failing).rejects.toThrow(ModelError);
});
