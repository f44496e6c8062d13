/** The study's options as those of a distillation: validation eight times in a training, and as many checkpoints. */
import { alphaAt } from '../../../train/bottleneck-schedule.js';
import { RECALIBRATION_BATCHES } from '../../../train/distillation.js';
import { type DistillationOptions, distillationOptionsSchema } from '../../../train/distillation-options.js';
import { RATES, type StudyOptions } from '../study-options.js';

/** Enough to see the loss rise and fall again while a bottleneck is compressed. */
export const VALIDATIONS = 8;
const VALIDATION_ROWS = 256;

/** Forward passes of a batch in a training beside its steps. */
export function forwardPasses({ batch }: StudyOptions): number {
  return RECALIBRATION_BATCHES + (VALIDATIONS * VALIDATION_ROWS) / batch;
}

/** How often the bottleneck of a compressed student is factorised in a training. */
export function factorisations(options: StudyOptions): number {
  const { bottleneck, steps } = distillationOptions(options);
  const alphas = Array.from({ length: steps }, (_, step) => alphaAt(bottleneck, step, steps));
  return alphas.filter((alpha, step) => step > 0 && alpha !== alphas[step - 1]).length;
}

export function distillationOptions({
  steps,
  batch,
  learningRate = RATES.random,
  seed,
  teacher,
  startFrom,
}: StudyOptions): DistillationOptions {
  return distillationOptionsSchema.parse({
    steps,
    batch,
    seed,
    // A student that begins with its teacher's weights says what the teacher says already, without a head and at its scale.
    ...(startFrom === teacher ? { head: 'none', targets: 'raw' } : {}),
    learningRate: {
      kind: 'warmup-cosine',
      rate: learningRate,
      warmup: Math.ceil(Math.min(100, steps / 10)),
      floor: 0.02,
    },
    validationRows: VALIDATION_ROWS,
    recordEvery: Math.max(1, Math.round(steps / 40)),
    validateEvery: Math.max(1, Math.ceil(steps / VALIDATIONS)),
    checkpointEvery: Math.min(250, Math.max(20, Math.ceil(steps / VALIDATIONS))),
  });
}
