/** How good a representation is, task by task, in the form that a study keeps. */
import type { Task } from '../../../corpus/tasks.js';
import type { Representation } from '../../../models/representation.js';
import { evaluateRepresentation } from '../../../noss/evaluation.js';
import { METRICS, selectJudgements } from '../../../noss/score.js';
import { judgementsOf, type TaskResult } from '../../../noss/task-result.js';
import type { Progress } from '../../../run/progress.js';
import { type Interval, resamples } from '../../../statistics/bootstrap.js';
import type { TaskQuality } from '../../records.js';

export interface EvaluationOptions {
  readonly tasks: readonly Task[];
  readonly seed: string;
  /** Folder of embeddings: an evaluation that was stopped goes on from them. */
  readonly cache?: string | undefined;
  /** Folder of decoded clips, which all representations read. */
  readonly audioCache: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface Evaluated {
  readonly quality: TaskQuality[];
  /** Seconds that fitting probes took, by task; part of the time that evaluation took. */
  readonly probeSeconds: Record<string, number>;
}

/** The honest score of each task: probe and normalisation chosen on validation, scored once on test. */
export async function evaluateOnTasks(
  representation: Representation,
  { tasks, progress, ...options }: EvaluationOptions,
): Promise<Evaluated> {
  // Clips are embedded in the first step of an evaluation; in the last, probes are fitted task by task.
  let laps: number[] = [];
  const timed: Progress = {
    ...progress,
    start(...about) {
      const step = progress.start(...about);
      laps = [performance.now()];
      return {
        ...step,
        advance(...now) {
          laps.push(performance.now());
          step.advance(...now);
        },
      };
    },
  };
  const evaluated = await evaluateRepresentation(
    representation,
    { tasks },
    { effort: 'quick', progress: timed, ...options },
  );
  return {
    quality: evaluated.tasks.map(qualityOf),
    probeSeconds: Object.fromEntries(
      tasks.map(({ name }, index) => [name, (laps[index + 1] - laps[index]) / 1000]),
    ),
  };
}

/** More is better in every row: an error rate becomes the rate of what was right. */
function qualityOf(result: TaskResult): TaskQuality {
  const isError = result.metric === 'eer';
  const flip = (value: number) => (isError ? 1 - value : value);
  const flipInterval = ([low, high]: Interval): [number, number] =>
    isError ? [1 - high, 1 - low] : [low, high];
  const predictions = [...result.predictions].sort((a, b) => (a.clip < b.clip ? -1 : 1));
  const names = predictions.map(({ speaker }) => speaker);
  const speakers = [...new Set(names)];
  return {
    task: result.task,
    title: result.title,
    metric: isError ? '1 − eer' : result.metric,
    value: flip(result.score),
    ...(result.interval ? { interval: flipInterval(result.interval) } : {}),
    chance: flip(result.chance),
    testClips: result.predictions.length,
    probe: result.chosen,
    bestOnTest: flip(result.bestOnTest),
    ...(result.metric === 'accuracy'
      ? {}
      : {
          redrawn: redrawn({ ...result, predictions }).map((value) =>
            Number.isNaN(value) ? null : flip(value),
          ),
        }),
    outcomes: predictions.map(({ truth, predicted }) => (truth === predicted ? '1' : '0')).join(''),
    ...(result.resampled === 'speakers' ? { groups: names.map((name) => speakers.indexOf(name)) } : {}),
  };
}

const REDRAWS = 1000;

/** Scores on test clips drawn again, in the order of the draws: the same for every representation that was tested on these clips. */
function redrawn({ task, metric, classes, resampled, predictions }: TaskResult): number[] {
  const judgements = judgementsOf(predictions, classes.length);
  const speakers = resampled === 'speakers' ? predictions.map(({ speaker }) => speaker ?? '') : undefined;
  const draws = resamples(predictions.length, speakers, { resamples: REDRAWS, seed: `redraw/${task}` });
  return [...draws].map((positions) => {
    const score = METRICS[metric].score(selectJudgements(judgements, positions));
    return Number(score.toFixed(4));
  });
}
