import { expect, it } from 'vitest';
import { tinyModel } from '../../../../testing/package/tiny-model.js';
import { sharedPath, withShared } from '../../../../testing/shared.js';
import { wavFile } from '../../../../testing/wav.js';
import { decodeWav } from '../audio/decode-wav.js';
import { readAudioFile } from '../audio/file.js';
import { AudioError } from '../errors.js';
import { liteRt } from '../litert.js';
import { loadEmbedder } from './embedder.js';
import { loadModel } from './model.js';

const YAMNET = 'data/models/yamnet_scores_embedding1024.tflite';

withShared('a foreign model', YAMNET, () => {
  it('embeds windows of samples on the grid of FRILL, by its widest output', async () => {
    const embedder = await loadEmbedder(sharedPath(YAMNET), { runtime: liteRt() });
    expect(embedder.embeddingSize).toBe(1024);
    expect(embedder.metadata).toBeUndefined();
    expect(embedder.engine).toBe('litert');
    const { sampleRate, channels } = await readAudioFile(sharedPath('data/wav/yes_1000ms.wav'));
    const { windows, times } = await embedder.embed(channels, { sampleRate });
    expect(times).toEqual([0.4875]);

    const model = await loadModel(sharedPath(YAMNET), { runtime: liteRt() });
    const [{ inputs, outputs }] = Object.values(model.signatures);
    const direct = await model.run({ [inputs[0].name]: channels[0].subarray(0, 15_600) });
    expect(windows).toEqual(direct[outputs[1].name]);
    model.close();
    embedder.close();
  });

  it('gives another output by name', async () => {
    const embedder = await loadEmbedder(sharedPath(YAMNET), { output: 'Identity', runtime: liteRt() });
    expect(embedder.embeddingSize).toBe(521);
    embedder.close();
  });
});

it('embeds a WAV file as what it decodes to, and refuses a rate that is not its own', async () => {
  const channel = Float32Array.from({ length: 44_100 }, (_, n) => 0.3 * Math.sin(n / 20));
  const file = wavFile({ encoding: 's16', sampleRate: 44_100, channels: [channel, channel] });
  const embedder = await loadEmbedder(await tinyModel());
  const expected = await embedder.embed(await decodeWav(file));
  for (const held of [file, file.buffer, new Blob([file])])
    expect(await embedder.embed(held)).toEqual(expected);
  await expect(embedder.embed(file, { sampleRate: 16_000 })).rejects.toThrow(/the sound has 44100 Hz/);
  embedder.close();
});

it.each<[string, readonly unknown[], RegExp]>([
  ['no rate', [[new Float32Array(16_000)]], /the sample rate is missing/],
  ['a rate of 0', [[new Float32Array(16_000)], { sampleRate: 0 }], /0 Hz is impossible/],
  ['no stream', [undefined, { sampleRate: 16_000 }], /this is no stream of samples/],
  ['one block alone', [new Float32Array(16_000), { sampleRate: 16_000 }], /this is no stream of samples/],
])('embedStream refuses %s by name', async (_, given, message) => {
  const embedder = await loadEmbedder(await tinyModel());
  const stream: unknown = Reflect.apply(embedder.embedStream, embedder, given);
  const first = Reflect.apply(Reflect.get(Object(stream), 'next'), stream, []);
  await expect(first).rejects.toThrow(AudioError);
  await expect(first).rejects.toThrow(message);
  embedder.close();
});
