/** One representation on every task: its clips are embedded once, then probes are tried task by task. */
import { InputError } from 'frill-audio';
import { fileFingerprint } from '../corpus/clip-audio.js';
import type { Clip } from '../corpus/corpus.js';
import type { Sides } from '../corpus/sides.js';
import type { Task, Tasks } from '../corpus/tasks.js';
import { type ClipEmbedder, type EmbeddedClips, embedClips } from '../embeddings/clip-embeddings.js';
import type { Precomputed } from '../embeddings/precomputed.js';
import { contentName } from '../run/content-name.js';
import { type Progress, silent } from '../run/progress.js';
import type { Condition } from './conditions/condition.js';
import { backgroundFor, measureHeads } from './heads.js';
import { evaluateTask, type ProtocolOptions } from './protocol.js';
import type { RepresentationResult } from './results-file.js';
import { METRICS } from './score.js';
import { summarise } from './summary.js';
import type { TaskResult } from './task-result.js';
import type { HeardClips } from './task-rows.js';

export interface EvaluateOptions extends ProtocolOptions {
  /** Folder of embeddings kept between runs. */
  readonly cache?: string | undefined;
  /** Folder of decoded clips kept between representations. */
  readonly audioCache?: string | undefined;
  /** What test clips are changed by, beside being judged as they are. Embeddings computed before cannot be. */
  readonly conditions?: readonly Condition[] | undefined;
  /** Whether the device's heads are measured too. */
  readonly heads?: boolean | undefined;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Embeds the clips of all tasks once (or looks them up), and test clips again under each condition; then evaluates task by task.
 * Throws InputError as `checkConditions` does.
 */
export async function evaluateRepresentation(
  representation: ClipEmbedder | Precomputed,
  { tasks }: Pick<Tasks, 'tasks'>,
  {
    cache,
    audioCache,
    conditions = [],
    heads = false,
    progress = silent,
    signal,
    ...protocol
  }: EvaluateOptions = {},
): Promise<RepresentationResult> {
  const options = { cache, audioCache, progress, signal };
  const tested = clipsOf(tasks, ['test']);
  const clips = clipsOf(tasks, ['train', 'validation', 'test']);
  checkConditions(representation, conditions);
  const heard: HeardClips[] = [];
  let embedded: EmbeddedClips;
  if ('embed' in representation) {
    embedded = await embedClips(clips, representation, options);
    for (const condition of conditions)
      heard.push({
        condition,
        ...(await embedClips(tested, representation, { ...options, change: condition })),
      });
  } else embedded = representation.embeddingsOf(clips);
  const step = progress.start(`probes on ${representation.name}`, tasks.length, 'tasks');
  const results: TaskResult[] = [];
  for (const task of tasks) {
    signal?.throwIfAborted();
    const result = await evaluateTask(task, embedded, protocol, heard);
    const { seed = '0' } = protocol;
    const background = heads ? backgroundFor(task, tasks, embedded, seed) : [];
    results.push(heads ? { ...result, heads: measureHeads(task, embedded, background, seed) } : result);
    step.advance(
      results.length,
      `${task.name} ${METRICS[result.metric].title} ${(100 * result.score).toFixed(1)}`,
    );
  }
  step.finish();
  const { name, identity, dimension } = representation;
  return { name, identity, dimension, tasks: results, summary: summarise(results) };
}

/** Throws InputError for conditions on embeddings that were computed before: nothing can be done to their clips. */
export function checkConditions(
  representation: ClipEmbedder | Precomputed,
  conditions: readonly Condition[],
): void {
  if (!('embed' in representation) && conditions.length > 0)
    throw new InputError({
      what: 'conditions cannot be applied to embeddings that were computed before',
      where: representation.name,
      remedy: 'Evaluate the model itself, or leave out --conditions',
    });
}

function clipsOf(tasks: readonly Task[], sides: readonly (keyof Sides)[]): Clip[] {
  return tasks.flatMap(({ clips, splitting }) =>
    [...new Set(splitting.folds.flatMap((fold) => sides.flatMap((side) => fold[side])))].map(
      (index) => clips[index],
    ),
  );
}

/** Equal for equal tasks: their rules, sides and labels, and the content of their clips' files. */
export async function tasksIdentity(tasks: readonly Task[]): Promise<string> {
  const files: Record<string, string> = {};
  for (const clip of tasks.flatMap(({ clips }) => clips))
    files[clip.id] ??= (await fileFingerprint(clip)) ?? 'absent';
  return contentName({
    files,
    tasks: tasks.map(({ declaration, clips, splitting }) => ({
      declaration,
      splitting,
      clips: clips.map(({ id, span, labels }) => ({ id, span: span ?? null, labels })),
    })),
  });
}
