/**
 * A trial of a student, in a worker like the real one: a training of a few steps through all its phases, on random numbers; an export,
 * some of the clips that students are evaluated on, and the probes of one task. What it takes is what the forecast knows.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clip } from '../../../corpus/corpus.js';
import { loadTasks, type Task } from '../../../corpus/tasks.js';
import { embedClips } from '../../../embeddings/clip-embeddings.js';
import { exportStudent, formOf } from '../../../export/export-student.js';
import { openRepresentation } from '../../../models/open-representation.js';
import { RANK, studentName } from '../../../models/student-config.js';
import { silent } from '../../../run/progress.js';
import { random } from '../../../tensor/random.js';
import type { Weights } from '../../../tensor/tensor.js';
import { Compression, KERNEL } from '../../../train/compression.js';
import type { TrialWork } from '../pool/student-work.js';
import { evaluateOnTasks } from '../steps/evaluate.js';
import { bottleneckShape } from './training-cost.js';
import { secondsSince, tryTraining } from './trial-training.js';

export const timingSchema = z.object({
  name: z.string(),
  secondsPerStep: z.number(),
  /** Building, compiling and exporting, once a student. */
  setupSeconds: z.number(),
  /** Factorising the bottleneck anew, for one of its inputs; where any student is compressed. */
  secondsPerFactorisedInput: z.number().optional(),
  /** Reading and embedding one clip for the evaluation. */
  secondsPerClip: z.number(),
  /** Fitting the probes of one task, where asked for. */
  probeSeconds: z.number().optional(),
  /** Most memory of the process until then: factorising and fitting probes need more than training does. */
  bytes: z.number(),
});

export type Timing = z.infer<typeof timingSchema>;

/** The first clips find cold code. */
const [COLD_CLIPS, TIMED_CLIPS] = [16, 48];

export async function tryStudent(work: TrialWork, signal: AbortSignal): Promise<Timing> {
  const { weights, ...training } = await tryTraining(work);
  const factorising = work.factorises ? await tryFactorising(work) : {};
  const { exportSeconds, ...evaluation } = await tryEvaluation(work, weights, signal);
  return {
    name: studentName(work.config),
    ...training,
    ...factorising,
    ...evaluation,
    setupSeconds: training.setupSeconds + exportSeconds,
    bytes: 1024 * process.resourceUsage().maxRSS,
  };
}

/** The factorisation of compression.ts, on a kernel of this student's shape. */
async function tryFactorising({ config, threads }: TrialWork) {
  const [inputs, outputs] = bottleneckShape(config);
  const stream = random('trial factors');
  const kernel = (): Weights =>
    new Map([
      [
        KERNEL,
        {
          shape: [inputs, outputs],
          data: Float32Array.from({ length: inputs * outputs }, () => stream.uniform(-0.01, 0.01)),
        },
      ],
    ]);
  const state = { weights: kernel(), firstMoments: kernel(), secondMoments: kernel() };
  const compression = await Compression.create(inputs, outputs, RANK, threads);
  await compression.begin(state, stream);
  const start = performance.now();
  await compression.refactorise(state.weights, 0.5, stream);
  const seconds = secondsSince(start);
  await compression.close();
  return { secondsPerFactorisedInput: seconds / inputs };
}

async function tryEvaluation(
  { config, tasksFile, options, probeTask }: TrialWork,
  weights: Weights,
  signal: AbortSignal,
) {
  const folder = await mkdtemp(join(tmpdir(), 'frill-trial-'));
  try {
    const began = performance.now();
    const file = join(folder, 'model.tflite');
    const model = { config, weights, form: formOf(config), name: studentName(config), provenance: {} };
    await writeFile(file, await exportStudent(model));
    const representation = await openRepresentation(file, { hopFrames: options.hop, engine: options.engine });
    const exportSeconds = secondsSince(began);
    const { tasks } = await loadTasks(tasksFile);
    const clips = spread(evaluatedClips(tasks), COLD_CLIPS + TIMED_CLIPS);
    const audioCache = join(options.cache, 'audio');
    await embedClips(clips.slice(0, COLD_CLIPS), representation, { audioCache });
    const timed = clips.slice(COLD_CLIPS);
    const start = performance.now();
    await embedClips(timed, representation, { audioCache });
    const secondsPerClip = timed.length > 0 ? secondsSince(start) / timed.length : 0;
    const task = tasks.find(({ name }) => name === probeTask);
    const { seed } = options;
    const probed =
      task &&
      (await evaluateOnTasks(representation, { tasks: [task], seed, audioCache, progress: silent, signal }));
    representation.close();
    return { exportSeconds, secondsPerClip, probeSeconds: probed?.probeSeconds[task?.name ?? ''] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Clips that each student is evaluated on, each once. */
export function evaluatedClips(tasks: readonly Task[]): Clip[] {
  return [...new Map(tasks.flatMap(({ clips }) => clips.map((clip) => [clip.id, clip]))).values()];
}

/** `count` of them, spread evenly and shuffled; all where there are fewer. */
function spread(clips: readonly Clip[], count: number): Clip[] {
  const step = Math.max(1, clips.length / count);
  const chosen = Array.from(
    { length: Math.floor(clips.length / step) },
    (_, i) => clips[Math.floor(i * step)],
  );
  random('trial clips').shuffle(chosen);
  return chosen;
}
