/** A task's clips as rows of a matrix, with all that the protocol asks of each. */
import { InputError } from 'frill-audio';
import type { Task } from '../corpus/tasks.js';
import type { ClipEmbedding, EmbeddedClips } from '../embeddings/clip-embeddings.js';
import { type Matrix, matrix } from '../linear-algebra/matrix-product.js';
import type { Condition } from './conditions/condition.js';
import { checkTask } from './data-checks.js';

/** Rows of each side. */
export interface FoldRows {
  readonly name: string;
  readonly train: readonly number[];
  readonly validation: readonly number[];
  readonly test: readonly number[];
}

/** Test clips under a condition. */
export interface HeardRows {
  readonly condition: Condition;
  readonly embeddings: Matrix;
  /** Row of the task that each row of these embeddings is. */
  readonly rows: readonly number[];
}

/** Embeddings of test clips under a condition. */
export interface HeardClips extends EmbeddedClips {
  readonly condition: Condition;
}

export interface TaskRows {
  readonly embeddings: Matrix;
  readonly classes: readonly string[];
  /** Class of each row, as an index into `classes`. */
  readonly labels: readonly number[];
  /** Speaker of each row; empty names where the task declares none. */
  readonly speakers: readonly string[];
  /** Whether speakers keep sides apart: they are declared, and sides do not share them. */
  readonly hasSpeakers: boolean;
  /** Name of what each row belongs to: its speaker, else its fold of cross-validation. */
  readonly groups: readonly string[] | undefined;
  /** Id of the clip of each row. */
  readonly clips: readonly string[];
  readonly folds: readonly FoldRows[];
  /** The test clips again, as they sound under each condition. */
  readonly heard: readonly HeardRows[];
  /** What was wrong with the data, one line each. */
  readonly findings: readonly string[];
}

/** What a clip is: the average over its windows, or that and their standard deviation. */
export type Pooling = 'mean' | 'mean+deviation';

/** Rows of the clips that any fold uses. Throws InputError as `checkTask` does. */
export function taskRows(
  task: Task,
  embedded: EmbeddedClips,
  {
    pooling,
    strict,
    heard = [],
  }: { readonly pooling: Pooling; readonly strict: boolean; readonly heard?: readonly HeardClips[] },
): TaskRows {
  const { label, speaker, sharedSpeakers, split } = task.declaration;
  const { folds, classes, findings } = checkTask(task, embedded, strict);
  const used = [
    ...new Set(folds.flatMap(({ train, validation, test }) => [...train, ...validation, ...test])),
  ];
  const rowOf = new Map(used.map((index, row) => [index, row]));
  const rows = (indexes: readonly number[]) => indexes.map((index) => rowOf.get(index)!);
  const column = (name: string | undefined) =>
    used.map((index) => (name === undefined ? '' : task.clips[index].labels[name]));
  const tested = [...new Set(folds.flatMap(({ test }) => test))];
  const hasSpeakers = speaker !== undefined && !sharedSpeakers;
  const speakers = column(speaker);
  return {
    embeddings: poolRows(embeddingsOf(used, embedded), pooling),
    classes,
    labels: column(label).map((name) => classes.indexOf(name)),
    speakers,
    hasSpeakers,
    groups: hasSpeakers ? speakers : split.by === 'folds' ? column(split.column) : undefined,
    clips: used.map((index) => task.clips[index].id),
    folds: folds.map(({ name, train, validation, test }) => ({
      name,
      train: rows(train),
      validation: rows(validation),
      test: rows(test),
    })),
    heard: heard.map(({ condition, ...changed }) => ({
      condition,
      embeddings: poolRows(embeddingsOf(tested, changed), pooling),
      rows: rows(tested),
    })),
    findings,
  };

  function embeddingsOf(indexes: readonly number[], { embeddings, unreadable }: EmbeddedClips) {
    return indexes.map((index) => {
      const found = embeddings.get(task.clips[index].id);
      if (found) return found;
      throw new InputError({
        what: `a clip that could be read before cannot be read now${unreadable[0] ? ` (${unreadable[0].reason})` : ''}`,
        where: task.clips[index].path,
        remedy: 'Let the audio files be while they are evaluated',
      });
    });
  }
}

export function selectRows({ columns, data }: Matrix, positions: readonly number[]): Matrix {
  const result = matrix(positions.length, columns);
  for (const [place, row] of positions.entries())
    result.data.set(data.subarray(row * columns, (row + 1) * columns), place * columns);
  return result;
}

function poolRows(embeddings: readonly ClipEmbedding[], pooling: Pooling): Matrix {
  const parts = embeddings.map(({ mean, deviation }) => (pooling === 'mean' ? [mean] : [mean, deviation]));
  const columns = parts[0].reduce((sum, part) => sum + part.length, 0);
  const result = matrix(embeddings.length, columns);
  for (const [row, vectors] of parts.entries()) {
    let at = row * columns;
    for (const vector of vectors) {
      result.data.set(vector, at);
      at += vector.length;
    }
  }
  return result;
}
