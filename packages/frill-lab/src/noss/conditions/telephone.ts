/** A telephone line: its narrow band, and its eight bits. */
import { telephone as overTheLine } from '../../corpus/augment/telephone.js';
import type { ConditionKind } from './condition.js';

export const telephone: ConditionKind = {
  form: 'telephone',
  async open(name) {
    if (name !== 'telephone') return undefined;
    return {
      name,
      title: 'a telephone line, 300 to 3,400 Hz, G.711',
      identity: 'telephone 1',
      change: overTheLine,
    };
  },
};
