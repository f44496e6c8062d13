/** The tasks file of the built-in corpus. */
import type { z } from 'zod';
import type { tasksFileSchema } from '../tasks-file.js';
import type { SetName } from './plan.js';

type TasksFileContent = z.input<typeof tasksFileSchema>;
type TaskContent = TasksFileContent['tasks'][number];

const bySpeaker = {
  by: 'group',
  group: 'speaker',
  fractions: { train: 0.6, validation: 0.15, test: 0.25 },
} as const;

/** Title, label and split of each set's task; speakers are apart except where they are the classes. */
const TASKS: Readonly<
  Record<SetName, Pick<TaskContent, 'title' | 'label' | 'split' | 'sharedSpeakers' | 'metric'>>
> = {
  speaker: {
    title: 'Speaker',
    label: 'speaker',
    sharedSpeakers: true,
    split: { by: 'column', column: 'split' },
  },
  language: { title: 'Language', label: 'language', split: bySpeaker },
  keyword: { title: 'Keyword', label: 'word', split: bySpeaker },
  emotion: { title: 'Emotion', label: 'emotion', split: bySpeaker },
  mask: { title: 'Mask', label: 'mask', split: bySpeaker, metric: 'uar' },
  'human-sound': { title: 'Human sound', label: 'human_sound', split: bySpeaker },
};

export function tasksOf(sets: readonly SetName[]): TasksFileContent {
  return {
    corpora: { synthetic: { manifest: 'metadata.csv' } },
    tasks: sets.map((set) => ({
      name: set,
      corpus: 'synthetic',
      speaker: 'speaker',
      where: { set },
      ...TASKS[set],
    })),
  };
}
