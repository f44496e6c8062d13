import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelError } from 'frill';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Clip } from '../corpus/corpus.js';
import { splitClips } from '../corpus/splits.js';
import type { Task } from '../corpus/tasks.js';
import { type SplitRule, tasksFileSchema } from '../corpus/tasks-file.js';
import { encodeWav } from '../corpus/wav-file.js';
import { random } from '../tensor/random.js';
import { percentileInterval, resamples } from './bootstrap.js';
import { type ClipEmbedding, type EmbeddedClips, embedClips } from './clip-embeddings.js';
import { compare } from './compare.js';
import { writeEmbeddings } from './embedding-file.js';
import { type Evaluation, evaluateRepresentation, readEvaluation, writeEvaluation } from './evaluation.js';
import { innerSplit } from './inner-split.js';
import { toHtml } from './page.js';
import { openPrecomputed } from './precomputed.js';
import { evaluateTask } from './protocol.js';
import { splitsToCsv, toCsv, toMarkdown } from './table.js';

const CLASSES = ['calm', 'happy', 'sad'];
const SIDES = ['train', 'train', 'train', 'validation', 'test', 'test'];

/** 6 speakers x 3 classes x 8 clips, speakers kept apart. */
function makeTask(
  split: SplitRule = {
    by: 'column',
    column: 'side',
    values: { train: ['train'], validation: ['validation'], test: ['test'] },
  },
): Task {
  const clips: Clip[] = SIDES.flatMap((side, speaker) =>
    CLASSES.flatMap((label) =>
      Array.from({ length: 8 }, (_, take) => ({
        id: `${speaker}-${label}-${take}`,
        path: `/${speaker}-${label}-${take}.wav`,
        labels: { label, side, speaker: `s${speaker}`, fold: String(speaker % 3) },
      })),
    ),
  );
  const [declaration] = tasksFileSchema.parse({
    corpora: { c: { manifest: 'm.csv' } },
    tasks: [{ name: 'mood', corpus: 'c', label: 'label', speaker: 'speaker', split }],
  }).tasks;
  return {
    name: 'mood',
    title: 'Mood',
    declaration,
    clips,
    splitting: splitClips(clips, split, { label: 'label', speaker: 'speaker' }),
  };
}

/** Class means `distance` apart in the first dimensions, unit noise in all. */
function embeddingsOf(task: Task, distance: number, seed = 'e'): EmbeddedClips {
  const embeddings = new Map<string, ClipEmbedding>();
  for (const clip of task.clips) {
    const stream = random(`${seed}/${clip.id}`);
    const mean = Float32Array.from({ length: 12 }, () => stream.normal());
    mean[CLASSES.indexOf(clip.labels.label)] += distance;
    embeddings.set(clip.id, { mean, deviation: new Float32Array(12), audio: clip.id, seconds: 1 });
  }
  return { embeddings, unreadable: [] };
}

describe('the protocol', () => {
  test('finds what is there, and nothing where there is nothing', async () => {
    const task = makeTask();
    const good = await evaluateTask(task, embeddingsOf(task, 6));
    expect(good.score).toBeGreaterThan(0.95);
    expect(good.candidates).toHaveLength(20);
    expect(good.predictions).toHaveLength(48);
    expect(good.chosenBy).toBe('validation');
    expect(good.resampled).toBe('speakers');
    expect(good.byMetric.accuracy).toBe(good.score);
    const regressions = good.candidates.filter(({ fits }) => fits.length > 0);
    expect(regressions).toHaveLength(8);
    for (const { fits } of regressions) expect(fits.map(({ stopped }) => stopped)).toEqual(['done']);
    expect(good.byMetric.EER).toBeLessThan(0.1);
    const noise = await evaluateTask(task, embeddingsOf(task, 0), { effort: 'quick' });
    expect(noise.score).toBeLessThan(0.6);
    expect(noise.interval[0]).toBeLessThanOrEqual(noise.score);
    expect(noise.interval[1]).toBeGreaterThanOrEqual(noise.score);
    expect(noise.bestOnTest).toBeGreaterThanOrEqual(noise.score);
    expect(noise.candidates).toHaveLength(4);
  });

  test('cross-validation scores every clip once, choosing inside each fold', async () => {
    const task = makeTask({ by: 'folds', column: 'fold' });
    const result = await evaluateTask(task, embeddingsOf(task, 4), { effort: 'quick', fewShot: [1, 5, 500] });
    expect(new Set(result.predictions.map(({ clip }) => clip)).size).toBe(task.clips.length);
    expect(result.chosenBy).toBe('validation');
    expect(result.fewShot.map(({ examples }) => examples)).toEqual([1, 5]);
    expect(result.fewShot[1].mean).toBeGreaterThan(result.fewShot[0].mean);
  });

  test('without a validation side, whole speakers of the train side choose', async () => {
    const task = makeTask({
      by: 'column',
      column: 'side',
      values: { train: ['train'], validation: [], test: ['validation', 'test'] },
    });
    const result = await evaluateTask(task, embeddingsOf(task, 4), { effort: 'quick' });
    expect(result.chosenBy).toBe('train groups');
    expect(result.predictions).toHaveLength(72);
  });

  test('the order of clips does not matter', async () => {
    const task = makeTask();
    const embedded = embeddingsOf(task, 2);
    const shuffled = random('order').shuffle([...task.clips]);
    const other = {
      ...task,
      clips: shuffled,
      splitting: splitClips(shuffled, task.declaration.split, { label: 'label', speaker: 'speaker' }),
    };
    const options = { effort: 'quick', resamples: 10 } as const;
    const [a, b] = [
      await evaluateTask(task, embedded, options),
      await evaluateTask(other, embedded, options),
    ];
    expect(b.score).toBe(a.score);
    expect(b.candidates.map(({ test }) => test)).toEqual(a.candidates.map(({ test }) => test));
  });
});

