/**
 * A training of a few steps on random numbers, through every phase that a real one passes: where the network changes, memory is short,
 * and what compiling takes is not to be had from the steps.
 */

import type { MatrixReader } from '../../../corpus/matrix-shards.js';
import { providerOf } from '../../../engine/ort/provider.js';
import { WINDOW_SHAPE } from '../../../models/student.js';
import { mean } from '../../../statistics/moments.js';
import { random } from '../../../tensor/random.js';
import type { Weights } from '../../../tensor/tensor.js';
import { Distillation } from '../../../train/distillation.js';
import type { DistillationRows } from '../../../train/distillation-rows.js';
import { measureTargets } from '../../../train/target-scale.js';
import { isSameNetwork, phaseAt } from '../../../train/training-phase.js';
import type { TrialWork } from '../pool/student-work.js';
import { distillationOptions, VALIDATIONS } from '../steps/student-distillation.js';

export interface TrainingTrial {
  /** Mean over the phases. */
  readonly secondsPerStep: number;
  /** Building and compiling, for training and for every validation. */
  readonly setupSeconds: number;
  /** Weights of the student for inference. */
  readonly weights: Weights;
}

/** Enough for some steps in each phase of a training. */
const STEPS = 10;
/** Decrements in a trial: many small ones would leave no step between two factorisations. */
const DECREMENTS = 2;

export async function tryTraining({
  config,
  targetWidth,
  options: study,
  threads,
}: TrialWork): Promise<TrainingTrial> {
  const real = distillationOptions(study);
  const bottleneck = {
    ...real.bottleneck,
    compression: { ...real.bottleneck.compression, decrements: DECREMENTS },
  };
  const options = { ...real, bottleneck, steps: STEPS };
  const data = randomRows(options.batch, targetWidth);
  const began = performance.now();
  const targetStatistics = await measureTargets(data.targets, data.split.train);
  const session = { threads, provider: await providerOf(study.device) };
  const start = { config, options, data, targetStatistics, session, checkpoint: undefined };
  const trainee = await Distillation.start(start);
  let setupSeconds = secondsSince(began);
  const [plain, changing]: [number[], number[]] = [[], []];
  for (let step = 0; step < STEPS; step++) {
    const [last, phase] = [step - 1, step].map((at) => phaseAt(config, options, Math.max(0, at)));
    const isPlain = step > 0 && isSameNetwork(last, phase) && last.alpha === phase.alpha;
    const stepped = performance.now();
    await trainee.step(step, 1e-4);
    (isPlain ? plain : changing).push(secondsSince(stepped));
  }
  const secondsPerStep = mean(plain);
  for (const seconds of changing) setupSeconds += Math.max(0, seconds - secondsPerStep);
  const validated = performance.now();
  await trainee.validate(STEPS);
  setupSeconds += VALIDATIONS * secondsSince(validated);
  const weights = trainee.inferenceWeights();
  await trainee.close();
  return { weights, setupSeconds, secondsPerStep };
}

/** A batch to train on and one to validate with. */
function randomRows(batch: number, targetWidth: number): DistillationRows {
  const stream = random('trial rows');
  const matrix = (width: number): MatrixReader => ({
    rows: 2 * batch,
    width,
    about: 'random numbers',
    async read(rows, into) {
      for (let i = 0; i < rows.length * width; i++) into[i] = stream.normal();
    },
    close: async () => {},
  });
  const [frames, bands] = WINDOW_SHAPE;
  return {
    name: 'trial',
    features: matrix(frames * bands),
    targets: matrix(targetWidth),
    featureStatistics: {
      mean: new Float32Array(bands),
      deviation: new Float32Array(bands).fill(1),
    },
    split: {
      train: Uint32Array.from({ length: batch }, (_, i) => i),
      validation: Uint32Array.from({ length: batch }, (_, i) => batch + i),
    },
  };
}

/** `began` is of `performance.now()`. */
export function secondsSince(began: number): number {
  return (performance.now() - began) / 1000;
}
