import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { embeddingsOf, makeTask } from '../../../../testing/made-up-task.js';
import { evaluateRepresentation } from '../noss/evaluation.js';
import { evaluateTask } from '../noss/protocol.js';
import { writeEmbeddings } from './embedding-file.js';
import { openPrecomputed } from './precomputed.js';

describe('precomputed embeddings', () => {
  const task = makeTask();
  const { embeddings } = embeddingsOf(task, 5);
  async function* rows() {
    // Named by the end of the path, two windows a clip; the last clip is missing.
    for (const clip of task.clips.slice(0, -1))
      for (const shift of [-1, 1]) {
        const embedding = embeddings.get(clip.id)!.mean.map((value) => value + shift);
        yield { clip: clip.path.slice(1), time: 1.5 + shift, embedding };
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

  test('are found where `frill embed ../recordings` named them', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'frill-rows-')), 'above.csv');
    await writeEmbeddings(
      path,
      2,
      (async function* () {
        yield { clip: '../../recordings/a.wav', time: 0, embedding: Float32Array.of(1, 2) };
      })(),
    );
    const { embeddings } = (await openPrecomputed(path)).embeddingsOf([
      { id: 'corpus/a', path: '/audio/recordings/a.wav', labels: {} },
    ]);
    expect([...(embeddings.get('corpus/a')?.mean ?? [])]).toEqual([1, 2]);
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

  test('are refused where rows of one name and time differ: they are of several clips, of which a task may have one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'frill-rows-'));
    const opened = async (rows: readonly (readonly [time: number, value: number])[]) => {
      const path = join(folder, 'short.csv');
      await writeEmbeddings(
        path,
        1,
        (async function* () {
          for (const [time, value] of rows)
            yield { clip: '000.wav', time, embedding: Float32Array.of(value) };
        })(),
      );
      return openPrecomputed(path);
    };
    await expect(
      opened([
        [0.5, 1],
        [1, 2],
        [0.5, 3],
      ]),
    ).rejects.toThrow(/rows 1 and 3 are both named '000.wav' and of second 0.5/);
    // The same row twice, or windows of one clip.
    await opened([
      [0.5, 1],
      [1, 2],
      [0.5, 1],
    ]);
  });

  test.each(['b\\000.wav', './b/000.wav', '.\\b\\000.wav'])(
    'may be named by a path like %s',
    async (name) => {
      const path = join(await mkdtemp(join(tmpdir(), 'frill-rows-')), 'windows.csv');
      await writeEmbeddings(
        path,
        1,
        (async function* () {
          yield { clip: name, time: 0, embedding: Float32Array.of(7) };
        })(),
      );
      const clip = { id: '1', path: '/audio/b/000.wav', labels: {} };
      expect((await openPrecomputed(path)).embeddingsOf([clip]).embeddings.get('1')?.mean).toEqual(
        Float32Array.of(7),
      );
    },
  );

  test('are refused where a name fits several clips, with both paths', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'frill-rows-')), 'short.csv');
    await writeEmbeddings(
      path,
      2,
      (async function* () {
        yield { clip: '000.wav', time: 0, embedding: Float32Array.of(1, 2) };
        yield { clip: 'b/001.wav', time: 0, embedding: Float32Array.of(3, 4) };
      })(),
    );
    const clip = (folder: string, name: string) => ({
      id: `${folder}/${name}`,
      path: `/audio/${folder}/${name}`,
      labels: {},
    });
    const precomputed = await openPrecomputed(path);
    expect(() => precomputed.embeddingsOf([clip('a', '000.wav'), clip('b', '000.wav')])).toThrow(
      "the name '000.wav' fits more than one clip: /audio/a/000.wav and /audio/b/000.wav",
    );
    // Also where they are asked for one after the other.
    expect(() => precomputed.embeddingsOf([clip('c', '000.wav')])).toThrow(/fits more than one clip/);
    const { embeddings, unreadable } = precomputed.embeddingsOf([clip('a', '001.wav'), clip('b', '001.wav')]);
    expect([...embeddings.keys()]).toEqual(['b/001.wav']);
    expect(unreadable).toHaveLength(1);
  });
});
