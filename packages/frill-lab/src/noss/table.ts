/** An evaluation as tables: markdown for people, CSV for programs. */

import type { Task } from '../corpus/tasks.js';
import { csv } from '../text/csv.js';
import { percent } from '../text/format.js';
import type { Evaluation, RepresentationResult } from './evaluation.js';
import { METRICS } from './score.js';
import type { TaskResult } from './task-result.js';

/** `55.1 [48.0, 61.9]`. */
export function scoreWithInterval({ score, interval }: TaskResult): string {
  return `${percent(score)} [${interval.map(percent).join(', ')}]`;
}

/** Average over tasks of the score where higher is better, 1 - score for error rates. */
export function averageQuality({ tasks }: RepresentationResult): number {
  const total = tasks.reduce(
    (sum, { metric, score }) => sum + (METRICS[metric].better === 'higher' ? score : 1 - score),
    0,
  );
  return total / tasks.length;
}

export function toMarkdown(evaluation: Evaluation): string {
  const { representations } = evaluation;
  const tasks = representations[0]?.tasks ?? [];
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const header = ['%', ...tasks.map(({ title, metric }) => `${title} (${METRICS[metric].title})`), 'mean'];
  const mean = (cells: (task: TaskResult) => string) => tasks.map(cells);
  return [
    row(header),
    row(header.map((_, index) => (index === 0 ? '---' : '--:'))),
    ...representations.map((result) =>
      row([result.name, ...result.tasks.map(scoreWithInterval), percent(averageQuality(result))]),
    ),
    row(['chance', ...mean(({ chance }) => percent(chance)), '']),
    '',
    'The probe is chosen on validation clips and scored once on test; 95 % intervals by bootstrap over ' +
      `${[...new Set(tasks.map(({ resampled }) => resampled))].join(' or ')}.`,
    '',
    'Best of all probes on test, as published (optimistic):',
    '',
    row(header.slice(0, -1)),
    row(header.slice(0, -1).map((_, index) => (index === 0 ? '---' : '--:'))),
    ...representations.map((result) =>
      row([result.name, ...result.tasks.map(({ bestOnTest }) => percent(bestOnTest))]),
    ),
    '',
    ...fewShotTables(representations),
    ...findings(evaluation),
  ].join('\n');
}

function fewShotTables(representations: readonly RepresentationResult[]): string[] {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return (representations[0]?.tasks ?? []).flatMap((task, index) => {
    if (task.fewShot.length === 0) return [];
    const sizes = task.fewShot.map(({ examples }) => `${examples} a class`);
    return [
      `Few-shot, ${task.title} (${METRICS[task.metric].title}, mean ± deviation over ${task.fewShot[0].draws} draws):`,
      '',
      row(['%', ...sizes]),
      row(['---', ...sizes.map(() => '--:')]),
      ...representations.map(({ name, tasks }) =>
        row([
          name,
          ...tasks[index].fewShot.map(({ mean, deviation }) => `${percent(mean)} ± ${percent(deviation)}`),
        ]),
      ),
      '',
    ];
  });
}

/** Each finding once; all representations see the same clips. */
function findings({ warnings, representations }: Evaluation): string[] {
  const ofTasks = (representations[0]?.tasks ?? []).flatMap(({ task, findings }) =>
    findings.map((finding) => `${task}: ${finding}`),
  );
  const lines = [...warnings, ...ofTasks].map((line) => `- ${line}`);
  return lines.length === 0 ? [] : ['What was found in the data:', '', ...lines, ''];
}

const COLUMNS = [
  'representation',
  'dimension',
  'task',
  'metric',
  'score',
  'low',
  'high',
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

export function toCsv({ representations }: Evaluation): string {
  const rows = representations.flatMap(({ name, dimension, tasks }) =>
    tasks.map((task) => [
      name,
      dimension,
      task.task,
      task.metric,
      task.score,
      ...task.interval,
      task.bestOnTest,
      task.chance,
      task.predictions.length,
      task.chosen,
      task.chosenBy,
    ]),
  );
  return csv(COLUMNS, rows);
}
