/** A gain set too high: the loudest tenth of the samples is cut off at full scale. */
import { overdrive } from '../../corpus/augment/overdrive.js';
import type { ConditionKind } from './condition.js';

const SHARE = 0.1;

export const clipped: ConditionKind = {
  form: 'clipped',
  async open(name) {
    if (name !== 'clipped') return undefined;
    return {
      name,
      title: `too loud, the loudest ${100 * SHARE} % of the samples cut off at full scale`,
      identity: `clipped ${SHARE} 1`,
      change: (samples) => overdrive(samples, SHARE),
    };
  },
};
