/** What a representation reached on the mean over tasks, so that more is better: an error rate counts as the rate of what was right. */
import { z } from 'zod';
import { METRICS, type Metric } from './score.js';
import type { TaskResult } from './task-result.js';

export const summarySchema = z.object({
  /** Mean of the scores on test clips. */
  score: z.number(),
  /** Mean of the scores of what was chosen, on validation clips. */
  validation: z.number(),
  /** Means by number of examples a class, over the `tasks` where every class has as many to learn from. */
  fewShot: z.array(z.object({ examples: z.int(), mean: z.number(), tasks: z.int() })),
  /** Means of the scores under each condition, and of what is lost against clips as they are. */
  conditions: z.array(z.object({ condition: z.string(), score: z.number(), drop: z.number() })),
});

export type Summary = Readonly<z.infer<typeof summarySchema>>;

/** The score where higher is better, 1 - score for error rates. */
export function qualityOf(metric: Metric, score: number): number {
  return METRICS[metric].better === 'higher' ? score : 1 - score;
}

export function summarise(tasks: readonly TaskResult[]): Summary {
  const over = (scores: readonly number[]) => scores.reduce((sum, score) => sum + score, 0) / scores.length;
  const points = tasks.flatMap(({ metric, fewShot }) => fewShot.map((point) => ({ metric, ...point })));
  const sizes = [...new Set(points.map(({ examples }) => examples))].sort((a, b) => a - b);
  return {
    score: over(tasks.map(({ metric, score }) => qualityOf(metric, score))),
    validation: over(tasks.map(({ metric, validation }) => qualityOf(metric, validation))),
    fewShot: sizes.map((examples) => {
      const means = points
        .filter((point) => point.examples === examples)
        .map(({ metric, mean }) => qualityOf(metric, mean));
      return { examples, mean: over(means), tasks: means.length };
    }),
    conditions: (tasks[0]?.conditions ?? []).map(({ condition }, place) => ({
      condition,
      score: over(tasks.map(({ metric, conditions }) => qualityOf(metric, conditions[place].score))),
      drop: over(tasks.map(({ conditions }) => conditions[place].drop)),
    })),
  };
}
