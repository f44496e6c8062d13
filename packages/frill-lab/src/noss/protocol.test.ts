import { describe, expect, test } from 'vitest';
import { embeddingsOf, makeTask } from '../../../../testing/made-up-task.js';
import { splitClips } from '../corpus/splits.js';
import type { ClipEmbedding, EmbeddedClips } from '../embeddings/clip-embeddings.js';
import { percentileInterval, resamples } from '../statistics/bootstrap.js';
import { random } from '../tensor/random.js';
import { innerSplit } from './inner-split.js';
import { evaluateTask } from './protocol.js';

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
    // Of two test speakers there is no interval that says anything of others.
    expect(noise.interval).toBeUndefined();
    expect(noise.bestOnTest).toBeGreaterThanOrEqual(noise.score);
    expect(noise.candidates).toHaveLength(4);
  });

  test('cross-validation scores every clip once, choosing inside each fold', async () => {
    const task = makeTask({ by: 'folds', column: 'fold' });
    const result = await evaluateTask(task, embeddingsOf(task, 2), { effort: 'quick', fewShot: [1, 5, 500] });
    expect(new Set(result.predictions.map(({ clip }) => clip)).size).toBe(task.clips.length);
    expect(result.interval?.[0]).toBeLessThan(result.score);
    expect(result.interval?.[1]).toBeGreaterThan(result.score);
    expect(result.validation).toBeGreaterThan(0.5);
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

  test('clips that sound as they are lose nothing under a condition, in fewer dimensions than clips and in more', async () => {
    for (const split of [undefined, { by: 'folds', column: 'fold' } as const])
      for (const copies of [1, 20]) {
        const task = makeTask(split);
        const embedded = widened(embeddingsOf(task, 2), copies);
        const changed = widened(embeddingsOf(task, 1, 'changed'), copies);
        const condition = {
          name: 'c',
          title: 'changed',
          identity: 'c',
          change: (samples: Float32Array) => samples,
        };
        const { score, conditions } = await evaluateTask(task, embedded, { effort: 'quick', resamples: 50 }, [
          { condition, ...embedded },
          { condition, ...changed },
        ]);
        expect(conditions[0].score).toBe(score);
        expect(conditions[0].drop).toBe(0);
        expect(conditions[1].score).toBeLessThan(score);
      }
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

/** The same embeddings, each value so many times over: more dimensions, nothing more in them. */
function widened({ embeddings, unreadable }: EmbeddedClips, copies: number): EmbeddedClips {
  const wide = [...embeddings].map(([id, { mean, deviation, ...clip }]): [string, ClipEmbedding] => [
    id,
    {
      ...clip,
      mean: Float32Array.from({ length: copies * mean.length }, (_, i) => mean[i % mean.length]),
      deviation: new Float32Array(copies * deviation.length),
    },
  ]);
  return { embeddings: new Map(wide), unreadable };
}

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
    const [low, high] = percentileInterval(
      [...resamples(80, by)].map((rows) => rows.reduce((sum, row) => sum + correct[row], 0) / rows.length),
    );
    return high - low;
  };
  expect(width(groups)).toBeGreaterThan(1.5 * width(undefined));
});
