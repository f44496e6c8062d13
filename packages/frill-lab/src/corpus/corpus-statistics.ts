/** What is in a tasks file or manifest: counts, hours, clips that cannot be read, and recordings that sides share. */
import { FrillError, InputError, SAMPLE_RATE } from 'frill-audio';
import { type Progress, silent } from '../run/progress.js';
import { sha256Of } from '../run/sha256.js';
import { readClip } from './clip-audio.js';
import type { Clip, Corpus } from './corpus.js';
import type { Task } from './tasks.js';

export interface CorpusStatistics {
  readonly name: string;
  readonly clips: number;
  readonly hours: number;
  /** Values of each label column that has from two to fifty, with their counts. */
  readonly labels: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly speakers: number | undefined;
  readonly unreadable: readonly { readonly id: string; readonly reason: string }[];
  /** Groups of clips that hold the same samples. */
  readonly duplicates: readonly (readonly string[])[];
}

export interface SideStatistics {
  readonly fold: string;
  readonly side: 'train' | 'validation' | 'test';
  readonly clips: number;
  readonly speakers: number | undefined;
  readonly hours: number;
  /** Clips of the smallest and the largest class. */
  readonly smallestClass: number;
  readonly largestClass: number;
}

export interface TaskStatistics {
  readonly name: string;
  readonly title: string;
  readonly classes: readonly string[];
  readonly sides: readonly SideStatistics[];
  /** Pairs of clips with the same samples on two sides of one fold: answers given away. */
  readonly leaks: readonly { readonly fold: string; readonly trained: string; readonly tested: string }[];
}

/** What reading a clip told. */
interface Heard {
  readonly seconds: number;
  /** Hash of the samples as 16-bit numbers; equal sound in different file formats has one hash. */
  readonly hash: string | undefined;
}

