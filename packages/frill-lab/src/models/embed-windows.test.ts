/** A model of any window length embeds for the benchmark as it embeds on the device. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FRILL_FRONTEND, ModelError } from 'frill-audio';
import { METADATA_ENTRY } from 'frill-audio/internals';
import { expect, test } from 'vitest';
import { encodeModel } from '../onnx/onnx-model.js';
import { random } from '../tensor/random.js';
import { openEmbedder } from './open-embedder.js';
import { openRepresentation } from './open-representation.js';
import { embedAll } from './representation.js';

/** An ONNX model of a waveform window: `size` samples to 3 weighted sums of them. */
async function writeWaveformModel(size: number, batch: number, metadata = {}): Promise<string> {
  const stream = random('weights');
  const path = join(await mkdtemp(join(tmpdir(), 'frill-waveform-')), 'sums.onnx');
  const bytes = encodeModel({
    inputs: [{ name: 'audio', shape: [batch, size] }],
    outputs: [{ name: 'embedding', shape: [batch, 3] }],
    constants: [
      {
        name: 'weights',
        shape: [size, 3],
        data: Float32Array.from({ length: 3 * size }, () => stream.normal(0, 0.1)),
      },
    ],
    nodes: [
      { op: 'MatMul', domain: '', inputs: ['audio', 'weights'], outputs: ['embedding'], attributes: {} },
    ],
    metadata,
  });
  await writeFile(path, bytes);
  return path;
}

test.each([
  [8_000, undefined, [3, 3, 7, 15]],
  [15_600, undefined, [1, 1, 4, 12]],
  [16_000, 51, [1, 1, 2, 4]],
  [32_000, undefined, [1, 1, 1, 6]],
])('windows of %i samples are those of frill embed', async (size, hopFrames, counts) => {
  const stream = random('speech');
  const clips = [5_000, 16_000, 24_500, 47_000].map((length) =>
    Float32Array.from({ length }, () => stream.normal(0, 0.1)),
  );
  for (const batch of [1, 4]) {
    const path = await writeWaveformModel(size, batch);
    const representation = await openRepresentation(path, { hopFrames });
    const embedder = await openEmbedder(path, { hopFrames });
    const embedded = await embedAll(representation, clips);
    expect(embedded.map(({ count }) => count)).toEqual(counts);
    for (const [index, clip] of clips.entries()) {
      const { windows } = await embedder.embed(clip, { sampleRate: 16_000 });
      expect(embedded[index].data).toEqual(windows);
    }
    representation.close();
    embedder.close();
  }
});

test('a front end of another rate is refused', async () => {
  const frontend = { ...FRILL_FRONTEND, sampleRate: 22_050 };
  const metadata = {
    format: 1,
    name: 'fast',
    input: 'waveform',
    frontend,
    embeddingSize: 3,
    provenance: {},
  };
  const path = await writeWaveformModel(16_000, 1, { [METADATA_ENTRY]: JSON.stringify(metadata) });
  const opening = openRepresentation(path);
  await expect(opening).rejects.toThrow(ModelError);
  await expect(opening).rejects.toThrow(`${path}: its front end takes 22050 Hz`);
});
