/** What a teacher learns from. */
import type { WindowFeatures } from '../corpus/window-features.js';

/** Windows to learn from, as `prepareWindowFeatures` opens them. */
export type TeacherRows = Pick<
  WindowFeatures,
  'features' | 'featureStatistics' | 'split' | 'windows' | 'name'
>;
