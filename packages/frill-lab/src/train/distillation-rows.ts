/** What `distil` reads, and whether it fits the student. */
import { InputError, ModelError } from 'frill-audio';
import type { DistillationData } from '../corpus/distillation-data.js';
import { WINDOW_SHAPE } from '../models/student.js';
import type { Batch } from './batches.js';

/** Steps `first` to `last` (exclusive) of a stream of batches, which its seed decides. */
export interface BatchStream {
  readonly seed: string;
  /** Windows a step. */
  readonly batch: number;
  readonly first: number;
  readonly last: number;
}

/** Rows to learn from, as `prepareDistillation` and `openRandomWindows` open them. */
export type DistillationRows = Pick<
  DistillationData,
  'features' | 'targets' | 'featureStatistics' | 'split' | 'name'
> & {
  /**
   * Batches of features and targets to train on, a pure function of the stream. Where absent, they are the training rows as they
   * are, in a seeded order.
   */
  readonly batches?: (stream: BatchStream) => AsyncGenerator<Batch>;
};

/** Throws ModelError where rows do not fit the student or each other, InputError where there are none. */
export function checkRows({ features, targets, featureStatistics, split }: DistillationRows): void {
  const [frames, bands] = WINDOW_SHAPE;
  if (features.width !== frames * bands || featureStatistics.mean.length !== bands)
    throw new ModelError({
      what: `the features are rows of ${features.width} values, not ${frames} frames of ${bands} bands`,
      remedy: "Prepare them with FRILL's front end",
    });
  if (targets.rows !== features.rows)
    throw new ModelError({
      what: `${targets.rows} rows of targets beside ${features.rows} of features`,
      remedy: 'Remove the cache folder and prepare the data again',
    });
  if (split.train.length === 0)
    throw new InputError({ what: 'there is nothing to train on', remedy: 'Give more clips' });
}
