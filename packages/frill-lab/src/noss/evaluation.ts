/** Every representation on every task, as one result that is stored, printed and compared. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from 'frill-audio';
import { z } from 'zod';
import { fingerprint } from '../corpus/clip-audio.js';
import type { Task, Tasks } from '../corpus/tasks.js';
import { type ClipEmbedder, embedClips } from '../embeddings/clip-embeddings.js';
import type { Precomputed } from '../embeddings/precomputed.js';
import { canonicalJson, contentName } from '../run/content-name.js';
import { readJsonIfPresent } from '../run/json-file.js';
import { type Progress, silent } from '../run/progress.js';
import { writeWhole } from '../run/whole-file.js';
import { evaluateTask, type ProtocolOptions } from './protocol.js';
import { METRICS } from './score.js';
import type { TaskResult } from './task-result.js';

const metricSchema = z.enum(['accuracy', 'balanced-accuracy', 'uar', 'eer', 'auc']);
const fitSchema = z.object({
  iterations: z.int(),
  gradientNorm: z.number(),
  stopped: z.enum(['done', 'iterations', 'precision']),
});
const candidateSchema = z.object({
  candidate: z.string(),
  validation: z.number(),
  test: z.number(),
  fits: z.array(fitSchema),
});
const predictionSchema = z.object({
  clip: z.string(),
  speaker: z.string().optional(),
  truth: z.int(),
  predicted: z.int(),
  probabilities: z.array(z.number()),
});
const fewShotSchema = z.object({
  examples: z.int(),
  mean: z.number(),
  deviation: z.number(),
  draws: z.int(),
});

const taskResultSchema = z.object({
  task: z.string(),
  title: z.string(),
  metric: metricSchema,
  classes: z.array(z.string()),
  score: z.number(),
  interval: z.tuple([z.number(), z.number()]),
  resampled: z.enum(['speakers', 'clips']),
  chosen: z.string(),
  chosenBy: z.enum(['validation', 'train groups', 'train clips']),
  bestOnTest: z.number(),
  chance: z.number(),
  byMetric: z.record(z.string(), z.number()),
  candidates: z.array(candidateSchema),
  confusion: z.array(z.array(z.int())),
  predictions: z.array(predictionSchema),
  fewShot: z.array(fewShotSchema),
  findings: z.array(z.string()),
});

/** What one representation reached. */
export interface RepresentationResult {
  readonly name: string;
  readonly identity: string;
  readonly dimension: number;
  readonly tasks: readonly TaskResult[];
}

/** The content of `results.json`. */
export interface Evaluation {
  readonly format: 1;
  /** The options that made it. */
  readonly protocol: Readonly<Record<string, unknown>>;
  /** What was left out when the tasks were read. */
  readonly warnings: readonly string[];
  readonly representations: readonly RepresentationResult[];
}

const evaluationSchema: z.ZodType<Evaluation> = z.object({
  format: z.literal(1),
  protocol: z.record(z.string(), z.unknown()),
  warnings: z.array(z.string()),
  representations: z.array(
    z.object({
      name: z.string(),
      identity: z.string(),
      dimension: z.int(),
      tasks: z.array(taskResultSchema),
    }),
  ),
});

export const RESULTS_FILE = 'results.json';

export interface EvaluateOptions extends ProtocolOptions {
  /** Folder of embeddings kept between runs. */
  readonly cache?: string | undefined;
  /** Folder of decoded clips kept between representations. */
  readonly audioCache?: string | undefined;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Embeds the clips of all tasks once (or looks them up), then evaluates task by task. */
export async function evaluateRepresentation(
  representation: ClipEmbedder | Precomputed,
  { tasks }: Pick<Tasks, 'tasks'>,
  { cache, audioCache, progress = silent, signal, ...protocol }: EvaluateOptions = {},
): Promise<RepresentationResult> {
  const clips = tasks.flatMap(({ clips, splitting }) =>
    [
      ...new Set(
        splitting.folds.flatMap(({ train, validation, test }) => [...train, ...validation, ...test]),
      ),
    ].map((index) => clips[index]),
  );
  const embedded =
    'embed' in representation
      ? await embedClips(clips, representation, { cache, audioCache, progress, signal })
      : representation.embeddingsOf(clips);
  const step = progress.start(`probes on ${representation.name}`, tasks.length, 'tasks');
  const results: TaskResult[] = [];
  for (const task of tasks) {
    signal?.throwIfAborted();
    const result = await evaluateTask(task, embedded, protocol);
    results.push(result);
    step.advance(
      results.length,
      `${task.name} ${METRICS[result.metric].title} ${(100 * result.score).toFixed(1)}`,
    );
  }
  step.finish();
  const { name, identity, dimension } = representation;
  return { name, identity, dimension, tasks: results };
}

/** Equal for equal tasks: their rules, sides and labels, and the content of their clips' files. */
export async function tasksIdentity(tasks: readonly Task[]): Promise<string> {
  const files: Record<string, string> = {};
  for (const clip of tasks.flatMap(({ clips }) => clips))
    files[clip.id] ??= (await fingerprint(clip)) ?? 'absent';
  return contentName({
    files,
    tasks: tasks.map(({ declaration, clips, splitting }) => ({
      declaration,
      splitting,
      clips: clips.map(({ id, span, labels }) => ({ id, span: span ?? null, labels })),
    })),
  });
}

/**
 * What is in a folder already: an evaluation goes on from it, and adds to it. Throws InputError where that is of another protocol
 * or cannot be read, so that it is not written over.
 */
export async function earlierResults(
  folder: string,
  protocol: Evaluation['protocol'],
): Promise<readonly RepresentationResult[]> {
  const path = join(folder, RESULTS_FILE);
  const remedy = 'Choose another folder with --out, or remove the file';
  const earlier = await readJsonIfPresent(path, (value) => evaluationSchema.parse(value), {
    what: 'not the results of an evaluation',
    remedy,
  });
  if (earlier === undefined) return [];
  const inJson = (value: unknown) => (value === undefined ? 'none' : canonicalJson(value));
  const differences = Object.keys({ ...earlier.protocol, ...protocol })
    .filter((key) => inJson(earlier.protocol[key]) !== inJson(protocol[key]))
    .map((key) => `${key} ${inJson(earlier.protocol[key])} there, ${inJson(protocol[key])} here`);
  if (differences.length > 0)
    throw new InputError({
      what: `results of another protocol (${differences.join('; ')})`,
      where: path,
      remedy,
    });
  return earlier.representations;
}

export async function writeEvaluation(folder: string, evaluation: Evaluation): Promise<void> {
  await writeWhole(join(folder, RESULTS_FILE), `${JSON.stringify(evaluation)}\n`);
}

/** Reads a folder's `results.json`. Throws InputError when it is absent or something else. */
export async function readEvaluation(folder: string): Promise<Evaluation> {
  const path = join(folder, RESULTS_FILE);
  try {
    return evaluationSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    throw new InputError({
      what: 'no readable evaluation',
      where: path,
      remedy: 'Give the --out folder of an earlier `frill evaluate`',
      cause,
    });
  }
}