export interface StatisticsOptions {
  /** Trust the column `seconds`, which must be there, instead of reading every clip; finds no unreadable or duplicate ones. */
  readonly quick?: boolean;
  /** Throw at the first clip that cannot be read, and at a sound on two sides, instead of listing them. */
  readonly strict?: boolean;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/** Reads every clip once and counts. Unreadable clips are listed; with `strict` thrown, and so are sounds on two sides. */
export async function describeCorpora(
  corpora: readonly Corpus[],
  tasks: readonly Task[],
  { quick = false, strict = false, progress = silent, signal }: StatisticsOptions = {},
): Promise<{ corpora: CorpusStatistics[]; tasks: TaskStatistics[] }> {
  const heard = new Map<string, Heard>();
  const reasons = new Map<string, string>();
  const total = corpora.reduce((sum, { clips }) => sum + clips.length, 0);
  const step = progress.start(quick ? 'count' : 'read clips', total, 'clips');
  for (const clip of corpora.flatMap(({ clips }) => clips)) {
    signal?.throwIfAborted();
    if (quick) heard.set(clip.id, { seconds: secondsOf(clip), hash: undefined });
    else
      try {
        heard.set(clip.id, await hear(clip));
      } catch (error) {
        if (strict || !(error instanceof FrillError)) throw error;
        reasons.set(clip.id, error.what);
      }
    step.advance(heard.size + reasons.size);
  }
  step.finish();
  const described = tasks.map((task) => describeTask(task, heard));
  if (strict) described.forEach(refuseLeak);
  return {
    corpora: corpora.map((corpus) => describeCorpus(corpus, heard, reasons)),
    tasks: described,
  };
}

function refuseLeak({ name, leaks }: TaskStatistics): void {
  if (leaks.length === 0) return;
  const [{ fold, trained, tested }] = leaks;
  throw new InputError({
    what: `the test clip ${tested} of fold ${fold} has the same audio as the training clip ${trained}`,
    where: `task '${name}'`,
    remedy: 'Leave one of them out of the manifest, or go on without --strict',
  });
}

async function hear(clip: Clip): Promise<Heard> {
  const samples = await readClip(clip);
  const words = Int16Array.from(samples, (sample) => Math.round(sample * 32_767));
  const hash = sha256Of(new Uint8Array(words.buffer)).slice(0, 32);
  return { seconds: samples.length / SAMPLE_RATE, hash };
}

/** Seconds of a clip as the manifest says. Throws InputError where it does not. */
function secondsOf({ path, labels, span }: Clip): number {
  const seconds = span?.seconds ?? Number(labels.seconds ?? Number.NaN);
  if (Number.isFinite(seconds)) return seconds;
  throw new InputError({
    what: 'its manifest has no column `seconds`, which --quick needs',
    where: path,
    remedy: 'Leave --quick out: then every clip is read',
  });
}

function describeCorpus(
  { name, clips }: Corpus,
  heard: ReadonlyMap<string, Heard>,
  reasons: ReadonlyMap<string, string>,
): CorpusStatistics {
  const columns = [...new Set(clips.flatMap(({ labels }) => Object.keys(labels)))];
  const labels: Record<string, Record<string, number>> = {};
  for (const column of columns) {
    const counts: Record<string, number> = {};
    for (const clip of clips) {
      const value = clip.labels[column] ?? '';
      if (value !== '') counts[value] = (counts[value] ?? 0) + 1;
    }
    const values = Object.keys(counts).length;
    if (values >= 2 && values <= 50 && column !== 'seconds') labels[column] = counts;
  }
  const byHash = new Map<string, string[]>();
  for (const { id } of clips) {
    const hash = heard.get(id)?.hash;
    if (hash !== undefined) byHash.set(hash, [...(byHash.get(hash) ?? []), id]);
  }
  return {
    name,
    clips: clips.length,
    hours: hoursOf(clips, heard),
    labels,
    speakers: countSpeakers(clips, 'speaker'),
    unreadable: clips.flatMap(({ id }) => {
      const reason = reasons.get(id);
      return reason === undefined ? [] : [{ id, reason }];
    }),
    duplicates: [...byHash.values()].filter((ids) => ids.length > 1),
  };
}

function describeTask(
  { name, title, declaration, clips, splitting }: Task,
  heard: ReadonlyMap<string, Heard>,
): TaskStatistics {
  const sides = splitting.folds.flatMap((fold) =>
    (['train', 'validation', 'test'] as const).map((side): SideStatistics => {
      const own = fold[side].map((index) => clips[index]);
      const counts = splitting.classes.map(
        (label) => own.filter(({ labels }) => labels[declaration.label] === label).length,
      );
      return {
        fold: fold.name,
        side,
        clips: own.length,
        speakers: declaration.speaker === undefined ? undefined : countSpeakers(own, declaration.speaker),
        hours: hoursOf(own, heard),
        smallestClass: Math.min(...counts),
        largestClass: Math.max(...counts),
      };
    }),
  );
  const leaks = splitting.folds.flatMap((fold) => {
    const trained = new Map<string, string>();
    for (const index of [...fold.train, ...fold.validation]) {
      const hash = heard.get(clips[index].id)?.hash;
      if (hash !== undefined) trained.set(hash, clips[index].id);
    }
    return fold.test.flatMap((index) => {
      const twin = trained.get(heard.get(clips[index].id)?.hash ?? '');
      return twin === undefined ? [] : [{ fold: fold.name, trained: twin, tested: clips[index].id }];
    });
  });
  return { name, title, classes: splitting.classes, sides, leaks };
}

function countSpeakers(clips: readonly Clip[], column: string): number | undefined {
  const names = new Set(clips.map(({ labels }) => labels[column] ?? '').filter((name) => name !== ''));
  return names.size === 0 ? undefined : names.size;
}

function hoursOf(clips: readonly Clip[], heard: ReadonlyMap<string, Heard>): number {
  return clips.reduce((sum, { id }) => sum + (heard.get(id)?.seconds ?? 0), 0) / 3600;
}
