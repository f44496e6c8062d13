/** The sides of a task, and what is asked of a split. `splits.ts` has the rules. */
import type { Clip } from './corpus.js';

/** Positions in the list of clips that was split. Validation is empty where an official split has none. */
export interface Sides {
  readonly train: readonly number[];
  readonly validation: readonly number[];
  readonly test: readonly number[];
}

/** One round of training and scoring: a task has one, or with cross-validation one a fold. */
export interface Fold extends Sides {
  readonly name: string;
}

export interface SplitQuestion {
  /** Column with the class. */
  readonly label: string;
  readonly speaker?: string | undefined;
  readonly sharedSpeakers?: boolean | undefined;
  /** Refuse what would otherwise be left out with a warning. */
  readonly strict?: boolean | undefined;
  /** Named in errors: the task. */
  readonly where?: string | undefined;
}

/** What a clip has in a column; empty where it has nothing. */
export function labelOf(clip: Clip, column: string): string {
  return clip.labels[column] ?? '';
}
