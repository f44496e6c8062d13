/**
 * Measurements drawn again (the bootstrap): the same resampled test clips for all representations, so that the luck they share
 * cancels in their differences; and for each student its latency rounds. Clips are drawn as each task's own interval draws
 * them (statistics/bootstrap.ts), by speaker where there are speakers. Accuracy is counted from each clip's outcome; of any other metric
 * the evaluation has kept what it is on the clips of each draw.
 */
import type { ModelLatency } from '../bench/latency-report.js';
import { resample, resamples } from '../statistics/bootstrap.js';
import { median } from '../statistics/quantiles.js';
import { type Random, random } from '../tensor/random.js';
import type { TaskQuality } from './records.js';

/** One draw: mean quality over tasks (0..1) and milliseconds of each subject, in their order. */
export interface Draw {
  readonly quality: readonly number[];
  /** NaN where no latency was measured. */
  readonly latencyMs: readonly number[];
}

export interface RedrawSubject {
  readonly quality: readonly TaskQuality[];
  readonly latency?: ModelLatency | undefined;
}

/** `count` draws of these subjects, which have been tested on the same clips. */
export function redraws(subjects: readonly RedrawSubject[], count: number, seed: string): Draw[] {
  const tested = subjects[0]?.quality ?? [];
  const outcomes = subjects.map(({ quality }) => outcomesOf(quality, tested));
  const medians = subjects.map(({ latency }) => (latency?.rounds ?? []).map(median));
  const clips = tested.map(({ task, outcomes, groups }) =>
    outcomes === undefined
      ? undefined
      : [...resamples(outcomes.length, groups?.map(String), { resamples: count, seed: `${seed}/${task}` })],
  );
  const stream = random(seed);
  return Array.from({ length: count }, (_, index) => {
    const drawn = clips.map((task) => task?.[index]);
    return {
      quality: outcomes.map((tasks) => redrawnQuality(tasks, drawn, index, stream)),
      latencyMs: medians.map((rounds) => median(resample(rounds, stream))),
    };
  });
}

/** One task's outcomes, ready to be counted a thousand times. */
interface TaskOutcomes {
  readonly value: number;
  /** Standard error to draw from where no outcomes are stored. */
  readonly error: number;
  /** The value in each draw, where the metric is another than accuracy. */
  readonly redrawn: readonly (number | null)[] | undefined;
  /** 1 where the clip was right; the test clips of a task are the same for every representation. */
  readonly right: Uint8Array | undefined;
  readonly mean: number;
}

function outcomesOf(quality: readonly TaskQuality[], tested: readonly TaskQuality[]): TaskOutcomes[] {
  return quality.map(({ value, interval, redrawn, outcomes }, task) => {
    const isSame = outcomes?.length === tested[task]?.outcomes?.length;
    const right = outcomes && isSame ? Uint8Array.from(outcomes, Number) : undefined;
    const mean = right ? right.reduce((sum, one) => sum + one, 0) / right.length : 0;
    const error = interval ? (interval[1] - interval[0]) / (2 * 1.96) : 0;
    return { value, error, redrawn: isSame ? redrawn : undefined, right, mean };
  });
}

/**
 * Mean quality in this draw: the value that was kept of it; else, where outcomes are stored, the score and the change of accuracy on the
 * drawn clips; else a normal draw as wide as the task's interval.
 */
function redrawnQuality(
  tasks: readonly TaskOutcomes[],
  clips: readonly (Uint32Array | undefined)[],
  draw: number,
  stream: Random,
): number {
  let sum = 0;
  for (const [task, { value, error, redrawn, right, mean }] of tasks.entries()) {
    const drawn = clips[task];
    if (redrawn) sum += redrawn[draw % redrawn.length] ?? value;
    else if (right && drawn) {
      let count = 0;
      for (let i = 0; i < drawn.length; i++) count += right[drawn[i]];
      sum += value + count / drawn.length - mean;
    } else sum += stream.normal(value, error);
  }
  return sum / tasks.length;
}
