/** A speaker far from the microphone: 40 dB weaker, in the same 16 bits. */
import { amplify } from '../../corpus/augment/level.js';
import type { ConditionKind } from './condition.js';

const GAIN = -40;

export const quiet: ConditionKind = {
  form: 'quiet',
  async open(name) {
    if (name !== 'quiet') return undefined;
    return {
      name,
      title: `${-GAIN} dB weaker, in 16 bits`,
      identity: `quiet ${GAIN} 1`,
      change: (samples) => amplify(samples.slice(), GAIN),
    };
  },
};
