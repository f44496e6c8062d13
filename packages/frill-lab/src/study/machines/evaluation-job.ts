/** The evaluation of one model on given tasks: a job for a machine, and how it is done there. */
import { join } from 'node:path';
import { z } from 'zod';
import { openConditions } from '../../noss/conditions/index.js';
import { evaluateRepresentation } from '../../noss/evaluation.js';
import type { RepresentationResult } from '../../noss/results-file.js';
import { type JobContext, stepsOfJob } from '../runner/pool/worker-side.js';
import { openPacked, packedSourceSchema } from './packed-sources.js';
import { readPackedTasks, TASKS_PLACE } from './packed-tasks.js';

export const evaluationJobSchema = z.object({
  kind: z.literal('evaluate'),
  /** A hash of what is evaluated. */
  name: z.string(),
  /** What tables call the model. */
  title: z.string(),
  needs: z.array(z.string()),
  model: packedSourceSchema,
  threads: z.int().positive(),
  protocol: z.object({
    effort: z.enum(['full', 'quick']),
    solver: z.enum(['converged', 'published']),
    pooling: z.enum(['mean', 'mean+deviation']),
    fewShot: z.array(z.int().positive()),
    seed: z.string(),
    heads: z.boolean(),
    strict: z.boolean(),
  }),
  /** Conditions by name; those that need sounds of the user are not dealt out. */
  conditions: z.array(z.string()),
});

export type EvaluationJob = z.infer<typeof evaluationJobSchema>;

/** The same in a machine's folder. */
export const evaluationWorkSchema = evaluationJobSchema.extend({ folder: z.string() });

/** Shares of its time: embedding, then probes. */
const MARKS = [0, 0.5, 1];

/** Evaluates the model, from the embeddings that are there already. Throws as `evaluateRepresentation` does. */
export async function evaluateHere(
  { folder, title, model, threads, protocol, conditions }: z.infer<typeof evaluationWorkSchema>,
  context: JobContext,
): Promise<RepresentationResult> {
  const tasks = await readPackedTasks(join(folder, TASKS_PLACE));
  const opened = await openPacked(model, folder, threads);
  try {
    return await evaluateRepresentation({ ...opened, name: title }, tasks, {
      ...protocol,
      conditions: await openConditions(conditions),
      cache: join(folder, 'embeddings'),
      audioCache: join(folder, 'audio-cache'),
      progress: stepsOfJob(context, MARKS),
      signal: context.signal,
    });
  } finally {
    opened.close();
  }
}
