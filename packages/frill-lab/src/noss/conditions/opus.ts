/** A call or a voice message: the Opus codec at so many kilobits a second. */
import { InputError } from 'frill-audio';
import { loadOpus } from '../../corpus/augment/opus.js';
import type { ConditionKind } from './condition.js';

/** kbit/s that libopus takes for one channel at 16 kHz. */
const [LEAST, MOST] = [6, 128];

export const opus: ConditionKind = {
  form: 'opus-KBITk',
  async open(name) {
    const [, kilobits] = /^opus-(\d+)k$/.exec(name) ?? [];
    if (kilobits === undefined) return undefined;
    if (Number(kilobits) < LEAST || Number(kilobits) > MOST)
      throw new InputError({
        what: `'${name}' is beyond what the codec can do`,
        where: '--conditions',
        remedy: `Choose from opus-${LEAST}k to opus-${MOST}k`,
      });
    const codec = await loadOpus();
    return {
      name,
      title: `the Opus codec at ${kilobits} kbit/s`,
      identity: `opus ${kilobits} 1`,
      change: (samples) => codec(samples, 1_000 * Number(kilobits)),
    };
  },
};
