import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelError } from 'frill-audio';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Clip } from '../corpus/corpus.js';
import { encodeWav } from '../corpus/wav-file.js';
import { embedClips } from './clip-embeddings.js';

describe('embedding clips', () => {
  let folder: string;
  let clips: Clip[];
  let calls = 0;
  const loudness = {
    name: 'loudness',
    identity: 'loudness',
    dimension: 2,
    embed: async (samples: Float32Array) => {
      calls++;
      const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
      return { count: 2, data: Float32Array.of(peak, 1, peak + 2, 1) };
    },
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'frill-embeddings-'));
    clips = [];
    for (const level of [0.1, 0.5]) {
      const path = join(folder, `${level}.wav`);
      await writeFile(path, encodeWav(new Float32Array(1600).fill(level), 16_000));
      clips.push({ id: String(level), path, labels: {} });
    }
  });

  test('averages over windows, once; the second time from disk', async () => {
    const cache = join(folder, 'cache');
    const first = await embedClips(clips, loudness, { cache });
    const second = await embedClips([...clips].reverse(), loudness, { cache });
    expect(calls).toBe(2);
    expect(second.embeddings.get('0.5')).toEqual(first.embeddings.get('0.5'));
    const { mean, deviation } = first.embeddings.get('0.5')!;
    expect(mean[0]).toBeCloseTo(1.5, 3);
    expect([...deviation]).toEqual([1, 0]);
    await embedClips(clips, { ...loudness, identity: 'another model' }, { cache });
    expect(calls).toBe(4);
  });

  test('several clips at once give the same, and are kept', async () => {
    const cache = join(folder, 'side by side');
    const expected = await embedClips(clips, loudness);
    const found = await embedClips(clips, { ...loudness, concurrency: 2 }, { cache });
    expect([...found.embeddings]).toEqual([...expected.embeddings]);
    const before = calls;
    expect((await embedClips(clips, loudness, { cache })).embeddings).toEqual(expected.embeddings);
    expect(calls).toBe(before);
  });

  test('a representation that takes several clips at once gets them together', async () => {
    const groups: number[] = [];
    const embedAll = async (group: readonly Float32Array[]) => {
      groups.push(group.length);
      return Promise.all(group.map((samples) => loudness.embed(samples)));
    };
    const expected = await embedClips(clips, loudness);
    const found = await embedClips(clips, { ...loudness, embedAll });
    expect(groups).toEqual([clips.length]);
    expect(found.embeddings).toEqual(expected.embeddings);
  });

  test('decoded clips are kept to the bit, and a damaged store is as good as none', async () => {
    const audioCache = join(folder, 'audio');
    const plain = await embedClips(clips, loudness);
    for (let round = 0; round < 2; round++)
      expect((await embedClips(clips, loudness, { audioCache })).embeddings).toEqual(plain.embeddings);
    for (const file of await readdir(audioCache)) if (file.endsWith('.bin')) await rm(join(audioCache, file));
    expect((await embedClips(clips, loudness, { audioCache })).embeddings).toEqual(plain.embeddings);
  });

  test('recordings of one size that differ around a silent middle are told apart', async () => {
    const twins: Clip[] = [];
    for (const level of [0.2, 0.4]) {
      const samples = new Float32Array(48_000).fill(level, 0, 8000);
      const path = join(folder, `silent-middle-${level}.wav`);
      await writeFile(path, encodeWav(samples, 16_000));
      twins.push({ id: String(level), path, labels: {} });
    }
    const { embeddings } = await embedClips(twins, loudness, { cache: join(folder, 'twins') });
    const [quiet, loud] = twins.map(({ id }) => embeddings.get(id)!);
    expect(quiet.audio).not.toBe(loud.audio);
    expect(loud.mean[0] - quiet.mean[0]).toBeCloseTo(0.2, 3);
  });

  test('an unreadable clip is reported, the others are embedded', async () => {
    const path = join(folder, 'broken.wav');
    await writeFile(path, 'RIFF');
    const { embeddings, unreadable } = await embedClips([{ id: 'x', path, labels: {} }, ...clips], loudness);
    expect(embeddings.size).toBe(2);
    expect(unreadable[0].reason).toContain('broken.wav');
  });

  test('NaN refuses the model, with the number of clips', async () => {
    const broken = { ...loudness, embed: async () => ({ count: 1, data: Float32Array.of(Number.NaN, 0) }) };
    await expect(embedClips(clips, broken)).rejects.toThrow(ModelError);
    await expect(embedClips(clips, broken)).rejects.toThrow('2 of 2 clips');
  });
});