describe('bad data', () => {
  test('clips that cannot be read are left out and named', async () => {
    const task = makeTask();
    const { embeddings } = embeddingsOf(task, 4);
    const clip = task.clips.at(-1)!;
    const without = new Map([...embeddings].filter(([id]) => id !== clip.id));
    const unreadable = [{ clip, reason: `${clip.path}: the file is empty` }];
    const result = await evaluateTask(task, { embeddings: without, unreadable }, { effort: 'quick' });
    expect(result.predictions).toHaveLength(47);
    expect(result.findings).toEqual([expect.stringContaining('1 of 144 clips cannot be read')]);
    expect(result.findings[0]).toContain('the file is empty');
  });

  test('a train clip that is also a test clip does not train', async () => {
    const task = makeTask();
    const { embeddings } = embeddingsOf(task, 4);
    const [first, last] = [task.clips[0], task.clips.at(-1)!];
    const doubled = new Map(embeddings).set(first.id, { ...embeddings.get(first.id)!, audio: last.id });
    const { findings } = await evaluateTask(
      task,
      { embeddings: doubled, unreadable: [] },
      { effort: 'quick' },
    );
    expect(findings).toEqual([expect.stringContaining(`${first.id} = ${last.id}`)]);
    await expect(
      evaluateTask(task, { embeddings: doubled, unreadable: [] }, { strict: true }),
    ).rejects.toThrow(`${first.id} = ${last.id}`);
  });

  test('a class whose test clips are all gone is left out', async () => {
    const task = makeTask();
    const { embeddings } = embeddingsOf(task, 4);
    const gone = task.clips.filter(({ labels }) => labels.label === 'sad' && labels.side === 'test');
    const left = new Map([...embeddings].filter(([id]) => !gone.some((clip) => clip.id === id)));
    const unreadable = gone.map((clip) => ({ clip, reason: 'truncated' }));
    const result = await evaluateTask(task, { embeddings: left, unreadable }, { effort: 'quick' });
    expect(result.classes).toEqual(['calm', 'happy']);
    expect(result.findings[1]).toContain('sad');
  });

  test('nothing left to score is refused', async () => {
    const task = makeTask();
    const unreadable = task.clips.map((clip) => ({ clip, reason: 'truncated' }));
    await expect(evaluateTask(task, { embeddings: new Map(), unreadable })).rejects.toThrow(
      'fewer than two classes',
    );
  });
});

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

describe('precomputed embeddings', () => {
  const task = makeTask();
  const { embeddings } = embeddingsOf(task, 5);
  async function* rows() {
    // Named by the end of the path, two windows a clip; the last clip is missing.
    for (const clip of task.clips.slice(0, -1))
      for (const shift of [-1, 1]) {
        const embedding = embeddings.get(clip.id)!.mean.map((value) => value + shift);
        yield { clip: clip.path.slice(1), time: 0.5, embedding };
      }
  }

  test.each(['.parquet', '.tfrecord'])('of a %s file are judged as the model itself', async (extension) => {
    const path = join(await mkdtemp(join(tmpdir(), 'frill-rows-')), `mine${extension}`);
    await writeEmbeddings(path, 12, rows());
    const precomputed = await openPrecomputed(path);
    const result = await evaluateRepresentation(precomputed, { tasks: [task] }, { effort: 'quick' });
    expect([result.name, result.dimension]).toEqual(['mine', 12]);
    expect(result.tasks[0].predictions).toHaveLength(47);
    expect(result.tasks[0].findings[0]).toContain('1 of 144 clips');
    const own = await evaluateTask(task, { embeddings, unreadable: [] }, { effort: 'quick' });
    expect(Math.abs(result.tasks[0].score - own.score)).toBeLessThan(0.05);
  });

  test('that are not finite are refused, with their number', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'frill-rows-')), 'broken.csv');
    await writeEmbeddings(
      path,
      2,
      (async function* () {
        yield { clip: 'fine.wav', time: 0, embedding: Float32Array.of(1, 2) };
        yield { clip: 'broken.wav', time: 0, embedding: Float32Array.of(1, Number.POSITIVE_INFINITY) };
      })(),
    );
    await expect(openPrecomputed(path)).rejects.toThrow('1 of 2 rows');
  });

  test('of other clips are refused', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'frill-rows-')), 'other.csv');
    await writeEmbeddings(
      path,
      12,
      (async function* () {
        yield { clip: 'other.wav', time: 0, embedding: new Float32Array(12) };
      })(),
    );
    const precomputed = await openPrecomputed(path);
    expect(() => precomputed.embeddingsOf(task.clips)).toThrow("its first is named 'other.wav'");
  });
});

