import { expect, test } from 'vitest';
import { embeddingsOf, makeTask } from '../../../../testing/made-up-task.js';
import type { Task } from '../corpus/tasks.js';
import type { ClipEmbedding, EmbeddedClips } from '../embeddings/clip-embeddings.js';
import { random } from '../tensor/random.js';
import { backgroundFor, measureHeads } from './heads.js';

/** Sounds of all sorts, near no class. */
const sorts = Array.from({ length: 60 }, (_, i) => {
  const stream = random(`sorts/${i}`);
  return Float32Array.from({ length: 12 }, () => stream.normal(0, 3));
});

test('classes that lie apart are told from unknown ones, and classes that do not are not', () => {
  const task = makeTask();
  const { rejection, verification } = measureHeads(task, embeddingsOf(task, 8), sorts, '0');
  for (const way of ['alone', 'withBackground'] as const) {
    expect(rejection?.[way]?.auroc).toBeGreaterThan(0.9);
    expect(rejection?.[way]?.accuracyLeft).toBeLessThanOrEqual(rejection?.[way]?.accuracyBefore ?? 0);
    expect(rejection?.[way]?.accuracyLeft).toBeGreaterThan(0.7);
    expect(rejection?.[way]?.unknownRejected).toBeGreaterThan(0.5);
  }
  expect(verification).toBeUndefined();
  const { rejection: none } = measureHeads(task, embeddingsOf(task, 0), [], '0');
  expect(none?.alone.auroc).toBeGreaterThan(0.35);
  expect(none?.alone.auroc).toBeLessThan(0.65);
  expect(none?.withBackground).toBeUndefined();
});

test('speakers who lie apart are verified, and speakers who do not are as often confused as not', () => {
  const task = speakerTask();
  const rate = (distance: number) => measureHeads(task, voices(task, distance), sorts, '0').verification;
  const apart = rate(8);
  expect(apart?.alone).toBeLessThan(0.1);
  expect(apart?.withBackground).toBeLessThan(0.1);
  expect(rate(0)?.alone).toBeGreaterThan(0.35);
  expect(rate(0)?.alone).toBeLessThan(0.65);
});

test('a background is of other corpora, and of clips that train', () => {
  const task = makeTask();
  const other: Task = {
    ...task,
    name: 'other',
    declaration: { ...task.declaration, corpus: 'd' },
    clips: task.clips.map((clip) => ({ ...clip, id: `d/${clip.id}` })),
  };
  const [own, others] = [embeddingsOf(task, 1), embeddingsOf(other, 1)];
  const embedded = { embeddings: new Map([...own.embeddings, ...others.embeddings]), unreadable: [] };
  const background = backgroundFor(task, [task, other], embedded, '0');
  const [{ train }] = other.splitting.folds;
  const allowed = new Set(train.map((index) => others.embeddings.get(other.clips[index].id)?.mean));
  expect(background).toHaveLength(train.length);
  expect(background.every((embedding) => allowed.has(embedding))).toBe(true);
});

/** Who speaks, with the first half of the clips of each speaker to learn from. */
function speakerTask(): Task {
  const task = makeTask();
  const every = task.clips.map((_, index) => index);
  const [train, tested] = [every.filter((index) => index % 8 < 4), every.filter((index) => index % 8 >= 4)];
  return {
    ...task,
    declaration: { ...task.declaration, label: 'speaker', sharedSpeakers: true },
    splitting: {
      folds: [{ name: 'takes', train, validation: [], test: tested }],
      classes: ['s0', 's1', 's2', 's3', 's4', 's5'],
      warnings: [],
    },
  };
}

/** Speakers' means `distance` apart, unit noise in all values. */
function voices(task: Task, distance: number): EmbeddedClips {
  const embeddings = new Map(
    task.clips.map(({ id, labels }): [string, ClipEmbedding] => {
      const stream = random(`voice/${id}`);
      const mean = Float32Array.from({ length: 12 }, () => stream.normal());
      mean[Number(labels.speaker.slice(1))] += distance;
      return [id, { mean, deviation: new Float32Array(12), audio: id, seconds: 1 }];
    }),
  );
  return { embeddings, unreadable: [] };
}
