/** A task and its embeddings for tests, without audio. */
import type { Clip } from '../packages/frill-lab/src/corpus/corpus.js';
import { splitClips } from '../packages/frill-lab/src/corpus/splits.js';
import type { Task } from '../packages/frill-lab/src/corpus/tasks.js';
import { type SplitRule, tasksFileSchema } from '../packages/frill-lab/src/corpus/tasks-file.js';
import type { ClipEmbedding, EmbeddedClips } from '../packages/frill-lab/src/embeddings/clip-embeddings.js';
import { random } from '../packages/frill-lab/src/tensor/random.js';

export const CLASSES = ['calm', 'happy', 'sad'];
export const SIDES = ['train', 'train', 'train', 'validation', 'test', 'test'];

/** 6 speakers x 3 classes x 8 clips, speakers kept apart. */
export function makeTask(
  split: SplitRule = {
    by: 'column',
    column: 'side',
    values: { train: ['train'], validation: ['validation'], test: ['test'] },
  },
): Task {
  const clips: Clip[] = SIDES.flatMap((side, speaker) =>
    CLASSES.flatMap((label) =>
      Array.from({ length: 8 }, (_, take) => ({
        id: `${speaker}-${label}-${take}`,
        path: `/${speaker}-${label}-${take}.wav`,
        labels: { label, side, speaker: `s${speaker}`, fold: String(speaker % 3) },
      })),
    ),
  );
  const [declaration] = tasksFileSchema.parse({
    corpora: { c: { manifest: 'm.csv' } },
    tasks: [{ name: 'mood', corpus: 'c', label: 'label', speaker: 'speaker', split }],
  }).tasks;
  return {
    name: 'mood',
    title: 'Mood',
    declaration,
    clips,
    splitting: splitClips(clips, split, { label: 'label', speaker: 'speaker' }),
  };
}

/** Class means `distance` apart in the first dimensions, unit noise in all. */
export function embeddingsOf(task: Task, distance: number, seed = 'e'): EmbeddedClips {
  const embeddings = new Map<string, ClipEmbedding>();
  for (const clip of task.clips) {
    const stream = random(`${seed}/${clip.id}`);
    const mean = Float32Array.from({ length: 12 }, () => stream.normal());
    mean[CLASSES.indexOf(clip.labels.label)] += distance;
    embeddings.set(clip.id, { mean, deviation: new Float32Array(12), audio: clip.id, seconds: 1 });
  }
  return { embeddings, unreadable: [] };
}
