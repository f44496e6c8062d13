/** How well a student in training predicts its teacher on rows it does not train on, as it would be exported. */
import { compileOrt } from '../engine/ort/compile.js';
import type { SessionOptions } from '../engine/ort/session.js';
import type { DistillationStudent } from '../models/student.js';
import type { Weights } from '../tensor/tensor.js';
import { readBatches } from './batches.js';
import type { DistillationOptions } from './distillation-options.js';
import type { DistillationRows } from './distillation-rows.js';
import { TargetScale, type TargetStatistics } from './target-scale.js';
import { phaseFeeds, type TrainingPhase } from './training-phase.js';

export interface Validation {
  /** Mean squared error in the scale of training. */
  readonly loss: number;
  /** Part of the variance of the teacher's raw values that is predicted: 1 is perfect, 0 is what the training rows' mean gives. */
  readonly explained: number;
  readonly rows: number;
}

/** Runs the inference network over (a spread of) the validation rows; undefined where there are none. */
export async function validateStudent({
  student,
  phase,
  weights,
  data,
  targetStatistics,
  options,
  session,
}: {
  readonly student: DistillationStudent;
  readonly phase: TrainingPhase;
  readonly weights: Weights;
  readonly data: DistillationRows;
  readonly targetStatistics: TargetStatistics;
  readonly options: DistillationOptions;
  readonly session: SessionOptions;
}): Promise<Validation | undefined> {
  const { validation } = data.split;
  const stride = Math.max(1, Math.ceil(validation.length / options.validationRows));
  const rows = validation.filter((_, i) => i % stride === 0).subarray(0, options.validationRows);
  if (rows.length === 0) return undefined;

  const { width } = data.targets;
  const { batch } = options;
  const scale = TargetScale.of(options.targets, targetStatistics);
  const { mean } = targetStatistics;
  const program = await compileOrt(student.graph, [student.prediction], weights, session);
  let [error, rawError, rawVariance] = [0, 0, 0];
  try {
    // The last batch is filled up with the first rows, which are not counted again.
    const rowsOf = (step: number) =>
      Uint32Array.from({ length: batch }, (_, i) => rows[(step * batch + i) % rows.length]);
    const steps = Math.ceil(rows.length / batch);
    let seen = 0;
    for await (const [features, raw] of readBatches([data.features, data.targets], rowsOf, 0, steps)) {
      const count = Math.min(batch, rows.length - seen);
      seen += count;
      // Scaling also limits: the loss is of limited values, what is explained of the raw ones.
      const targets = raw.slice();
      scale.apply(targets);
      const [{ data: predicted }] = await program.run(
        new Map([[student.input, features], ...phaseFeeds(student, phase)]),
      );
      for (let i = 0; i < count * width; i++) {
        error += (predicted[i] - targets[i]) ** 2;
        rawError += (scale.raw(predicted[i], i % width) - raw[i]) ** 2;
        rawVariance += (raw[i] - mean[i % width]) ** 2;
      }
    }
  } finally {
    await program.close();
  }
  return {
    loss: error / (rows.length * width),
    explained: rawVariance > 0 ? 1 - rawError / rawVariance : 0,
    rows: rows.length,
  };
}