describe('what is reported', () => {
  const task = makeTask();
  let evaluation: Evaluation;
  beforeAll(async () => {
    const representation = async (name: string, distance: number) => ({
      name,
      identity: name,
      dimension: 12,
      tasks: [await evaluateTask(task, embeddingsOf(task, distance, name), { effort: 'quick' })],
    });
    evaluation = {
      format: 1,
      protocol: {},
      warnings: ['2 clips without a label'],
      representations: [
        await representation('good, "best"', 6),
        await representation('poor', 0.3),
        await representation('poor2', 0.3),
      ],
    };
  });

  test('is read back as it was written', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'frill-evaluation-'));
    await writeEvaluation(folder, evaluation);
    expect(await readEvaluation(folder)).toEqual(JSON.parse(JSON.stringify(evaluation)));
    await expect(readEvaluation(join(folder, 'absent'))).rejects.toThrow('no readable evaluation');
  });

  test('as tables', () => {
    expect(toMarkdown(evaluation)).toContain('| poor |');
    expect(toMarkdown(evaluation)).toContain('- 2 clips without a label');
    const splits = splitsToCsv([task]).trim().split('\n');
    expect(splits).toHaveLength(1 + task.clips.length);
    expect(splits).toContain('mood,official,test,5-sad-7');
    const lines = toCsv(evaluation).trim().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[1]).toMatch(/^"good, ""best""",12,mood,accuracy,/);
    expect(toHtml(evaluation)).toContain('good, &quot;best&quot;');
  });

  test('a real difference is told from none', () => {
    const [good, poor, alike] = evaluation.representations;
    expect(compare(poor, good, 500)[0].verdict).toBe('b is better');
    expect(compare(good, poor, 500)[0].verdict).toBe('a is better');
    const [same] = compare(poor, poor, 500);
    expect([same.verdict, same.p, same.difference]).toEqual(['no difference shown', 1, 0]);
    const [one, other] = [compare(poor, alike, 500)[0], compare(alike, poor, 500)[0]];
    expect(one.difference).toBeCloseTo(-other.difference, 12);
  });

  test('resamples without a score count for neither', () => {
    const [{ tasks, ...good }] = evaluation.representations;
    const two = (positive: readonly [number, number]) => ({
      ...good,
      tasks: tasks.map((result) => ({
        ...result,
        metric: 'auc' as const,
        classes: ['no', 'yes'],
        resampled: 'clips' as const,
        predictions: positive.map((yes, truth) => ({
          clip: String(truth),
          truth,
          predicted: Math.round(yes),
          probabilities: [1 - yes, yes],
        })),
      })),
    });
    const [{ p, interval }] = compare(two([0.9, 0.1]), two([0.1, 0.9]), 100);
    expect(interval).toEqual([1, 1]);
    // Half of the resamples hold one class only: as few as are left cannot say more than 2 / (50 + 1).
    expect(p).toBeGreaterThan(2 / 70);
  });

  test('results without a shared task are not compared', () => {
    const [good, poor] = evaluation.representations;
    const renamed = { ...poor, tasks: poor.tasks.map((result) => ({ ...result, task: 'other' })) };
    expect(() => compare(good, renamed)).toThrow('share no task');
  });
});

test('an inner split keeps groups together and every class in training', () => {
  const labels = Array.from({ length: 60 }, (_, i) => i % 3);
  const groups = labels.map((_, i) => `g${Math.floor(i / 6)}`);
  const { train, validation, by } = innerSplit(labels, groups, '0');
  expect(by).toBe('group');
  expect([...train, ...validation].sort((a, b) => a - b)).toEqual(labels.map((_, i) => i));
  const held = new Set(validation.map((row) => groups[row]));
  expect(train.some((row) => held.has(groups[row]))).toBe(false);
  // One speaker a class: groups cannot be spared.
  expect(innerSplit(labels, labels.map(String), '0').by).toBe('clip');
});

test('a two-stage bootstrap is wider than one over clips when speakers differ', () => {
  const correct = Array.from({ length: 80 }, (_, i) => (i % 4 === 0 ? 0 : 1) * (i < 40 ? 1 : 0));
  const groups = correct.map((_, i) => `s${Math.floor(i / 10)}`);
  const width = (by: string[] | undefined) => {
    const { low, high } = percentileInterval(
      [...resamples(80, by)].map((rows) => rows.reduce((sum, row) => sum + correct[row], 0) / rows.length),
    );
    return high - low;
  };
  expect(width(groups)).toBeGreaterThan(1.5 * width(undefined));
});
