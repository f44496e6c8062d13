import { expect, it } from 'vitest';
import { sharedPath, withShared } from '../../../../testing/shared.js';
import { readAudioFile } from '../audio/file.js';
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
