/**
 * Writes the built-in corpus: audio, metadata.csv, tasks.json and SOURCE.md. The same size and seed give the same bytes
 * on every machine. Files are whole or absent, so a stopped run goes on; metadata.csv is written last.
 */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { InputError } from 'frill-audio';
import { contentName } from '../../run/content-name.js';
import { lockFolder } from '../../run/lock.js';
import { type Progress, type ProgressStep, silent } from '../../run/progress.js';
import { writeWhole } from '../../run/whole-file.js';
import { workerModule } from '../../run/worker-module.js';
import { csvField } from '../../text/csv.js';
import { encodeWav } from '../wav-file.js';
import { ESPEAK_PACKAGE, openVoice } from './espeak.js';
import { type ClipPlan, COLUMNS, DEFAULT_SIZE, labelsOf, planCorpus, SETS, type SetName } from './plan.js';
import { renderClip } from './render.js';
import { tasksOf } from './tasks-of-sets.js';

/** Changes whenever the same plan would sound different. */
const GENERATOR = 1;

const NAME_FILE = 'corpus.id';

export interface MakeOptions {
  readonly folder: string;
  /** About how many clips. */
  readonly size?: number;
  readonly seed?: string;
  readonly sets?: readonly SetName[];
  /** Threads; all cores by default. */
  readonly workers?: number;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

export interface MadeCorpus {
  readonly tasksFile: string;
  readonly manifest: string;
  readonly clips: number;
  /** Everything was there already. */
  readonly found: boolean;
}

/** Makes the corpus, or what is missing of it. Throws InputError when the folder holds another one. */
export async function makeSyntheticCorpus(options: MakeOptions): Promise<MadeCorpus> {
  const { folder, size = DEFAULT_SIZE, seed = '0', sets = SETS, progress = silent } = options;
  const plans = planCorpus(size, seed, sets);
  const made = {
    tasksFile: join(folder, 'tasks.json'),
    manifest: join(folder, 'metadata.csv'),
    clips: plans.length,
  };
  const name = contentName({ generator: GENERATOR, plans });
  // A finished corpus is only read, so any number of runs may share it.
  if (existsSync(made.manifest) && (await nameOf(folder)) === name) return { ...made, found: true };
  const release = await lockFolder(folder);
  try {
    await claim(folder, name);
    const missing = plans.filter(({ path }) => !existsSync(join(folder, path)));
    if (missing.length < plans.length)
      progress.say(`corpus: ${plans.length - missing.length} of ${plans.length} clips are there already`);
    const step = progress.start('make corpus', missing.length, 'clips');
    await renderAll(missing, options, step);
    await writeWhole(made.tasksFile, `${JSON.stringify(tasksOf(sets), null, 2)}\n`);
    await writeWhole(join(folder, 'SOURCE.md'), sourceNote(plans.length, size, seed));
    await writeWhole(made.manifest, manifestOf(plans));
    step.finish(folder);
    return { ...made, found: false };
  } finally {
    await release();
  }
}

/** Renders clips one after another in this thread. */
export async function renderClips(
  folder: string,
  plans: readonly ClipPlan[],
  onClip: () => void,
  signal?: AbortSignal,
): Promise<void> {
  const speaks = plans.some(({ source }) => source.kind === 'speech');
  const voice = speaks ? await openVoice() : undefined;
  for (const plan of plans) {
    signal?.throwIfAborted();
    await writeWhole(join(folder, plan.path), encodeWav(renderClip(plan, voice)));
    onClip();
  }
}

async function renderAll(
  plans: readonly ClipPlan[],
  { folder, workers = availableParallelism(), signal }: MakeOptions,
  step: ProgressStep,
): Promise<void> {
  let done = 0;
  const onClip = () => step.advance(++done);
  const script = workerModule(new URL('./make-worker.js', import.meta.url));
  if (workers < 2 || plans.length < 100 || !script) {
    await renderClips(folder, plans, onClip, signal);
    return;
  }
  const shares = Array.from({ length: workers }, (_unused, share) =>
    plans.filter((_plan, index) => index % workers === share),
  );
  const running = shares.map((share) => new Worker(script, { workerData: { folder, plans: share } }));
  const stop = () => running.map((worker) => worker.terminate());
  signal?.addEventListener('abort', stop);
  try {
    await Promise.all(running.map((worker) => finished(worker, onClip, signal)));
  } finally {
    signal?.removeEventListener('abort', stop);
    await Promise.all(stop());
  }
}

/** What a worker says: a clip is done, or why it cannot go on. */
export type WorkerMessage =
  | { readonly kind: 'clip' }
  | {
      readonly kind: 'input-error';
      readonly what: string;
      readonly where: string | undefined;
      readonly remedy: string | undefined;
    };

function finished(worker: Worker, onClip: () => void, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.on('message', (message: WorkerMessage) => {
      if (message.kind === 'clip') onClip();
      else reject(new InputError(message));
    });
    worker.on('error', reject);
    worker.on('exit', (code) => {
      if (signal?.aborted) reject(signal.reason);
      else if (code === 0) resolve();
      else reject(new Error(`a worker ended with code ${code}`));
    });
  });
}

/** Marks a folder as this corpus', or finds it so marked. */
async function claim(folder: string, name: string): Promise<void> {
  const present = await nameOf(folder);
  if (present === name) return;
  if (present !== undefined || existsSync(join(folder, 'metadata.csv')))
    throw new InputError({
      what: 'the folder holds another corpus (other size, seed, sets or version)',
      where: folder,
      remedy: 'Choose another folder, or remove this one',
    });
  await writeWhole(join(folder, NAME_FILE), `${name}\n`);
}

/** The content name of the corpus that a folder is for. */
async function nameOf(folder: string): Promise<string | undefined> {
  const text = await readFile(join(folder, NAME_FILE), 'utf8').catch(() => undefined);
  return text?.trim();
}

function manifestOf(plans: readonly ClipPlan[]): string {
  const rows = plans.map((plan) => {
    const labels = labelsOf(plan);
    return [plan.path, ...COLUMNS.map((column) => labels[column])].map(csvField).join(',');
  });
  return `${['path', ...COLUMNS].join(',')}\n${rows.join('\n')}\n`;
}

function sourceNote(clips: number, size: number, seed: string): string {
  return `# Synthetic corpus

${clips} clips of one to two seconds, 16 kHz mono 16-bit, made by \`frill corpus make --size ${size} --seed ${seed}\`.

Speech is by eSpeak NG (npm package ${ESPEAK_PACKAGE}, GPL-3.0; its output is not covered by that licence), with drawn
voices, vocal tracts and timbres. Human sounds, rooms and noise are computed. Nobody was recorded: numbers measured on this
corpus show that the machinery works, not how well a model understands people.

\`metadata.csv\` has a row for each clip; columns that do not apply are empty. \`tasks.json\` declares the tasks.
`;
}
