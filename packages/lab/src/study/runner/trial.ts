/**
 * A trial of a student, in a worker like the real one: a few training steps on random numbers, an export, some of the clips that students
 * are evaluated on, and the probes of one task. What it takes is what the estimate knows.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { median } from '../../bench/quantiles.js';
import type { Clip } from '../../corpus/corpus.js';
import { loadTasks, type Task } from '../../corpus/tasks.js';
import { compileTraining } from '../../engine/ort/training.js';
import { exportStudent } from '../../export/export-student.js';
import { initialise } from '../../models/initialise.js';
import { openRepresentation } from '../../models/representation.js';
import { buildStudent } from '../../models/student.js';
import { type StudentConfig, studentName } from '../../models/student-config.js';
import { embedClips } from '../../noss/clip-embeddings.js';
import { silent } from '../../run/progress.js';
import { random } from '../../tensor/random.js';
import type { Weights } from '../../tensor/tensor.js';
import { Compression, KERNEL } from '../../train/compression.js';
import { RANK } from '../grid.js';
import { bottleneckShape } from './estimate.js';
import { evaluateAll } from './evaluate.js';
import type { TrialWork } from './student-work.js';

export const timingSchema = z.object({
  name: z.string(),
  secondsPerStep: z.number(),
  /** Building, compiling and exporting, once a student. */
  setupSeconds: z.number(),
  /** Factorising the bottleneck anew, for one of its inputs; where any student is compressed. */
  secondsPerFactorisedInput: z.number().optional(),
  /** Of evaluation: reading and embedding one clip. */
  secondsPerClip: z.number(),
  /** Fitting the probes of one task, where asked for. */
  probeSeconds: z.number().optional(),
  /** Most memory of the process until then: factorising and fitting probes need more than training does. */
  bytes: z.number(),
});

export type Timing = z.infer<typeof timingSchema>;

const TIMED_STEPS = 3;

/** The first clips find cold code. */
const [COLD_CLIPS, TIMED_CLIPS] = [16, 48];

export async function tryStudent(work: TrialWork, signal: AbortSignal): Promise<Timing> {
  const training = await tryTraining(work);
  const factorising = work.factorises ? await tryFactorising(work) : {};
  const { exportSeconds, ...evaluation } = await tryEvaluation(work, signal);
  return {
    name: studentName(work.config),
    ...training,
    ...factorising,
    ...evaluation,
    setupSeconds: training.setupSeconds + exportSeconds,
    bytes: 1024 * process.resourceUsage().maxRSS,
  };
}

async function tryTraining({ config, targetWidth, options: { batch }, threads }: TrialWork) {
  const began = performance.now();
  const student = buildStudent(config, { batch, mode: 'training', targetWidth });
  const weights = initialise(student.graph, 'trial');
  const program = await compileTraining(student.graph, student.loss, { threads, weights });
  const stream = random('trial');
  const noise = (length: number) => Float32Array.from({ length }, () => stream.normal());
  const feeds = new Map([
    [student.input, noise(batch * 96 * 64)],
    [student.target, noise(batch * targetWidth)],
  ]);
  if (student.alpha) feeds.set(student.alpha, Float32Array.of(0.5));
  if (student.bits) feeds.set(student.bits, Float32Array.of(8));
  await program.step(feeds, 1e-4);
  const setupSeconds = secondsSince(began);
  const times: number[] = [];
  for (let step = 0; step < TIMED_STEPS; step++) {
    const start = performance.now();
    await program.step(feeds, 1e-4);
    times.push(secondsSince(start));
  }
  await program.close();
  return { setupSeconds, secondsPerStep: median(times) };
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
  await compression.refactorise(state, 0.5, stream);
  const seconds = secondsSince(start);
  await compression.close();
  return { secondsPerFactorisedInput: seconds / inputs };
}

async function tryEvaluation({ config, tasksFile, options, probeTask }: TrialWork, signal: AbortSignal) {
  const folder = await mkdtemp(join(tmpdir(), 'frill-trial-'));
  try {
    const began = performance.now();
    const file = join(folder, 'model.tflite');
    await writeFile(file, await exportUntrained(config));
    const representation = await openRepresentation(file, { hopFrames: options.hop });
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
      (await evaluateAll(representation, { tasks: [task], seed, audioCache, progress: silent, signal }));
    representation.close();
    return { exportSeconds, secondsPerClip, probeSeconds: probed?.probeSeconds[task?.name ?? ''] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function exportUntrained(config: StudentConfig): Promise<Uint8Array> {
  const weights = initialise(buildStudent(config, { batch: 1, mode: 'inference' }).graph, 'trial');
  return exportStudent({ config, weights, form: 'float32', name: studentName(config), provenance: {} });
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

function secondsSince(began: number): number {
  return (performance.now() - began) / 1000;
}
