/**
 * What is wrong with a task's clips, found before any probe runs. Rules: clips that cannot be read are left out; a train clip that
 * sounds exactly like a validation or test clip of its fold is left out of training (and a validation clip that is also a test
 * clip out of validation), so that nothing scored was seen before; a class that has lost all its clips on the train or
 * test side of a fold is left out of the task; fewer than two classes refuse it.
 */
import { InputError } from 'frill-audio';
import type { Fold } from '../corpus/sides.js';
import type { Task } from '../corpus/tasks.js';
import type { EmbeddedClips } from '../embeddings/clip-embeddings.js';

/** Folds and classes that are left, and what was found, one line each. */
export interface CheckedTask {
  readonly folds: readonly Fold[];
  readonly classes: readonly string[];
  readonly findings: readonly string[];
}

export function checkTask(
  task: Task,
  { embeddings, unreadable }: EmbeddedClips,
  strict: boolean,
): CheckedTask {
  const findings: string[] = [];
  const used = new Set(
    task.splitting.folds.flatMap(({ train, validation, test }) => [...train, ...validation, ...test]),
  );
  const ids = new Map([...used].map((index) => [task.clips[index].id, index]));
  const lost = unreadable.filter(({ clip }) => ids.has(clip.id));
  if (lost.length > 0)
    findings.push(
      `${lost.length} of ${used.size} clips cannot be read and are left out, e.g. ${lost[0].reason}`,
    );
  const audioOf = (index: number) => embeddings.get(task.clips[index].id)?.audio;
  const readable = task.splitting.folds.map((fold) =>
    mapSides(fold, (indexes) => indexes.filter((index) => audioOf(index) !== undefined)),
  );

  const duplicates = new Map<number, number>();
  const apart = readable.map((fold) => {
    const first = new Map<string | undefined, number>();
    const keep = (index: number) => {
      const twin = first.get(audioOf(index));
      if (twin !== undefined) duplicates.set(index, twin);
      return twin === undefined;
    };
    for (const index of fold.test) first.set(audioOf(index), index);
    const validation = fold.validation.filter(keep);
    for (const index of validation) first.set(audioOf(index), index);
    return { ...fold, validation, train: fold.train.filter(keep) };
  });
  for (const [index, twin] of [...duplicates].slice(0, 1))
    findings.push(
      `${duplicates.size} clips are the same audio as a clip on a side that is scored and do not serve before it, e.g. ${task.clips[index].id} = ${task.clips[twin].id}`,
    );

  const labelOf = (index: number) => task.clips[index].labels[task.declaration.label];
  const classes = task.splitting.classes.filter((name) =>
    apart.every(({ train, test }) =>
      [train, test].every((side) => side.some((index) => labelOf(index) === name)),
    ),
  );
  const gone = task.splitting.classes.filter((name) => !classes.includes(name));
  if (gone.length > 0)
    findings.push(
      `${gone.length} classes are left out, no clips being left to train or to test on: ${gone.join(', ')}`,
    );
  if (classes.length < 2)
    throw new InputError({
      what: `fewer than two classes are left (${findings.join('; ')})`,
      where: `task '${task.name}'`,
      remedy: 'Check the audio files and the split',
    });
  if (strict && findings.length > 0)
    throw new InputError({
      what: findings.join('; '),
      where: `task '${task.name}'`,
      remedy: 'Mend the data, or go on with the rest of it without --strict',
    });
  const kept = new Set(classes);
  return {
    folds: apart.map((fold) =>
      mapSides(fold, (indexes) => indexes.filter((index) => kept.has(labelOf(index)))),
    ),
    classes,
    findings,
  };
}

function mapSides(fold: Fold, change: (indexes: readonly number[]) => number[]): Fold {
  return {
    name: fold.name,
    train: change(fold.train),
    validation: change(fold.validation),
    test: change(fold.test),
  };
}
