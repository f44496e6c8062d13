/** A hard room: the voice comes back from its walls for half a second and more. */
import { applyRoom, drawRoom } from '../../corpus/augment/room.js';
import type { ConditionKind } from './condition.js';

const HARD_ROOM = { decay: [0.5, 1], tail: [0.15, 0.3] } as const;

export const reverb: ConditionKind = {
  form: 'reverb',
  async open(name) {
    if (name !== 'reverb') return undefined;
    return {
      name,
      title: `a room that decays by 60 dB in ${HARD_ROOM.decay.join(' to ')} s`,
      identity: `reverb ${JSON.stringify(HARD_ROOM)} 1`,
      change: (samples, stream) => applyRoom(samples, drawRoom(stream, HARD_ROOM)),
    };
  },
};
