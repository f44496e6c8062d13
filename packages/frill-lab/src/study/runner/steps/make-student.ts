/**
 * One student from start to end: distil, export, evaluate. Each step leaves its result in the student's folder and is
 * not done again; what is returned goes into the run's records.
 */
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { loadFrontend } from 'frill-audio';
import {
  type DistillationData,
  openDistillation,
  type PreparedNames,
} from '../../../corpus/distillation-data.js';
import { loadTasks, type Tasks } from '../../../corpus/tasks.js';
import { exportStudent, formOf } from '../../../export/export-student.js';
import { studentCost } from '../../../models/count.js';
import { openRepresentation } from '../../../models/open-representation.js';
import { studentName } from '../../../models/student-config.js';
import { writeWhole } from '../../../run/whole-file.js';
import { type DistillationResult, distil } from '../../../train/distil.js';
import { isPacked, readPackedTasks } from '../../machines/packed-tasks.js';
import type { StudentResult, TrainingSummary } from '../../records.js';
import type { MakeWork } from '../pool/student-work.js';
import { type JobContext, orphanGone, stepsOfJob } from '../pool/worker-side.js';
import { RunFolder } from '../run-folder.js';
import type { StudyOptions } from '../study-options.js';
import { evaluateOnTasks } from './evaluate.js';
import { readStart, START } from './start.js';
import { distillationOptions } from './student-distillation.js';

export async function makeStudent(work: MakeWork, context: JobContext): Promise<StudentResult> {
  const { config, options, threads } = work;
  const [trained, embedded] = work.marks;
  const name = studentName(config);
  const run = new RunFolder(work.folder);
  const tasks = await openTasks(work);
  const cost = studentCost(config);

  const folder = run.file('students', name, 'training');
  await orphanGone(folder);
  const began = performance.now();
  const from = await readStart(run.file(START), options);
  const { student, history } = await withData(options, tasks, work.data, (data) =>
    distil({
      config,
      data,
      options: distillationOptions(options),
      folder,
      from,
      threads,
      device: options.device,
      progress: stepsOfJob(context, [0, trained]),
      signal: context.signal,
    }),
  );
  const distilled = performance.now();

  const file = `students/${name}/model.tflite`;
  if (!existsSync(run.file(file)))
    await writeWhole(
      run.file(file),
      await exportStudent({
        config,
        weights: student.weights,
        form: formOf(config),
        name,
        provenance: { ...student.provenance, training: student.training },
      }),
    );
  const exported = performance.now();

  const representation = await openRepresentation(run.file(file), {
    name,
    hopFrames: options.hop,
    engine: options.engine,
  });
  // Kept until they were used: those of 144 students would fill the disk.
  const embeddings = run.file('students', name, 'embeddings');
  const { quality, probeSeconds } = await evaluateOnTasks(representation, {
    tasks: tasks.tasks,
    seed: options.seed,
    cache: embeddings,
    audioCache: join(options.cache, 'audio'),
    progress: stepsOfJob(context, [trained, embedded, 1]),
    signal: context.signal,
  }).finally(() => representation.close());
  await rm(embeddings, { recursive: true, force: true });
  const evaluated = performance.now();

  const { bottleneck: _, ...schedule } = student.options;
  context.say(
    `explains ${(100 * (student.validation?.explained ?? 0)).toFixed(1)} % of the variance of its teacher's values`,
  );
  return {
    name,
    config,
    parameters: cost.foldedParameters,
    multiplyAccumulates: cost.multiplyAccumulates,
    file,
    bytes: (await readFile(run.file(file))).length,
    training: { ...summary(history, options), schedule },
    engine: representation.engine,
    quality,
    timings: {
      train: (distilled - began) / 1000,
      export: (exported - distilled) / 1000,
      evaluate: (evaluated - exported) / 1000,
      probes: Object.values(probeSeconds).reduce((sum, seconds) => sum + seconds, 0),
    },
    peakBytes: 1024 * process.resourceUsage().maxRSS,
    finished: new Date().toISOString(),
  };
}

/** Opens the features and targets that the study has prepared. */
async function withData<T>(
  options: StudyOptions,
  { distillation }: Tasks,
  names: PreparedNames,
  use: (data: DistillationData) => Promise<T>,
): Promise<T> {
  const data = await openDistillation(names, {
    ...dataOptions(options),
    clips: distillation,
    frontend: await loadFrontend(),
  });
  try {
    return await use(data);
  } finally {
    await data.close();
  }
}

/** The study's tasks, from its file, or as another machine has packed them. */
function openTasks({ tasksFile, options: { strict } }: MakeWork): Promise<Tasks> {
  return isPacked(tasksFile) ? readPackedTasks(tasksFile) : loadTasks(tasksFile, { strict });
}

/** How windows are cut and where they are kept; the same for the study and its workers. */
export function dataOptions({ windowsPerClip, cache, seed, strict }: StudyOptions) {
  return { windowsPerClip, folder: cache, seed, strict, targetStorage: 'float16' } as const;
}

/** Training in a few numbers; the full history lies in the student's folder. */
function summary(
  history: DistillationResult['history'],
  { steps, batch }: StudyOptions,
): Omit<TrainingSummary, 'schedule'> {
  return {
    steps,
    batch,
    windows: steps * batch,
    validation: history.flatMap(({ step, validationLoss, explained }): TrainingSummary['validation'] =>
      validationLoss === undefined
        ? []
        : [explained === undefined ? [step, validationLoss] : [step, validationLoss, explained]],
    ),
    finalLoss: history.at(-1)?.loss ?? Number.NaN,
    seconds: history.reduce((sum, { examplesPerSecond }, index) => {
      const since = history[index].step - (history[index - 1]?.step ?? 0);
      return sum + (since * batch) / examplesPerSecond;
    }, 0),
  };
}
