/** The results of an evaluation as a file: read back whole, gone on from, never written over by those of another protocol. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from 'frill-audio';
import { z } from 'zod';
import { canonicalJson } from '../run/content-name.js';
import { readJsonIfPresent } from '../run/json-file.js';
import { writeWhole } from '../run/whole-file.js';
import { headsSchema } from './heads.js';
import { type Summary, summarySchema } from './summary.js';
import type { TaskResult } from './task-result.js';

const intervalSchema = z.tuple([z.number(), z.number()]);
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

const conditionSchema = z.object({
  condition: z.string(),
  title: z.string(),
  score: z.number(),
  interval: intervalSchema.optional(),
  drop: z.number(),
  dropInterval: intervalSchema.optional(),
});

const taskResultSchema = z.object({
  task: z.string(),
  title: z.string(),
  metric: metricSchema,
  classes: z.array(z.string()),
  score: z.number(),
  interval: intervalSchema.optional(),
  resampled: z.enum(['speakers', 'clips']),
  validation: z.number(),
  chosen: z.string(),
  chosenBy: z.enum(['validation', 'train groups', 'train clips']),
  bestOnTest: z.number(),
  chance: z.number(),
  byMetric: z.record(z.string(), z.number()),
  conditions: z.array(conditionSchema),
  candidates: z.array(candidateSchema),
  confusion: z.array(z.array(z.int())),
  predictions: z.array(predictionSchema),
  fewShot: z.array(fewShotSchema),
  heads: headsSchema.optional(),
  findings: z.array(z.string()),
});

/** What one representation reached. */
export interface RepresentationResult {
  readonly name: string;
  readonly identity: string;
  readonly dimension: number;
  readonly tasks: readonly TaskResult[];
  /** Means over the tasks. */
  readonly summary: Summary;
}

/** The content of `results.json`. */
export interface Evaluation {
  readonly format: 2;
  /** The options that made it. */
  readonly protocol: Readonly<Record<string, unknown>>;
  /** What was left out when the tasks were read. */
  readonly warnings: readonly string[];
  readonly representations: readonly RepresentationResult[];
}

export const representationResultSchema: z.ZodType<RepresentationResult> = z.object({
  name: z.string(),
  identity: z.string(),
  dimension: z.int(),
  tasks: z.array(taskResultSchema),
  summary: summarySchema,
});

const evaluationSchema: z.ZodType<Evaluation> = z.object({
  format: z.literal(2),
  protocol: z.record(z.string(), z.unknown()),
  warnings: z.array(z.string()),
  representations: z.array(representationResultSchema),
});

export const RESULTS_FILE = 'results.json';

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
