/** How good a representation is, task by task, in the form that a study keeps. */
import type { Task } from '../../../corpus/tasks.js';
import type { Representation } from '../../../models/representation.js';
import { evaluateRepresentation } from '../../../noss/evaluation.js';
import type { TaskResult } from '../../../noss/task-result.js';
import type { Progress } from '../../../run/progress.js';
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
  /** Of the time that it took, what fitting probes took, by task. */
  readonly probeSeconds: Record<string, number>;
}

/** The honest score of each task: probe and normalisation chosen on validation, scored once on test. */
export async function evaluateAll(
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
  const [low, high] = result.interval;
  const predictions = [...result.predictions].sort((a, b) => (a.clip < b.clip ? -1 : 1));
  const names = predictions.map(({ speaker }) => speaker);
  const speakers = [...new Set(names)];
  return {
    task: result.task,
    title: result.title,
    metric: isError ? '1 − eer' : result.metric,
    value: flip(result.score),
    interval: isError ? [flip(high), flip(low)] : [low, high],
    chance: flip(result.chance),
    testClips: result.predictions.length,
    probe: result.chosen,
    bestOnTest: flip(result.bestOnTest),
    outcomes: predictions.map(({ truth, predicted }) => (truth === predicted ? '1' : '0')).join(''),
    ...(result.resampled === 'speakers' ? { groups: names.map((name) => speakers.indexOf(name)) } : {}),
  };
}
