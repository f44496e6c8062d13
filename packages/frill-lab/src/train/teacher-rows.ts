/** The part of window features that the training of a teacher reads, so that tests and other stores need offer no more. */
import type { WindowFeatures } from '../corpus/window-features.js';

/** Windows to learn from, as `prepareWindowFeatures` opens them. */
export type TeacherRows = Pick<
  WindowFeatures,
  'features' | 'featureStatistics' | 'split' | 'windows' | 'name'
>;
