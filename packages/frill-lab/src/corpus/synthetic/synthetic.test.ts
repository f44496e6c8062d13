import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readMono16k } from 'frill-audio/node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadTasks } from '../tasks.js';
import { encodeWav } from '../wav-file.js';
import { openVoice, type Utterance } from './espeak.js';
import { makeSyntheticCorpus } from './make.js';
import { planCorpus, SETS } from './plan.js';
import { renderClip } from './render.js';

let base: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'frill-synthetic-'));
});
afterAll(() => rm(base, { recursive: true, force: true }));

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex').slice(0, 12);

const utterances: Utterance[] = [
  { text: 'The train leaves at seven', language: 'en-us', variant: 'm3', pitch: 40, range: 50, rate: 170 },
  { text: 'Поезд уходит в семь часов', language: 'ru', variant: 'f2', pitch: 70, range: 80, rate: 150 },
  { text: 'stop', language: 'en-us', variant: 'Alicia', pitch: 50, range: 20, rate: 200 },
];

test('an utterance sounds the same whatever was said before, and on a fresh voice', async () => {
  const say = await openVoice();
  const sound = (utterance: Utterance) => hash(new Uint8Array(say(utterance).buffer));
  const forwards = utterances.map(sound);
  const backwards = [...utterances].reverse().map(sound).reverse();
  expect(backwards).toEqual(forwards);
  expect(new Set(forwards).size).toBe(3);
  const fresh = await openVoice();
  expect(hash(new Uint8Array(fresh(utterances[2]).buffer))).toBe(forwards[2]);
});

test('every set is balanced, and a speaker or a sentence that is trained on is not tested on', () => {
  for (const size of [200, 2_000]) {
    const plans = planCorpus(size, '0');
    expect(Math.abs(plans.length - size) / size).toBeLessThan(0.25);
    for (const set of SETS) expect(plans.filter((plan) => plan.set === set).length).toBeGreaterThan(0);
    const speakerClips = plans.filter(({ set }) => set === 'speaker');
    const textsOn = (side: string) =>
      new Set(
        speakerClips.flatMap(({ labels, source }) =>
          labels.split === side && source.kind === 'speech' ? [source.text] : [],
        ),
      );
    const trained = textsOn('train');
    expect([...textsOn('test')].filter((text) => trained.has(text))).toEqual([]);
  }
  expect(() => planCorpus(50, '0')).toThrow('too small');
});

test('clips are one to two seconds, in range, not silent, and reproducible one by one', async () => {
  const voice = await openVoice();
  const plans = planCorpus(200, 'some').filter((_plan, index) => index % 17 === 0);
  const sounds = plans.map((plan) => renderClip(plan, voice));
  for (const samples of sounds) {
    expect(samples.length).toBeGreaterThanOrEqual(16_000);
    expect(samples.length).toBeLessThanOrEqual(32_000);
    const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    expect(peak).toBeGreaterThan(0.01);
    expect(peak).toBeLessThan(1.5);
  }
  const again = [...plans]
    .reverse()
    .map((plan) => renderClip(plan, voice))
    .reverse();
  expect(again.map((samples) => hash(encodeWav(samples)))).toEqual(
    sounds.map((samples) => hash(encodeWav(samples))),
  );
  const other = planCorpus(200, 'other').filter((_plan, index) => index % 17 === 0);
  expect(hash(encodeWav(renderClip(other[0], voice)))).not.toBe(hash(encodeWav(sounds[0])));
});

test('what needs no speech is made without eSpeak, goes on after a stop, and is found when complete', async () => {
  const folder = join(base, 'sounds');
  const stopping = new AbortController();
  const options = { folder, size: 200, sets: ['human-sound'] as const, workers: 1 };
  const stopped = makeSyntheticCorpus({
    ...options,
    signal: stopping.signal,
    progress: {
      start: () => ({ advance: (done) => done === 5 && stopping.abort(), finish: () => {} }),
      say: () => {},
    },
  });
  await expect(stopped).rejects.toThrow('aborted');
  const files = (await readdir(join(folder, 'audio/human-sound'))).sort();
  expect(files).toEqual(['00000.wav', '00001.wav', '00002.wav', '00003.wav', '00004.wav']);

  const made = await makeSyntheticCorpus(options);
  expect(made.found).toBe(false);
  expect((await makeSyntheticCorpus(options)).found).toBe(true);
  await expect(makeSyntheticCorpus({ ...options, seed: 'else' })).rejects.toThrow('holds another corpus');

  const { tasks, warnings } = await loadTasks(made.tasksFile, { strict: true });
  expect(warnings).toEqual([]);
  expect(tasks.map(({ name, splitting }) => [name, splitting.classes.length])).toEqual([['human-sound', 8]]);
  const samples = await readMono16k(join(folder, 'audio/human-sound/00003.wav'));
  expect(samples.length).toBeGreaterThanOrEqual(16_000);

  const twin = join(base, 'twin');
  await makeSyntheticCorpus({ ...options, folder: twin });
  for (const file of ['metadata.csv', 'tasks.json', 'audio/human-sound/00007.wav'])
    expect(hash(await readFile(join(twin, file)))).toBe(hash(await readFile(join(folder, file))));
});
