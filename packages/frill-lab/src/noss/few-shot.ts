/**
 * How much a representation knows from a handful of examples: what on-device personalisation lives on. For each number of examples
 * a class, a probe learns from seeded draws of the train side and is scored on the whole test side.
 */

import type { Matrix } from '../linear-algebra/matrix-product.js';
import { rowsByGroup } from '../statistics/groups.js';
import { mean, sampleDeviation } from '../statistics/moments.js';
import { random } from '../tensor/random.js';
import { decisions, type Probe } from './probes/probe.js';
import { METRICS, type Metric } from './score.js';

export interface FewShotPoint {
  /** Examples a class. */
  readonly examples: number;
  readonly mean: number;
  /** Sample standard deviation over the draws. */
  readonly deviation: number;
  readonly draws: number;
}

export interface FewShotOptions {
  readonly examples?: readonly number[];
  readonly draws?: number;
  readonly seed?: string;
}

/** Rows of a matrix, by position. */
export type RowSelector = (positions: readonly number[]) => Matrix;

/** What is learnt from which examples, and what it is scored on. */
export interface FewShotTask {
  readonly probe: Probe;
  /** Embeddings, of unit length. */
  readonly rows: RowSelector;
  /** Class of each row. */
  readonly labels: readonly number[];
  readonly classes: number;
  /** Positions of the rows that examples are drawn from. */
  readonly train: readonly number[];
  /** Positions of the rows that are scored. */
  readonly test: readonly number[];
  readonly metric: Metric;
}

/** A point for each number of examples that every class has. */
export async function fewShotCurve(
  { probe, rows, labels, classes, train, test, metric }: FewShotTask,
  { examples = [1, 5, 10, 50], draws = 10, seed = '0' }: FewShotOptions = {},
): Promise<FewShotPoint[]> {
  const ofClass = [...rowsByGroup(train.map((row) => String(labels[row]))).values()];
  const fewest = Math.min(...ofClass.map((members) => members.length));
  const testRows = rows(test);
  const truth = Int32Array.from(test, (row) => labels[row]);
  const curve: FewShotPoint[] = [];
  for (const count of examples.filter((wanted) => wanted <= fewest)) {
    const scores: number[] = [];
    for (let draw = 0; draw < draws; draw++) {
      const stream = random(`few-shot/${seed}/${count}/${draw}`);
      const chosen = ofClass.flatMap((members) =>
        stream
          .shuffle([...members])
          .slice(0, count)
          .map((place) => train[place]),
      );
      const model = await probe.fit({
        features: rows(chosen),
        labels: chosen.map((row) => labels[row]),
        classes,
      });
      const probabilities = await model.probabilities(testRows);
      scores.push(
        METRICS[metric].score({
          truth,
          predicted: decisions(probabilities),
          probabilities: probabilities.data,
          classes,
        }),
      );
    }
    curve.push({ examples: count, mean: mean(scores), deviation: sampleDeviation(scores), draws });
  }
  return curve;
}
