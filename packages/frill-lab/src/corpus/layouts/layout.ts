/** What every dataset reader is: how to obtain the data, and how its official folder becomes clips with labels. */
import { join } from 'node:path';
import { InputError } from 'frill-audio';
import type { z } from 'zod';
import { readText } from '../../text/decode-text.js';
import type { Clip, Corpus } from '../corpus.js';
import type { tasksFileSchema } from '../tasks-file.js';

type TaskContent = z.input<typeof tasksFileSchema>['tasks'][number];

/** A task as `frill corpus import` writes it into a tasks file. */
export type LayoutTask = Omit<TaskContent, 'corpus'>;

/** The official folder layout of a public data set: how its clips, labels and splits are found. */
export interface DatasetLayout {
  /** On the command line, and the corpus' name. */
  readonly name: string;
  readonly title: string;
  /** Where it is offered, under which licence, how large: words for a person. */
  readonly obtain: string;
  /** What the data set is used for in NOSS; none where it has no single label a clip. */
  readonly tasks: readonly LayoutTask[];
  /** Reads a folder. Throws InputError when it is not this layout; single missing files are listed. */
  read(root: string, options?: LayoutOptions): Promise<Found>;
}

export interface LayoutOptions {
  /** Where readers of container files put the audio they take out. */
  readonly extractTo?: string;
}

export interface Found {
  readonly corpus: Corpus;
  /** Listed by the data set, but not there. */
  readonly missing: readonly string[];
  /** What else was left out or decided, one line each. */
  readonly notes: readonly string[];
}

/** A clip of the file `below` the root; its id is that path. */
export function clipAt(root: string, below: string, labels: Record<string, string>): Clip {
  return { id: below, path: join(root, below), labels };
}

/** The text of a file that the layout must have. */
export async function readListing(root: string, below: string, layout: string): Promise<string> {
  return readText(join(root, below)).catch((cause) => {
    if (cause instanceof InputError) throw cause;
    throw notThisLayout(root, layout, `${below} is not there`, cause);
  });
}

export function notThisLayout(root: string, layout: string, what: string, cause?: unknown): InputError {
  return new InputError({
    what: `not the layout of ${layout}: ${what}`,
    where: root,
    remedy: `'frill corpus import --list' tells how to obtain it and what its folder looks like`,
    cause,
  });
}

/** Throws InputError where a reader found nothing. */
export function orNotThisLayout(found: Found, root: string, expected: string): Found {
  if (found.corpus.clips.length === 0) throw notThisLayout(root, found.corpus.name, `no ${expected} found`);
  return found;
}

export const BY_SPEAKER = {
  by: 'group',
  group: 'speaker',
  fractions: { train: 0.7, validation: 0.1, test: 0.2 },
} as const;

export const BY_SPLIT_COLUMN = { by: 'column', column: 'split' } as const;
