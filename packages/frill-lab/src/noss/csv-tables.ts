/** An evaluation as CSV, for programs: the scores, and which clip was on which side. */
import type { Task } from '../corpus/tasks.js';
import type { Interval } from '../statistics/bootstrap.js';
import { csv } from '../text/csv.js';
import { CLEAN } from './conditions/condition.js';
import type { Evaluation } from './results-file.js';

const COLUMNS = [
  'representation',
  'dimension',
  'task',
  'condition',
  'metric',
  'score',
  'low',
  'high',
  'validation',
  'best_on_test',
  'chance',
  'test_clips',
  'chosen',
  'chosen_by',
];

/** Which clip was on which side of which fold, so that others can be judged on the same. */
export function splitsToCsv(tasks: readonly Task[]): string {
  const rows = tasks.flatMap(({ name, clips, splitting }) =>
    splitting.folds.flatMap((fold) =>
      (['train', 'validation', 'test'] as const).flatMap((side) =>
        fold[side].map((index) => [name, fold.name, side, clips[index].id]),
      ),
    ),
  );
  return csv(['task', 'fold', 'side', 'clip'], rows);
}

/** A row for each representation, task and condition. */
export function toCsv({ representations }: Evaluation): string {
  const rows = representations.flatMap(({ name, dimension, tasks }) =>
    tasks.flatMap((task) => {
      const about = [task.chance, task.predictions.length, task.chosen, task.chosenBy];
      const ends = (interval: Interval | undefined) => interval ?? ['', ''];
      return [
        [CLEAN, task.score, ...ends(task.interval), task.validation, task.bestOnTest, ...about],
        ...task.conditions.map(({ condition, score, interval }) => [
          condition,
          score,
          ...ends(interval),
          '',
          '',
          ...about,
        ]),
      ].map(([condition, ...numbers]) => [name, dimension, task.task, condition, task.metric, ...numbers]);
    }),
  );
  return csv(COLUMNS, rows);
}
