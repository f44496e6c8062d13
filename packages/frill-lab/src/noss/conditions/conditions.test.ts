import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { levelOf } from '../../corpus/augment/level.js';
import type { Clip } from '../../corpus/corpus.js';
import { encodeWav } from '../../corpus/wav-file.js';
import { embedClips } from '../../embeddings/clip-embeddings.js';
import { random } from '../../tensor/random.js';
import { openConditions } from './index.js';

describe('conditions', () => {
  let folder: string;
  let sounds: string;
  const clip = Float32Array.from({ length: 16_000 }, (_, i) => 0.2 * Math.sin(i / 7));
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'frill-conditions-'));
    sounds = join(folder, 'metadata.csv');
    const stream = random('sounds');
    // A pause, and then a noise: what is put behind a clip is of the noise.
    const paused = Float32Array.from({ length: 64_000 }, (_, i) => (i < 32_000 ? 0 : stream.normal(0, 0.1)));
    await writeFile(join(folder, 'noise.wav'), encodeWav(paused, 16_000));
    await writeFile(join(folder, 'clip.wav'), encodeWav(clip, 16_000));
    await writeFile(sounds, 'path,use\nnoise.wav,noise\nclip.wav,speech\n');
  });

  test('are found by name, each once; clean is what is there anyway', async () => {
    const names = ['clean', 'noise-10', 'reverb', 'noise--5', 'telephone', 'quiet', 'clipped', 'opus-16k'];
    const found = await openConditions([...names, 'reverb'], { noise: [sounds] });
    expect(found.map(({ name }) => name)).toEqual(names.slice(1));
    expect(new Set(found.map(({ identity }) => identity)).size).toBe(found.length);
    await expect(openConditions(['nois-10'])).rejects.toThrow("'nois-10' is no condition");
    await expect(openConditions(['noise-10'])).rejects.toThrow('needs sounds');
    await expect(openConditions(['opus-1k'])).rejects.toThrow('beyond what the codec can do');
    await expect(openConditions(['noise-10'], { noise: [`${sounds}:use=music`] })).rejects.toThrow(
      'no sounds there',
    );
  });

  test('change every clip, leave its length and the original alone, and do the same again', async () => {
    const names = ['noise-10', 'reverb', 'telephone', 'quiet', 'clipped', 'opus-16k'];
    for (const { name, change } of await openConditions(names, { noise: [sounds] })) {
      const before = clip.slice();
      const heard = await change(before, random('seed'));
      expect(before, name).toEqual(clip);
      expect(heard.length, name).toBe(clip.length);
      expect(heard, name).not.toEqual(clip);
      expect(await change(before, random('seed')), name).toEqual(heard);
    }
  });

  test('noise is drawn where there is some, and never is the clip itself', async () => {
    const [noise] = await openConditions(['noise-10'], { noise: [`${sounds}:use=noise`] });
    const [mixed] = await openConditions(['noise-10'], { noise: [sounds] });
    for (const { change } of [noise, mixed])
      for (let draw = 0; draw < 20; draw++) {
        const heard = await change(clip, random(draw));
        const behind = heard.map((sample, i) => sample - clip[i]);
        expect(20 * Math.log10(levelOf(clip) / levelOf(behind))).toBeCloseTo(10, 3);
        // The clip 10 dB weaker behind itself would be in step with it.
        const inStep = behind.reduce((sum, sample, i) => sum + sample * clip[i], 0) / clip.length;
        expect(Math.abs(inStep) / (levelOf(behind) * levelOf(clip))).toBeLessThan(0.1);
      }
  });

  test('are heard in place of the clip and kept apart from it, in sixteen bits and below full scale', async () => {
    const clips: Clip[] = [{ id: 'c', path: join(folder, 'clip.wav'), labels: {} }];
    const heard: Float32Array[] = [];
    const ear = {
      name: 'ear',
      identity: 'ear',
      dimension: 1,
      async embed(samples: Float32Array) {
        heard.push(samples);
        return { count: 1, data: Float32Array.of(levelOf(samples)) };
      },
    };
    const cached = { cache: join(folder, 'cache'), audioCache: join(folder, 'audio') };
    const louder = {
      name: 'louder',
      identity: 'l',
      change: (samples: Float32Array) => samples.map((x) => 10 * x),
    };
    const level = async (change?: typeof louder) =>
      (await embedClips(clips, ear, { ...cached, change })).embeddings.get('c')!.mean[0];
    const plain = await level();
    expect(await level(louder)).toBeCloseTo(plain / 0.2, 2);
    expect(Math.max(...heard[1])).toBeCloseTo(1, 4);
    expect(heard[1].every((sample) => Number.isInteger(Math.fround(sample * 32_767)))).toBe(true);
    expect(await level()).toBe(plain);
    expect(await level(louder)).toBeCloseTo(plain / 0.2, 2);
    expect(heard).toHaveLength(2);
  });
});
