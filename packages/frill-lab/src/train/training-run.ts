/**
 * What every training has in common, whatever is trained: it goes on from the last checkpoint, records what it does
 * (history.jsonl, TensorBoard), validates, stops with a clear word when numbers break, and leaves a folder that the
 * same command continues.
 *
 *     history.jsonl                      see history.ts
 *     checkpoint-<step>.safetensors      see checkpoint.ts; gone when the training is over
 *     events/                            TensorBoard
 */
import { join } from 'node:path';
import { FrillError } from 'frill-audio';
import type { Progress } from '../run/progress.js';
import type { Weights } from '../tensor/tensor.js';
import { type Checkpoint, latestCheckpoint, saveCheckpoint } from './checkpoint.js';
import { appendHistory, type HistoryRecord, rewindHistory } from './history.js';
import { type LearningRate, learningRateAt } from './schedules.js';
import { openEventFile } from './tfevents.js';

/** A training that cannot go on: its numbers are no longer finite. */
export class TrainingError extends FrillError {}

/** What is recorded of a validation; see history.ts. */
export interface ValidationRecord {
  readonly loss: number;
  readonly explained?: number;
}

/** The network in training. A trainee does steps in order, each exactly once. */
export interface Trainee {
  /** One optimiser step (counted from 0) with its own batch; returns the loss of that batch. */
  step(step: number, learningRate: number): Promise<number>;
  /** How good it is on the validation rows after `steps` steps; undefined where there are none. */
  validate(steps: number): Promise<ValidationRecord | undefined>;
  /** Everything the next step depends on, for a checkpoint; valid until the next step. */
  state(): Record<string, Weights>;
  /** Why the loss of the last step may not be finite, as `what` and `remedy` of an error. */
  diagnose(): { readonly what: string; readonly remedy: string };
  close(): Promise<void>;
}

export interface TrainingRun {
  readonly title: string;
  /** Identifies settings, data and seed: only a checkpoint of the same name is continued. */
  readonly name: string;
  readonly folder: string;
  readonly steps: number;
  /** Examples a step, for the speed shown. */
  readonly batch: number;
  readonly learningRate: LearningRate;
  /**
   * Steps from one record of the loss to the next. The two below are in steps too. Validation also comes at the end; a checkpoint does
   * not, for there the caller writes the result.
   */
  readonly recordEvery: number;
  readonly validateEvery: number;
  readonly checkpointEvery: number;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a training to its end, from the last checkpoint where there is one. `start` makes the trainee, new or as it was
 * at a checkpoint. Throws TrainingError when a loss is not finite, and the signal's reason when stopped; then
 * everything up to that step is in a checkpoint.
 */
export async function runTraining<T extends Trainee>(
  run: TrainingRun,
  start: (checkpoint: Checkpoint | undefined) => Promise<T>,
): Promise<{ readonly trainee: T; readonly history: readonly HistoryRecord[] }> {
  const { folder, steps, batch, progress, signal } = run;
  const checkpoint = await latestCheckpoint(folder, run.name, progress.say);
  const first = checkpoint?.step ?? 0;
  if (checkpoint) progress.say(`going on from step ${first} of ${steps}`);
  const history = await rewindHistory(folder, first);
  const events = await openEventFile(join(folder, 'events'));
  const trainee = await start(checkpoint);
  const save = (step: number) =>
    saveCheckpoint(folder, { step, training: run.name, sections: trainee.state() });
  const bar = progress.start(run.title, steps, 'steps');
  let sum = 0;
  let count = 0;
  let since = performance.now();
  try {
    for (let step = first; step < steps; step++) {
      if (signal?.aborted) {
        await save(step);
        throw signal.reason;
      }
      const rate = learningRateAt(run.learningRate, step, steps);
      const loss = await trainee.step(step, rate);
      if (!Number.isFinite(loss)) throw broken(run, step, rate, trainee);
      sum += loss;
      count++;
      const done = step + 1;
      bar.advance(done, `loss ${(sum / count).toPrecision(4)}`);
      const isLast = done === steps;
      const isCheckpoint = !isLast && done % run.checkpointEvery === 0;
      const isValidation = isLast || done % run.validateEvery === 0;
      if (isLast || isCheckpoint || isValidation || done % run.recordEvery === 0) {
        const seconds = (performance.now() - since) / 1000;
        const validation = isValidation ? await trainee.validate(done) : undefined;
        if (validation && !Number.isFinite(validation.loss)) throw broken(run, step, rate, trainee);
        const record: HistoryRecord = {
          step: done,
          loss: sum / count,
          ...(validation && { validationLoss: validation.loss, explained: validation.explained }),
          learningRate: rate,
          examplesPerSecond: (count * batch) / seconds,
        };
        history.push(record);
        await appendHistory(folder, record);
        await events.scalars(done, {
          loss: record.loss,
          ...(validation && { 'validation loss': validation.loss }),
          ...(validation?.explained !== undefined && { explained: validation.explained }),
          'learning rate': rate,
          'examples per second': record.examplesPerSecond,
        });
        if (isCheckpoint) await save(done);
        sum = 0;
        count = 0;
        since = performance.now();
      }
    }
  } catch (error) {
    await trainee.close();
    throw error;
  }
  const last = history.at(-1);
  bar.finish(
    last?.validationLoss === undefined ? undefined : `validation loss ${last.validationLoss.toPrecision(4)}`,
  );
  return { trainee, history };
}

function broken(run: TrainingRun, step: number, rate: number, trainee: Trainee): TrainingError {
  const { what, remedy } = trainee.diagnose();
  return new TrainingError({
    what: `${what} at step ${step} (learning rate ${rate.toPrecision(3)})`,
    where: run.folder,
    remedy,
  });
}
